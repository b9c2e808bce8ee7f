"""All that a prediction says: bands, parts, who waits, energy, resources, assumptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...predict import Phase, Prediction, Quantity
from .view import (
    answer,
    banded,
    banded_seconds,
    joined,
    percent,
    published,
    resources,
    short,
    table,
    terms,
    title,
)

_UNITS = {"of 1": (100, "%"), "1/h": (1, "an hour")}  # as people read them


def as_text(found: Prediction) -> str:
    """The whole prediction as tables."""
    return joined(
        [
            overview(found),
            resources(found.resources, "RESOURCE"),
            _quantities(found.quantities, "FOUND"),
            _assumptions(found),
        ]
    )


def overview(found: Prediction) -> str:
    """Rates, the parts of the first decode and the first prompt, and published figures beside."""
    return joined(
        [
            answer(found),
            _bands(found.phases),
            *(block for phase in _first_of_each(found.phases) for block in _parts(phase)),
            published(found.phases),
        ]
    )


def _bands(phases: Sequence[Phase]) -> str:
    """What the answer gives in the expected case alone."""
    rows = [
        [
            title(phase),
            banded_seconds(phase.seconds),
            banded(phase.joules) if phase.joules else "not known",
        ]
        for phase in phases
    ]
    return table(rows, ["", "TIME", "J/TOKEN"])


def _first_of_each(phases: Sequence[Phase]) -> list[Phase]:
    return list({phase.name: phase for phase in reversed(phases)}.values())[::-1]


def _parts(phase: Phase) -> tuple[str, str, str]:
    """What a phase is made of: time, who works and who waits, and what else was found."""
    return terms(phase), _occupancy(phase), _quantities(phase.quantities, title(phase))


def _occupancy(phase: Phase) -> str:
    rows = [[item.resource, percent(item.busy), _reasons(item.idle)] for item in phase.occupancy]
    return table(rows, [title(phase), "BUSY", "IDLE, AND WHY"]) if rows else ""


def _reasons(idle: Mapping[str, float]) -> str:
    """The longest first; what rounds to nothing is left out."""
    longest = sorted(idle.items(), key=lambda item: -item[1])
    return ", ".join(f"{share:.0%} {reason}" for reason, share in longest if share >= 0.005)


def _quantities(rows: Sequence[Quantity], heading: str) -> str:
    shown = [[row.name, _value(row), row.how] for row in rows]
    return table(shown, [heading, "VALUE", "HOW"]) if shown else ""


def _value(row: Quantity) -> str:
    factor, unit = _UNITS.get(row.unit, (1, row.unit))
    told = banded(row.band.times(factor)) if row.band else short(row.value * factor)
    return f"{told} {unit}".strip()


def _assumptions(found: Prediction) -> str:
    rows = [[item.name, item.value, item.source] for item in found.assumptions]
    return table(rows, ["ASSUMED", "VALUE", "SOURCE"]) if rows else ""
