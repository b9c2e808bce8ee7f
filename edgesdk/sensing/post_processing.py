"""The post-processing of a sensing program's description: events out of a stage's windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .strict_reader import Fields, Wrong

KINDS = ("smooth", "cough")
LONGEST = 3600.0  # seconds


@dataclass(frozen=True)
class Smooth:
    """The mean of the last ``windows`` probabilities, two thresholds, a shortest length (ticks)."""

    stage: int
    windows: int
    on: float
    off: float
    shortest: int


@dataclass(frozen=True)
class Cough:
    """The constants of ``firmware/lib/sensing/cough_events.h`` by name: ticks, or shares in Q15."""

    stage: int
    label: int
    constants: dict[str, int]


# Cough-E's constants: seconds, then shares of one. ``docs/sensing-program.md`` explains them.
COUGH_SECONDS = {
    "quiet": 0.010,
    "period": 5.0,
    "merge": 0.23,
    "lead": 0.015,
    "compressive": 0.2,
    "burst": 0.03,
    "shortest": 0.2,
    "longest": 0.5,
}
COUGH_SHARES = {"peak_share": 0.25, "probability": 0.30, "series": 0.8}
COUGH_STEP = 8  # samples


def read_post(
    fields: Fields, stages: Sequence[str], labels: Sequence[str], tick_rate: int
) -> Smooth | Cough:
    """One entry of ``events``. Raises ``Wrong``."""
    kind = KINDS[fields.one_of("kind", KINDS)]
    stage = fields.one_of("stage", stages)
    if kind == "smooth":
        return _smooth(fields, stage, tick_rate)
    return _cough(fields, stage, labels, tick_rate)


def _ticks(fields: Fields, key: str, default: float, rate: int) -> int:
    return round(fields.number(key, 0.0, LONGEST, default) * rate)


def _smooth(fields: Fields, stage: int, rate: int) -> Smooth:
    on = fields.number("on", 0.0, 1.0)
    off = fields.number("off", 0.0, 1.0, on)
    if not 0.0 <= off <= on or on == 0.0:
        raise Wrong(f"{fields.where}: off must not be above on, and on not be 0")
    windows = fields.integer("windows", 1, 64, 1)
    return Smooth(stage, windows, on, off, _ticks(fields, "shortest", 0.0, rate))


def _cough(fields: Fields, stage: int, labels: Sequence[str], rate: int) -> Cough:
    constants = {key: _ticks(fields, key, default, rate) for key, default in COUGH_SECONDS.items()}
    for key, share in COUGH_SHARES.items():
        constants[key] = round(fields.number(key, 0.0, 1.0, share) * 32768)
    constants["step"] = fields.integer("step", 1, 1024, COUGH_STEP)
    return Cough(stage, fields.one_of("label", labels), constants)
