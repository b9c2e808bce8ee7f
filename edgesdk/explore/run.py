"""Evaluating the designs of a grid: here, on several processes, or on a Dask cluster.

The same function does the work in all three: ``evaluate`` of a range of designs by number.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import active_children, connection, get_context, parent_process
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import EdgeError, MissingExtra, UsageError
from .grid import Grid

PIECE = 128  # designs at a time, a fraction of a second: progress moves, and Ctrl-C is heard
FAR_PIECE = 2048  # of a task on a cluster
_ALONE = 2.0  # seconds: until then few are done about as soon as other processes have started
_PATIENCE = 20  # seconds for a scheduler, and for its first worker
_UNREACHED = (OSError, asyncio.TimeoutError)  # two classes before Python 3.11


class Evaluator(Protocol):
    """What tells the figures of a design; it travels to other processes by pickle."""

    @property
    def settings(self) -> Mapping[str, str]:
        """What holds for all designs, unless it is swept, as a person would say it."""

    def __call__(self, values: Sequence[str], /) -> Sequence[float]:
        """Figures in the order of the objectives, NaN where one is not known. ``values``: one for
        each axis. Raises ``EdgeError`` for a design that cannot be."""


@dataclass(frozen=True)
class Refused:
    """Designs that cannot be: how many with this error, and the first of them as an example."""

    id: str
    count: int
    first: int
    why: str


@dataclass(frozen=True)
class Piece:
    """Designs from ``first`` on: ``figures`` [designs, objectives], all NaN where refused."""

    first: int
    figures: NDArray[np.float64]
    feasible: NDArray[np.bool_]
    refused: tuple[Refused, ...]


def evaluate(evaluator: Evaluator, grid: Grid, width: int, first: int, last: int) -> Piece:
    """The designs ``first`` to ``last`` - 1, each with ``width`` figures."""
    figures = np.full((last - first, width), np.nan)
    feasible = np.zeros(last - first, bool)
    refused: dict[str, Refused] = {}
    for number in range(first, last):
        try:
            figures[number - first] = evaluator(grid.values(number))
            feasible[number - first] = True
        except EdgeError as error:
            why = f"{error.what} ({error.evidence})" if error.evidence else error.what
            found = Refused(error.id, 1, number, why)
            refused[error.id] = merged(refused.get(error.id), found)
    return Piece(first, figures, feasible, tuple(refused.values()))


def merged(known: Refused | None, found: Refused) -> Refused:
    """Both, which may come in any order: the example is the first design all the same."""
    if known is None:
        return found
    first = min(known, found, key=lambda item: item.first)
    return Refused(found.id, known.count + found.count, first.first, first.why)


def here(
    evaluator: Evaluator, grid: Grid, width: int, jobs: int, alone: float = _ALONE
) -> Iterator[Piece]:
    """On this machine: in this process, or in ``jobs`` others.

    With 0 jobs those that ``alone`` seconds suffice for are done in this one, and the rest on every
    processor.
    """
    bounds = _bounds(grid.count, PIECE)
    end = time.monotonic() + alone
    while bounds and (jobs == 1 or (not jobs and time.monotonic() < end)):
        yield evaluate(evaluator, grid, width, *bounds.pop(0))
    if bounds:
        yield from _shared(evaluator, grid, width, bounds, jobs or _processors())


def _shared(
    evaluator: Evaluator, grid: Grid, width: int, bounds: Sequence[tuple[int, int]], jobs: int
) -> Iterator[Piece]:
    """In ``jobs`` other processes."""
    others = set(active_children())
    pool = ProcessPoolExecutor(
        min(jobs, len(bounds)), get_context("spawn"), _prepare, (evaluator, grid, width)
    )
    try:
        with _deaf():
            futures = [pool.submit(_one, *bound) for bound in bounds]
        for future in as_completed(futures):
            yield _result(future)
    except BaseException:  # Ctrl-C, mostly: what the processes are at is of no use any more
        for process in set(active_children()) - others:
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _processors() -> int:
    """That this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _bounds(count: int, size: int) -> list[tuple[int, int]]:
    return [(first, min(first + size, count)) for first in range(0, count, size)]


_work: tuple[Evaluator, Grid, int] | None = None  # of this process, where it is one of several


def _prepare(evaluator: Evaluator, grid: Grid, width: int) -> None:
    """Begin a process. The one that started it hears Ctrl-C; when that is gone, this one ends."""
    global _work  # noqa: PLW0603
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _work = (evaluator, grid, width)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _one(first: int, last: int) -> Piece:
    assert _work is not None
    return evaluate(*_work, first, last)


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes started inside do not hear Ctrl-C before they have begun; this one does after."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _result(future: Future[Piece]) -> Piece:
    try:
        return future.result()
    except BrokenProcessPool:
        raise _worker_lost("a process ended; there may be too little memory for so many") from None


def on_cluster(evaluator: Evaluator, grid: Grid, width: int, address: str) -> Iterator[Piece]:
    """On the workers of the Dask scheduler at an address. Each needs this edgesdk installed."""
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise MissingExtra("distributed", "dask") from None
    with _client(distributed, address) as client:
        shared = client.scatter(evaluator, broadcast=True)
        futures = [
            client.submit(evaluate, shared, grid, width, *bound, pure=False)
            for bound in _bounds(grid.count, FAR_PIECE)
        ]
        for future in distributed.as_completed(futures):
            yield _far_result(future)


def _client(distributed: Any, address: str) -> Any:
    try:
        client = distributed.Client(address, timeout=_PATIENCE)
    except (*_UNREACHED, ValueError, TypeError) as error:
        raise _unreached(address, str(error)[:200]) from None
    try:
        client.wait_for_workers(1, timeout=_PATIENCE)
    except _UNREACHED:
        client.close()
        raise _unreached(address, f"it has no workers after {_PATIENCE} s") from None
    return client


def _unreached(address: str, why: str) -> UsageError:
    return UsageError(
        f"The scheduler {address[:80]!r} and its workers cannot be reached",
        evidence=why,
        next_step="Give the address that 'dask scheduler' printed, as in tcp://127.0.0.1:8786",
        code=250,
    )


def _far_result(future: Any) -> Piece:
    try:
        found = future.result()
    except EdgeError:
        raise
    except Exception as error:  # it is what went wrong on a machine that is not this one
        raise _worker_lost(f"{type(error).__name__}: {error}"[:300]) from None
    assert isinstance(found, Piece)
    return found


def _worker_lost(why: str) -> UsageError:
    return UsageError(
        "A worker of the sweep failed",
        evidence=why,
        next_step="Take fewer --jobs; on a cluster, install the same edgesdk on every worker",
        code=251,
    )
