"""What ``bench`` returns: the benchmark record of ``docs/bench-record.md``."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ..version import __version__
from .agreement import Agreement
from .figures import Figure

REVISION = 2
HERE, THERE = "this machine", "the device's own machine"  # whose clock takes times


@dataclass(frozen=True)
class Measured:
    """One contender's part of the record.

    ``emulated``: its device is software, and its times are none of a board's. ``clock``: which
    machine took its times. ``runs``: that were timed. ``answers``: against the first contender's;
    None for the first itself.
    """

    model: str
    version: str
    device: str
    target: str
    inputs_from: str
    figures: Mapping[str, Figure]
    emulated: bool = False
    clock: str = ""
    runs: int = 0
    made_from: Mapping[str, str] = field(default_factory=dict)
    answers: Agreement | None = None


@dataclass(frozen=True)
class Comparison:
    """The times of one contender over those of the first: above 1 it is slower.

    ``of_pairs`` are the 25th, 50th and 75th percentile of the ratios of neighbouring runs, of two
    that ran in turns. Times of different kinds have no ratio; ``note`` says which.
    """

    ratio_of_medians: float | None
    of_pairs: tuple[float, float, float] | None
    note: str = ""


@dataclass(frozen=True)
class BenchRecord:
    """What ``bench`` returns; ``as_dict`` is its form in JSON.

    ``comparisons`` has an entry for each result after the first.
    """

    settings: Mapping[str, Any]
    results: tuple[Measured, ...]
    host: Mapping[str, str]
    comparisons: tuple[Comparison, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The record as the JSON object of the specification."""
        return {"record": "edgesdk-bench", "revision": REVISION, **asdict(self)}


def describe_host() -> dict[str, str]:
    """The machine that ran ``bench``."""
    return {
        "machine": platform.machine(),
        "system": f"{platform.system()} {platform.release()}",
        "cores": str(os.cpu_count() or "?"),
        "python": platform.python_version(),
        "edgesdk": __version__,
    }
