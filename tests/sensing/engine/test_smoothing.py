"""Events out of probabilities, against the same rule in a few lines of Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgesdk.sensing.engine import Engine, Event
from tests.sensing.engine.programs import AUDIO, document, made, stage

RATE, WINDOW = 1000, 50


def program(smooth: dict[str, Any], step: int = WINDOW) -> Any:
    listen = stage("listen", "audio", WINDOW, step=step)
    streams = [{**AUDIO, "rate": RATE}]
    return made(
        document(
            [listen], streams=streams, events=[{"kind": "smooth", "stage": "listen", **smooth}]
        )
    )


def run(program: Any, levels: list[int], **more: Any) -> list[Event]:
    """One level (0 to 127, of 128) for each window of an engine that looks at each sample once."""
    engine = Engine(program, **more)
    samples = np.repeat(np.array(levels, np.int16) * 256, WINDOW)
    return [*engine.feed("audio", samples), *engine.flush()]


def expected(levels: list[int], windows: int, on: float, off: float, shortest: float) -> list[Any]:
    """(first window, windows, window of the peak, largest sum) of each event."""
    found, start = [], None
    sums = [sum(levels[max(0, i - windows + 1) : i + 1]) for i in range(len(levels))]
    for index, total in enumerate([*sums, -1]):
        mean = total / (128 * windows)
        if start is None and mean >= on:
            start = index
        elif start is not None and mean < off:
            peak = max(range(start, index), key=lambda i: (sums[i], -i))
            if (index - start) * WINDOW >= shortest * RATE:
                found.append((start, index - start, peak, sums[peak]))
            start = None
    return found


@settings(max_examples=150)
@given(
    st.lists(st.integers(0, 127), max_size=40),
    st.integers(1, 5),
    st.sampled_from([0.25, 0.5, 0.625]),
    st.sampled_from([0.0, 0.125, 0.25]),
    st.sampled_from([0.0, 0.1, 0.12]),
    st.sampled_from([0, 2**63 - 10]),
)
def test_any_levels(
    levels: list[int], windows: int, on: float, off: float, shortest: float, first_tick: int
) -> None:
    made_of = {"windows": windows, "on": on, "off": off, "shortest": shortest}
    events = run(program(made_of), levels, first_tick=first_tick)
    found = [
        (
            event.start_s * RATE / WINDOW,
            (event.end_s - event.start_s) * RATE / WINDOW,
            event.peak_s * RATE / WINDOW,
        )
        for event in events
    ]
    wanted = expected(levels, windows, on, off, shortest)
    assert found == [pytest.approx(entry[:3]) for entry in wanted]
    for event, (_, _, _, total) in zip(events, wanted, strict=True):
        assert event.confidence == pytest.approx(total / (128 * windows), abs=2**-15)
        assert event.label == "cough"


def test_a_mean_needs_all_its_windows() -> None:
    """One loud window is not enough, not even the first."""
    assert run(program({"windows": 3, "on": 0.5}), [127, 0, 0, 0, 127, 0]) == []
    [event] = run(program({"windows": 3, "on": 0.5}), [0, 127, 127, 0])
    assert (event.start_s, event.end_s) == (0.1, 0.2)


def test_hysteresis_keeps_an_event_open() -> None:
    levels = [100, 40, 40, 20, 40]
    [event] = run(program({"on": 0.5, "off": 0.25}), levels)
    assert (event.start_s, event.end_s, event.peak_s) == (0.0, 0.15, 0.0)


def test_a_gap_ends_an_event() -> None:
    engine = Engine(program({"on": 0.5}))
    loud = np.full(120, 30000, np.int16)
    events = engine.feed("audio", loud)
    assert events == []
    events = engine.feed("audio", loud, position=1000)
    assert [(event.start_s, event.end_s) for event in events] == [(0.0, 0.1)]
    assert [(event.start_s, event.end_s) for event in engine.flush()] == [(1.0, 1.1)]


def test_a_gap_ends_an_event_before_the_next_window_is_there() -> None:
    engine = Engine(program({"on": 0.5}))
    engine.feed("audio", np.full(120, 30000, np.int16))
    [event] = engine.feed("audio", np.zeros(1, np.int16), position=1000)
    assert (event.start_s, event.end_s) == (0.0, 0.1)


def test_overlapping_windows() -> None:
    engine = Engine(program({"on": 0.1}, step=10))
    samples = np.zeros(300, np.int16)
    samples[100] = 30000
    events = [*engine.feed("audio", samples), *engine.flush()]
    assert [(event.start_s, event.end_s) for event in events] == [(0.06, 0.15)]


def test_a_queue_that_nobody_reads_loses_the_newest() -> None:
    engine = Engine(program({"on": 0.5}))
    levels = np.resize([127, 0], 200)
    samples = np.repeat(levels.astype(np.int16) * 256, WINDOW)
    from edgesdk.native import ffi, lib

    for start in range(0, len(samples), 50):
        piece = np.ascontiguousarray(samples[start : start + 50])
        lib.edge_sensing_feed(engine._sensing, 0, start, ffi.from_buffer("int16_t[]", piece), 50)
        while lib.edge_sensing_step(engine._sensing):
            pass
    events = engine.flush()
    assert len(events) == 64 and events[0].start_s == 0.0
    assert engine.counters.events_lost == 100 - 64
    assert engine.counters.decisions_lost == 200 - 32
    assert len(engine.decisions) == 32
