"""The benchmark record: latency, throughput, memory, load time and energy, each with how.

``docs/bench-record.md`` is the specification. Every figure says how it was obtained: measured,
counted, modelled or not measured. Two models, or two devices, run in turns (A B A B ...), so that
whatever disturbs the machine disturbs both.
"""

from __future__ import annotations

import gc
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np

from .backend import Arrays, Session
from .errors import UsageError
from .peak_memory import PeakMemory
from .version import __version__

REVISION = 1
MEASURED, COUNTED, MODELLED, NOT_MEASURED = "measured", "counted", "modelled", "not measured"


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


@dataclass(frozen=True)
class Contender:
    """One thing to measure: how to open it, and what to feed it.

    ``inputs`` gets the opened session and returns the arrays of one run; ``inputs_from`` says in
    words where they are from. ``local`` says that the model runs in this process, so that this
    process's memory is the model's; ``emulated``, that its device is software on this machine, so
    that its times are no board's.
    """

    model: str
    version: str
    device: str
    target: str
    open: Callable[[], Session]
    inputs: Callable[[Session], Arrays]
    inputs_from: str = ""
    local: bool = True
    emulated: bool = False


@dataclass(frozen=True)
class Measured:
    """One contender's part of the record."""

    model: str
    version: str
    device: str
    target: str
    inputs_from: str
    figures: Mapping[str, Figure]


@dataclass(frozen=True)
class Comparison:
    """The second contender over the first: above 1 the second is slower.

    ``of_pairs`` are the 25th, 50th and 75th percentile of the ratios of neighbouring runs.
    """

    ratio_of_medians: float
    of_pairs: tuple[float, float, float]


@dataclass(frozen=True)
class BenchRecord:
    """What ``bench`` returns; ``as_dict`` is its form in JSON."""

    settings: Mapping[str, Any]
    results: tuple[Measured, ...]
    host: Mapping[str, str]
    comparison: Comparison | None = None

    def as_dict(self) -> dict[str, Any]:
        """The record as the JSON object of the specification."""
        return {"record": "edgesdk-bench", "revision": REVISION, **asdict(self)}


def bench(
    contenders: Sequence[Contender],
    *,
    runs: int = 200,
    warmup: int = 10,
    seconds: float = 10.0,
    on_run: Callable[[int, int], None] | None = None,
) -> BenchRecord:
    """Measure one contender, or two in turns.

    Runs until ``runs`` rounds are done or ``seconds`` have gone by, whichever is first, and at
    least one round. ``on_run`` is told (done, runs). Raises ``UsageError`` (EDGE-0233) for settings
    that measure nothing, and what the sessions raise.
    """
    _check(contenders, runs, warmup, seconds)
    with ExitStack() as stack:
        loaded = [_load(c, warmup, stack, alone=i == 0) for i, c in enumerate(contenders)]
        times = _rounds(
            [run for run, _ in loaded], runs, seconds, on_run or (lambda done, of: None)
        )
        figures = [
            {**_latency(column, contender), **memory()}
            for column, (_, memory), contender in zip(times.T, loaded, contenders, strict=True)
        ]
    two = len(contenders) == 2
    settings = {"runs": len(times), "warmup": warmup, "seconds": seconds, "interleaved": two}
    results = tuple(
        Measured(c.model, c.version, c.device, c.target, c.inputs_from, found)
        for c, found in zip(contenders, figures, strict=True)
    )
    return BenchRecord(settings, results, describe_host(), _compare(times) if two else None)


def describe_host() -> dict[str, str]:
    """The machine that took the times."""
    return {
        "machine": platform.machine(),
        "system": f"{platform.system()} {platform.release()}",
        "cores": str(os.cpu_count() or "?"),
        "python": platform.python_version(),
        "edgesdk": __version__,
    }


def _check(contenders: Sequence[Contender], runs: int, warmup: int, seconds: float) -> None:
    if not 1 <= len(contenders) <= 2 or runs < 1 or warmup < 0 or not seconds > 0:
        raise UsageError(
            "A benchmark takes one or two models, at least one run and some time",
            evidence=f"{len(contenders)} models, {runs} runs, {warmup} to warm up, {seconds} s",
            code=33,
        )


def _load(
    contender: Contender, warmup: int, stack: ExitStack, alone: bool
) -> tuple[Callable[[], object], Callable[[], dict[str, Figure]]]:
    """Open and warm up one contender; what runs it once, and what gives its other figures."""
    memory = PeakMemory() if contender.local else None
    started = time.perf_counter()
    session = stack.enter_context(contender.open())
    took = time.perf_counter() - started
    inputs = contender.inputs(session)
    for _ in range(warmup):
        session.run(inputs)
    fixed = {
        "load_time": Figure(took, "s", MEASURED, _LOAD_ALONE if alone else _LOAD_SECOND),
        **_memory(memory, alone),
        "energy": Figure(None, "J", NOT_MEASURED, "no meter"),
    }

    def others() -> dict[str, Figure]:
        own = session.figures() if isinstance(session, Instrumented) else {}
        return {**_told(fixed, contender), **own}

    return (lambda: session.run(inputs)), others


_LOAD_ALONE = "opened once, the engine's libraries too; files may be in the system's cache"
_LOAD_SECOND = "opened once, after the first model: libraries that both use were there already"


def _memory(meter: PeakMemory | None, alone: bool) -> dict[str, Figure]:
    if meter is None:
        return {"peak_memory": Figure(None, "B", NOT_MEASURED, "the model runs elsewhere")}
    peak, growth, method = meter.read()
    if peak is None:
        return {"peak_memory": Figure(None, "B", NOT_MEASURED, method)}
    whose = "whole process" if alone else "whole process, the first model too"
    return {
        "peak_memory": Figure(peak, "B", MEASURED, f"{whose}, up to warm-up; {method}"),
        "peak_memory_growth": Figure(growth, "B", MEASURED, "over the process just before opening"),
    }


def _rounds(
    calls: Sequence[Callable[[], object]],
    runs: int,
    seconds: float,
    tell: Callable[[int, int], None],
) -> Any:
    """Times in seconds, float64[rounds, contenders], without pauses of the garbage collector."""
    times: list[list[float]] = []
    stop = time.perf_counter() + seconds
    collected = gc.isenabled()
    gc.disable()
    try:
        while len(times) < runs and (not times or time.perf_counter() < stop):
            times.append([_timed(call) for call in calls])
            tell(len(times), runs)
    finally:
        if collected:
            gc.enable()
    return np.array(times)


def _timed(call: Callable[[], object]) -> float:
    started = time.perf_counter_ns()
    call()
    return (time.perf_counter_ns() - started) * 1e-9


_AWAY = "from this machine and back: the link, and what an emulator takes, are in it"
_EMULATED = "an emulator on this machine, and no board"


def _told(figures: Mapping[str, Figure], contender: Contender) -> dict[str, Figure]:
    """The figures; what was measured of an emulator says so."""
    if not contender.emulated:
        return dict(figures)
    return {
        name: replace(f, note="; ".join(filter(None, (f.note, _EMULATED))))
        if f.how == MEASURED
        else f
        for name, f in figures.items()
    }


def _latency(times: Any, contender: Contender) -> dict[str, Figure]:
    p50, p90, p99 = np.percentile(times, [50, 90, 99])
    values = {
        "latency_min": times.min(),
        "latency_mean": times.mean(),
        "latency_p50": p50,
        "latency_p90": p90,
        "latency_p99": p99,
        "latency_max": times.max(),
    }
    note = "" if contender.local else _AWAY
    figures = {name: Figure(float(value), "s", MEASURED, note) for name, value in values.items()}
    rate = Figure(
        float(1 / times.mean()), "1/s", MEASURED, "one run after the other, batch as given"
    )
    return _told({**figures, "throughput": rate}, contender)


def _compare(times: Any) -> Comparison:
    medians = np.median(times, axis=0)
    low, middle, high = np.percentile(times[:, 1] / times[:, 0], [25, 50, 75])
    return Comparison(float(medians[1] / medians[0]), (float(low), float(middle), float(high)))
