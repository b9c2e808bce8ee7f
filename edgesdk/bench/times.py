"""Figures of times, and times of one contender over those of another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .figures import MEASURED, Figure
from .record import HERE, Comparison, Measured
from .rounds import Times

_AWAY = "from this machine and back: the link, and what an emulator takes, are in it"
_THERE = "timed on the device's own machine: the link is not in it"


def latency(times: Times, *, local: bool, elsewhere: bool) -> dict[str, Figure]:
    """``latency_...`` and ``throughput``; ``elsewhere``: another machine's clock took them."""
    if not len(times):
        return {}
    p50, p90, p99 = np.percentile(times, [50, 90, 99])
    values = {
        "latency_min": times.min(),
        "latency_mean": times.mean(),
        "latency_p50": p50,
        "latency_p90": p90,
        "latency_p99": p99,
        "latency_max": times.max(),
    }
    note = _THERE if elsewhere else "" if local else _AWAY
    figures = {name: Figure(float(value), "s", MEASURED, note) for name, value in values.items()}
    rate = "one run after the other, batch as given"
    return {**figures, "throughput": Figure(float(1 / times.mean()), "1/s", MEASURED, rate)}


def compared(results: Sequence[Measured], times: Sequence[Times]) -> tuple[Comparison, ...]:
    """Each contender after the first over the first."""
    return tuple(
        _compared((results[0], times[0]), later)
        for later in zip(results[1:], times[1:], strict=True)
    )


def _compared(first: tuple[Measured, Times], other: tuple[Measured, Times]) -> Comparison:
    (one, before), (two, after) = first, other
    if one.emulated != two.emulated:
        kinds = ("an emulator" if m.emulated else "the device itself" for m in (one, two))
        return Comparison(None, None, "times of different kinds: {}, and {}".format(*kinds))
    if not (len(before) and len(after)):
        return Comparison(None, None, "not both were timed")
    ratio = float(np.median(after) / np.median(before))
    if {one.clock, two.clock} != {HERE}:
        return Comparison(ratio, None, "not in turns: each on a machine of its own")
    low, middle, high = np.percentile(after / before, [25, 50, 75])
    note = "emulators, and no boards" if one.emulated else ""
    return Comparison(ratio, (float(low), float(middle), float(high)), note)
