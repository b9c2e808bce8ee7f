"""How a prediction looks to people: rates, what they are made of, resources, assumptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..predict import DECODE, Band, Phase, Prediction, Quantity
from .text import table


def as_text(found: Prediction) -> str:
    """The whole prediction as tables."""
    blocks = [
        overview(found),
        _resources(found),
        _quantities(found.quantities, ["FOUND", "VALUE", "HOW"]),
        _assumptions(found),
    ]
    return "\n\n".join(block for block in blocks if block)


def overview(found: Prediction) -> str:
    """Rates, the parts of the first decode and the first prompt, and published figures beside."""
    settings = ", ".join(f"{key}={value}" for key, value in found.settings.items())
    blocks = [
        f"{found.model} on {found.target}, modelled ({settings})",
        _rates(found.phases),
        *(block for phase in _first_of_each(found.phases) for block in _parts(phase)),
        _published(found.phases),
    ]
    return "\n\n".join(block for block in blocks if block)


def _rates(phases: Sequence[Phase]) -> str:
    rows = [
        [
            _title(phase),
            _band(phase.rate),
            _seconds(phase.seconds),
            f"{short(phase.ceiling)} ({phase.rate.expected / phase.ceiling:.0%})",
            phase.limiting.name,
            _band(phase.joules) if phase.joules else "not known",
        ]
        for phase in phases
    ]
    header = ["", "TOKENS/S", "TIME", "CEILING", "LONGEST PART", "JOULES A TOKEN"]
    ways = dict.fromkeys(f"ceiling of a {phase.name}: {phase.ceiling_how}" for phase in phases)
    parts = any(phase.quantities for phase in phases)
    energy = "its parts are below" if parts else "the power below, times the time"
    bands = f"expected (best to worst); energy is modelled: {energy}"
    return "\n".join([table(rows, header), bands, *ways])


def _title(phase: Phase) -> str:
    return f"decode after {phase.at}" if phase.name == DECODE else f"prompt of {phase.at}"


def short(value: float) -> str:
    """Three digits that count, without an exponent for what is large."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _band(band: Band) -> str:
    return f"{short(band.expected)} ({short(band.best)} to {short(band.worst)})"


def _seconds(band: Band) -> str:
    """In ms up to a second."""
    return f"{_band(band)} s" if band.expected >= 1 else f"{_band(band.times(1000))} ms"


def _first_of_each(phases: Sequence[Phase]) -> list[Phase]:
    return list({phase.name: phase for phase in reversed(phases)}.values())[::-1]


def _parts(phase: Phase) -> tuple[str, str, str]:
    """What a phase is made of: time, who works and who waits, and what else was found."""
    found = _quantities(phase.quantities, [_title(phase), "VALUE", "HOW"])
    return _terms(phase), _occupancy(phase), found


def _terms(phase: Phase) -> str:
    rows = [[term.name, _seconds(term.seconds), term.limit, term.how] for term in phase.terms]
    return table(rows, [_title(phase), "TIME", "SET BY", "HOW"])


def _occupancy(phase: Phase) -> str:
    rows = [[item.resource, f"{item.busy:.0%}", _reasons(item.idle)] for item in phase.occupancy]
    return table(rows, [_title(phase), "BUSY", "IDLE, AND WHY"]) if rows else ""


def _reasons(idle: Mapping[str, float]) -> str:
    """The longest first; what rounds to nothing is left out."""
    longest = sorted(idle.items(), key=lambda item: -item[1])
    return ", ".join(f"{share:.0%} {reason}" for reason, share in longest if share >= 0.005)


def _quantities(rows: Sequence[Quantity], header: Sequence[str]) -> str:
    shown = [[row.name, f"{short(row.value)} {row.unit}".strip(), row.how] for row in rows]
    return table(shown, header) if shown else ""


def _published(phases: Sequence[Phase]) -> str:
    rows = [
        [
            _title(phase),
            item.design,
            f"{item.value:g} {item.unit}",
            _band(phase.seconds if item.unit == "s" else phase.rate),
            item.source,
        ]
        for phase in phases
        for item in phase.published
    ]
    return table(rows, ["PUBLISHED", "OF", "MEASURED", "MODELLED HERE", "SOURCE"]) if rows else ""


def _resources(found: Prediction) -> str:
    rows = [
        [use.resource, f"{use.used:,.0f}", f"{use.available:,.0f}", f"{use.share:.0%}", use.how]
        for use in found.resources
    ]
    return table(rows, ["RESOURCE", "USED", "OF", "SHARE", "HOW"]) if rows else ""


def _assumptions(found: Prediction) -> str:
    rows = [[item.name, item.value, item.source] for item in found.assumptions]
    return table(rows, ["ASSUMED", "VALUE", "SOURCE"]) if rows else ""
