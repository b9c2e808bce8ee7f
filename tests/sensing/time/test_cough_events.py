"""Reports of coughs against the float oracle; late in time, too many, and over reports."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tests.sensing.time import cough_oracle as oracle
from tests.sensing.time.cough_oracle import WINDOW, Cough
from tests.sensing.time.events import ONE, Event, Events, put
from tests.sensing.time.signals import Samples, click, coughing

STARTS = (0, 123, 2**16 - 5000, 2**32 - 40000, 2**63 - 40000, 2**64 - 2**33)


def windows(signal: Samples) -> list[tuple[int, Samples]]:
    """Half overlapping, with the places where they start."""
    starts = range(0, len(signal) - WINDOW + 1, WINDOW // 2)
    return [(start, signal[start : start + WINDOW]) for start in starts]


def _check(got: Sequence[Event], wanted: Sequence[Cough], start: int) -> None:
    """The same events; ends may differ by two ticks: the 0.8^n of a series is rounded."""
    assert [event.peak - start for event in got] == [cough.peak for cough in wanted]
    for event, cough in zip(got, wanted, strict=True):
        assert abs(event.start - start - cough.start) <= 2
        assert abs(event.end - start - cough.end) <= 2
        assert event.start <= event.peak < event.end
        assert (event.label, event.confidence) == (7, round(cough.probability * ONE))


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("seed", range(4))
def test_equals_the_oracle_whenever_it_is(start: int, seed: int) -> None:
    times = np.sort(np.random.default_rng(seed).uniform(0.1, 4.5, 3 + 3 * seed))
    signal = coughing(list(times), 5.0, seed)
    events, candidates = Events(start), []
    for number, (at, samples) in enumerate(windows(signal)):
        probability = (0.9, 0.31, 0.29)[number % 3]
        events.window(samples, start + at, probability)
        candidates = oracle.collected(candidates, oracle.stretches(samples, at, probability))
    wanted = oracle.cleaned(oracle.merged(candidates))
    assert len(wanted) >= 3
    assert events.report(start + 79999) == []
    _check(events.report(start + 80000), wanted, start)
    assert events.state.lost == 0


@pytest.mark.parametrize("seed", range(20))
def test_cleaning_equals_the_oracle_over_reports(seed: int) -> None:
    """Also the second report, which goes on from where the first one ended."""
    random = np.random.default_rng(seed)
    events, before = Events(), []
    for report in range(3):
        gaps = random.choice([3600, 3679, 3680, 4000, 6000, 8479, 8480, 8481, 12000], 8)
        peaks = (
            np.cumsum(gaps) + 10**6 * (report + 1)
            if report != 1
            else before[-1].peak + np.cumsum(np.maximum(gaps, 3680))
        )
        half = int(random.choice([10, 1000, 5000, 20000]))
        put(events, *map(int, peaks), half=half)
        found = [Cough(int(p) - half, int(p), int(p) + half, 20000 / ONE, 100) for p in peaks]
        wanted = oracle.cleaned(oracle.merged(found), before)
        _check(events.flush(), wanted, 0)
        before += wanted


def test_merging_keeps_the_first_start_the_last_end_and_the_loudest_peak() -> None:
    """Cough-E keeps the earlier end of two, though it keeps the earlier start: half a cough."""
    events = Events()
    put(events, 10000, loudness=5)
    put(events, 12000, loudness=9)
    events.state.candidates[1].end = 18000
    (event,) = events.flush()
    assert (event.start, event.peak, event.end) == (9900, 12000, 18000)


def test_a_series_gets_shorter_by_powers() -> None:
    """0.8, 0.64, 0.512; Cough-E squares what it has (0.8, 0.64, 0.41), which is no series."""
    events = Events()
    peaks = [10000 + 8400 * n for n in range(5)]
    put(events, *peaks, half=8300)
    lengths = [event.end - event.peak for event in events.flush()]
    # The first four could last until a compressive phase before the next peak, 5200 after theirs.
    by_series = [480 + 8000 * 0.8**n for n in range(5)]
    wanted = [min(5200, length) for length in by_series[:4]] + by_series[4:]
    assert np.allclose(lengths, wanted, atol=2)


def test_a_cough_of_two_windows_and_two_reports_is_told_once() -> None:
    events = Events()
    events.window(click(WINDOW, 9000), 70000)
    (event,) = events.report(82800)
    events.window(click(WINDOW, 2600), 76400)  # the same sample
    assert events.flush() == []
    assert (event.peak, events.state.lost) == (79000, 0)
    put(events, 79000 - 3680)
    assert events.flush() == []  # another cough, but it comes too late to be told in order
    assert events.state.lost == 1


@pytest.mark.parametrize("start", STARTS)
def test_more_than_fifty_are_counted(start: int) -> None:
    events = Events(start, merge=3680)
    for number in range(60):
        events.window(click(WINDOW, 4000), start + 20000 * number)
    assert (events.state.count, events.state.lost) == (50, 10)
    got = events.flush()
    assert [event.peak - start for event in got] == [4000 + 20000 * n for n in range(50)]
    assert events.state.count == 0


def test_events_without_room_are_counted() -> None:
    for room in (0, 1, 4):
        events = Events()
        put(events, *range(10000, 110000, 20000))
        assert len(events.flush(room)) == room
        assert (events.state.count, events.state.lost) == (0, 5 - room)


def test_candidates_come_out_in_order() -> None:
    events = Events()
    for place in (50000, 10000, 30000, 90000, 70000):
        events.window(click(WINDOW, 4000), place)
    assert [event.peak for event in events.flush()] == [14000, 34000, 54000, 74000, 94000]


@pytest.mark.parametrize("start", STARTS)
def test_reports_keep_their_period(start: int) -> None:
    """Asked every 0.4 s they come every 5 s, not every 5.2; after a gap from then on."""
    events = Events(start)
    reported = []
    for now in range(6400, 300000, 6400):
        put(events, start + now)
        if events.report(start + now):
            reported.append(now)
    assert reported == [83200, 160000, 243200]
    events.report(start + 10**6)
    assert events.state.reported == start + 10**6
    assert events.report(start + 5) == []  # time does not go backwards
