"""Timing runs: one thing, or several in turns."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import numpy as np
from numpy.typing import NDArray

from ..backend import Arrays, Session
from .figures import TimesItself

Times = NDArray[np.float64]
Tell = Callable[[int, int], None]  # (runs done, of how many)


class Enough(Exception):
    """What the one who is told of runs raises to have the times so far."""


def rounds(calls: Sequence[Callable[[], object]], runs: int, seconds: float, tell: Tell) -> Times:
    """Times in seconds, float64 [rounds, calls], without pauses of the garbage collector.

    The calls take turns, A B C A B C, so that whatever disturbs the machine disturbs all. There are
    ``runs`` rounds, fewer where ``seconds`` have gone by, and at least one. ``tell`` may raise
    ``Enough``.
    """
    times: list[list[float]] = []
    stop = time.perf_counter() + seconds
    with _no_collection(), suppress(Enough):
        while len(times) < runs and (not times or time.perf_counter() < stop):
            times.append([_timed(call) for call in calls])
            tell(len(times), runs)
    return np.array(times, np.float64).reshape(-1, len(calls))


def timed(
    session: Session, inputs: Arrays, *, warmup: int, runs: int, seconds: float, on_run: Tell
) -> Times:
    """The seconds of each run of one session, where it runs: float64 [runs].

    ``on_run`` may raise ``Enough``: while it warms up there are no times then.
    """
    if isinstance(session, TimesItself):
        took = session.timed(inputs, warmup=warmup, runs=runs, seconds=seconds, on_run=on_run)
        return np.asarray(took, np.float64)
    try:
        warm_up(session, inputs, warmup, lambda: on_run(0, runs))
    except Enough:
        runs = 0
    return rounds([lambda: session.run(inputs)], runs, seconds, on_run)[:, 0]


def warm_up(session: Session, inputs: Arrays, runs: int, tell: Callable[[], None]) -> None:
    """Run without a clock; ``tell`` is called after each run."""
    for _ in range(runs):
        session.run(inputs)
        tell()


@contextmanager
def _no_collection() -> Iterator[None]:
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()


def _timed(call: Callable[[], object]) -> float:
    started = time.perf_counter_ns()
    call()
    return (time.perf_counter_ns() - started) * 1e-9
