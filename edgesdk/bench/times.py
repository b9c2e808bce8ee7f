"""Figures of times, and times of one contender over those of another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from .figures import MEASURED, Figure
from .ready import Ready
from .record import Comparison
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


def compared(opened: Sequence[Ready], times: Sequence[Times]) -> tuple[Comparison, ...]:
    """Each contender after the first over the first."""
    first, *others = zip(opened, times, strict=True)
    return tuple(_compared(first, other) for other in others)


def _compared(first: tuple[Ready, Times], other: tuple[Ready, Times]) -> Comparison:
    (one, before), (two, after) = first, other
    if one.contender.emulated != two.contender.emulated:
        kinds = ("an emulator" if o.contender.emulated else "the device itself" for o in (one, two))
        return Comparison(None, None, "times of different kinds: {}, and {}".format(*kinds))
    if not (len(before) and len(after)):
        return Comparison(None, None, "not both were timed")
    ratio = float(np.median(after) / np.median(before))
    note = "; ".join(_beside(one, two))
    if one.elsewhere or two.elsewhere:
        return Comparison(ratio, None, note)
    low, middle, high = np.percentile(after / before, [25, 50, 75])
    return Comparison(ratio, (float(low), float(middle), float(high)), note)


def _beside(one: Ready, two: Ready) -> Iterator[str]:
    """What is to be known beside a ratio."""
    if one.elsewhere or two.elsewhere:
        yield "not in turns: each on a machine of its own"
    if one.contender.emulated:
        yield "emulators, and no boards"
    linked = [not (o.contender.local or o.elsewhere) for o in (one, two)]
    if linked[0] != linked[1]:
        yield "the link is in the times of one, and not in those of the other"
    if not two.comparable:
        yield "each on inputs of its own"
