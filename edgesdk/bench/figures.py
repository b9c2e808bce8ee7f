"""One number of the benchmark record, with how it was obtained, and who tells such numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from ..backend import Arrays

MEASURED, COUNTED, MODELLED, NOT_MEASURED = "measured", "counted", "modelled", "not measured"
DECLARED = "declared"  # asked for by a bundle

EMULATED = "an emulator, and no board"


@dataclass(frozen=True)
class Figure:
    """One number, its unit, and how it was obtained; ``value`` is None when there is none.

    ``note`` states the method or, for a modelled figure, the assumptions; ``band`` is then the
    range in which the true value is believed to be.
    """

    value: float | int | None
    unit: str
    how: str
    note: str = ""
    band: tuple[float, float] | None = None


@runtime_checkable
class Instrumented(Protocol):
    """A session that knows figures which the host cannot measure: cycles, joules, flash reads."""

    def figures(self) -> Mapping[str, Figure]:
        """Figures of the last run, by their names in the record; they replace the host's own."""


@runtime_checkable
class TimesItself(Protocol):
    """A session at a distance, whose runs are timed where they happen.

    What its ``figures`` tell was measured there, too: ``load_time`` and ``peak_memory`` with it.
    """

    def timed(
        self,
        inputs: Arrays,
        *,
        warmup: int,
        runs: int,
        seconds: float,
        on_run: Callable[[int, int], None],
    ) -> Sequence[float]:
        """Run as ``rounds`` does, after ``warmup`` runs; the seconds of each run, without the link.

        ``on_run`` is told (done, runs), 0 done while it warms up, and may raise to stop it.
        """


def told(figures: Mapping[str, Figure], emulated: bool) -> dict[str, Figure]:
    """The figures; what was measured of an emulator says so."""
    if not emulated:
        return dict(figures)
    return {
        name: replace(figure, note="; ".join(filter(None, (figure.note, EMULATED))))
        if figure.how == MEASURED and EMULATED not in figure.note
        else figure
        for name, figure in figures.items()
    }
