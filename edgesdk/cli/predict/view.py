"""How a prediction looks to people: the answer, its parts, and what others measured beside."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import partial

from ...predict import DECODE, PREFILL, Band, Phase, Prediction, Use
from .. import text

WIDTH = 100  # characters of a line
table = partial(text.table, width=WIDTH)
_KINDS = {DECODE: "decoding", PREFILL: "prompts"}


def as_text(found: Prediction) -> str:
    """The answer, the parts of the first phase, what does not fit, and how to see the rest."""
    lacking = [use for use in found.resources if not use.fits]
    return joined(
        [
            answer(found),
            *(terms(phase) for phase in found.phases[:1]),
            published(found.phases),
            resources(lacking, "DOES NOT FIT"),
            _more(found),
        ]
    )


def joined(blocks: Sequence[str]) -> str:
    """Those blocks that say anything."""
    return "\n\n".join(block for block in blocks if block)


def answer(found: Prediction) -> str:
    """Of what, and the rates of all phases."""
    settings = ", ".join(f"{key}={value}" for key, value in found.settings.items())
    return joined(
        [
            lines(f"{found.model} on {found.target}, modelled ({settings})"),
            _rates(found.phases),
        ]
    )


def _rates(phases: Sequence[Phase]) -> str:
    rows = [
        [
            title(phase),
            banded(phase.rate),
            seconds(phase.seconds.expected),
            f"{short(phase.ceiling)} ({percent(phase.rate.expected / phase.ceiling)})",
            short(phase.joules.expected) if phase.joules else "not known",
            phase.limiting.name,
        ]
        for phase in phases
    ]
    header = ["", "TOKENS/S", "TIME", "CEILING", "J/TOKEN", "LONGEST PART"]
    bands = "expected (best to worst); energy is modelled, too"
    return "\n".join([table(rows, header), bands, *map(lines, _ceilings(phases))])


def _ceilings(phases: Sequence[Phase]) -> list[str]:
    """Why nothing can be faster: once, where it is the same of decoding and of prompts."""
    ways: dict[str, list[str]] = {}
    for phase in {phase.name: phase for phase in phases}.values():
        ways.setdefault(phase.ceiling_how, []).append(_KINDS[phase.name])
    return [f"ceiling of {' and '.join(kinds)}: {how}" for how, kinds in ways.items()]


def lines(sentence: str) -> str:
    """A sentence on as many lines as it needs."""
    return textwrap.fill(sentence, WIDTH, subsequent_indent="  ", break_on_hyphens=False)


def title(phase: Phase) -> str:
    """What a phase is called."""
    return f"decode after {phase.at}" if phase.name == DECODE else f"prompt of {phase.at}"


def short(value: float) -> str:
    """Three digits that count, and all of those before the point up to ten millions."""
    if abs(value) < 999.5:
        return f"{value:#.3g}".rstrip(".") if value else "0"
    return f"{value:,.0f}" if abs(value) < 1e7 else f"{value:.2e}"


def percent(share: float) -> str:
    """A share of 1; one that is there is never none."""
    return "<1%" if 0 < share < 0.005 else f"{share:.0%}"


def banded(band: Band) -> str:
    """All three cases."""
    return f"{short(band.expected)} ({short(band.best)} to {short(band.worst)})"


def seconds(expected: float) -> str:
    """In ms up to a second."""
    return f"{short(expected)} s" if expected >= 1 else f"{short(expected * 1000)} ms"


def banded_seconds(band: Band) -> str:
    """The same of all three cases."""
    return f"{banded(band)} s" if band.expected >= 1 else f"{banded(band.times(1000))} ms"


def terms(phase: Phase) -> str:
    """What the time of a phase is made of."""
    rows = [[term.name, banded_seconds(term.seconds), term.limit, term.how] for term in phase.terms]
    return table(rows, [title(phase), "TIME", "SET BY", "HOW"])


def published(phases: Sequence[Phase]) -> str:
    """What others measured, beside what is modelled."""
    rows = [
        [
            title(phase),
            item.design,
            f"{item.value:g} {item.unit}",
            banded(phase.seconds if item.unit == "s" else phase.rate),
            item.source,
        ]
        for phase in phases
        for item in phase.published
    ]
    return table(rows, ["PUBLISHED", "OF", "MEASURED", "MODELLED HERE", "SOURCE"]) if rows else ""


def resources(uses: Sequence[Use], heading: str) -> str:
    """How much of each resource is used."""
    rows = [
        [use.resource, f"{use.used:,.0f}", f"{use.available:,.0f}", percent(use.share), use.how]
        for use in uses
    ]
    return table(rows, [heading, "USED", "OF", "SHARE", "HOW"]) if rows else ""


def _more(found: Prediction) -> str:
    """What only ``--details`` shows."""
    phases = found.phases
    there = {
        "all bands": True,
        "the parts of a prompt": any(phase.name != DECODE for phase in phases),
        "who works and who waits": any(phase.occupancy for phase in phases),
        "energy and what else was found": bool(found.quantities or phases[0].quantities),
        "resources": bool(found.resources),
        "assumptions with their sources": bool(found.assumptions),
    }
    return lines(f"--details shows {', '.join(name for name, known in there.items() if known)}")
