"""The three cases of a prediction: what is not known at its best, as expected, at its worst.

A preset states the range of a parameter where its value is not published. Those that change the
time are moved together; a parameter that an option gave is known. A value that the design cannot
have, or with which the model does not fit, stays as expected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from edgesdk.errors import UsageError
from edgesdk.predict import Band

from ..design.chosen import Chosen
from ..design.consistency import check_consistent
from ..design.design import Design
from ..design.parameters import PARAMETERS

# Which end of its range makes a parameter's device faster: 1 the higher, -1 the lower.
FASTER = {
    "read_us": -1,
    "channel_mts": 1,
    "slices": -1,
    "core_gmacs": 1,
    "result_bytes": -1,
    "npu_special_gops": 1,
    "link_gb_s": 1,
    "dram_gb_s": 1,
    "cache_bytes": -1,
}
Check = Callable[[Design], object]  # raises ``UsageError`` for a design that cannot be


@dataclass(frozen=True)
class Case:
    """A design, and whether inputs are sent again for every slot.

    ``kept``: parameters that stay as expected, since another value cannot be, and why.
    """

    design: Design
    each_slot: bool
    kept: Mapping[str, str]


@dataclass(frozen=True)
class Cases:
    """Of a prediction."""

    best: Case
    expected: Case
    worst: Case

    @property
    def all(self) -> tuple[Case, Case, Case]:
        """In the order of a ``Band``."""
        return self.best, self.expected, self.worst

    @property
    def moved(self) -> tuple[str, ...]:
        """The parameters that differ from the expected case in one of the others."""
        expected = self.expected.design
        others = (self.best.design, self.worst.design)
        return tuple(
            key for key in FASTER if any(getattr(o, key) != getattr(expected, key) for o in others)
        )

    @property
    def notes(self) -> Iterator[str]:
        """What is moved, and what is not although it has a range."""
        if self.moved:
            yield f"best and worst move what is not known: {', '.join(self.moved)}"
        for name, case in (("best", self.best), ("worst", self.worst)):
            for key, why in case.kept.items():
                usual = PARAMETERS[key].text(getattr(self.expected.design, key))
                yield f"the {name} case keeps {key} at {usual}, else: {why}"


@dataclass(frozen=True)
class Around:
    """A measure, and the parameters that one of its cases keeps as expected."""

    band: Band
    kept: tuple[str, ...]


@dataclass(frozen=True)
class Ranges:
    """What is not known of a chosen design. ``check``: which values it can have."""

    chosen: Chosen
    check: Check = check_consistent
    _known: dict[tuple[tuple[str, Any], ...], Case] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def cases(self) -> Cases:
        """Best, expected and worst."""
        best, worst = self._case(1), self._case(-1)
        return Cases(best, Case(self.chosen.design, False, {}), replace(worst, each_slot=True))

    def _case(self, towards: int) -> Case:
        ends = {key: 2 if faster == towards else 0 for key, faster in FASTER.items()}
        return self._moved({key: self.chosen.band(key)[end] for key, end in ends.items()})

    def around(
        self, keys: Sequence[str], measure: Callable[[Design], float], *, least: bool = False
    ) -> Around:
        """A measure with all these parameters at their best for it; as expected; at their worst.

        ``least``: a small measure is better.
        """
        ordered = {key: self._ordered(key, measure) for key in keys}
        ends = [{key: found[end] for key, found in ordered.items() if found} for end in (0, 1)]
        low, high = (self._moved(values) for values in ends)
        best, worst = (low, high) if least else (high, low)
        band = Band(measure(best.design), measure(self.chosen.design), measure(worst.design))
        return Around(band, tuple(dict.fromkeys((*best.kept, *worst.kept))))

    def _ordered(self, key: str, measure: Callable[[Design], float]) -> tuple[Any, ...]:
        """The ends of a range, that of the smaller measure first; none where it is the same."""
        low, _, high = self.chosen.band(key)
        design = self.chosen.design
        small, large = (measure(_with(design, key, value)) for value in (low, high))
        if small == large:
            return ()
        return (low, high) if small < large else (high, low)

    def _moved(self, values: Mapping[str, Any]) -> Case:
        """All these values at once; if that cannot be, those that can, one after the other."""
        listed = tuple(values.items())
        if listed not in self._known:
            self._known[listed] = self._together(values)
        return self._known[listed]

    def _together(self, values: Mapping[str, Any]) -> Case:
        design = self.chosen.design
        if not self._refusal(made := replace(design, **values)):
            return Case(made, False, {})
        kept: dict[str, str] = {}
        for key in (*values, *values):  # a second time, since one may need another
            why = self._refusal(made := _with(design, key, values[key]))
            if why:
                kept[key] = why
            else:
                design = made
                kept.pop(key, None)
        return Case(design, False, kept)

    def _refusal(self, design: Design) -> str:
        """Why a design cannot be, or nothing."""
        try:
            self.check(design)
        except UsageError as error:
            return error.evidence or error.what
        return ""


@lru_cache(maxsize=1024)
def _with(design: Design, key: str, value: Any) -> Design:
    return replace(design, **{key: value})
