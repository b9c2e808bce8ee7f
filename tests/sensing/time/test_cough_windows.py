"""What stands out of an audio window, against the float oracle; also of windows nobody wants."""

from __future__ import annotations

import numpy as np
import pytest

from edgesdk.native import ffi, lib
from tests.sensing.time import cough_oracle as oracle
from tests.sensing.time.cough_oracle import SETTINGS, WINDOW
from tests.sensing.time.events import Events
from tests.sensing.time.signals import click, coughing, extremes, whole


@pytest.mark.parametrize("seed", range(30))
def test_stretches_equal_the_oracles(seed: int) -> None:
    random = np.random.default_rng(seed)
    signal = coughing(list(random.uniform(0, 0.8, 3)), 0.8, seed)
    samples = whole(signal * random.choice([0.001, 0.1, 1, 8]) + random.choice([0, -9000]))
    events = Events()
    events.window(samples, 500)
    wanted = oracle.stretches(samples, 500, 0.9)
    got = events.found()
    assert [(one.start, one.peak, one.end) for one in got] == [
        (one.start, one.peak, one.end) for one in wanted
    ]
    for one, two in zip(got, wanted, strict=True):
        assert abs(one.loudness / 256 - two.loudness) < 1 / 256
    assert len(got) > 0


def test_silence_constants_and_square_waves_have_none() -> None:
    events = Events()
    for value in (0, 1, -1, 32767, -32768):
        events.window(np.full(WINDOW, value, np.int16), 0)
    for low, high in ((-32768, 32767), (0, 1), (-20, 20)):
        events.window(np.where(np.arange(WINDOW) % 800 < 400, high, low).astype(np.int16), 0)
    assert events.flush() == []
    assert events.state.lost == 0


def test_clipped_windows_equal_the_oracle() -> None:
    for samples in (
        *extremes(WINDOW),
        whole(coughing([0.2, 0.5], 0.8) * 40.0),
        click(WINDOW, 0),
        click(WINDOW, WINDOW - 8, -32768),
    ):
        events = Events()
        events.window(samples, 0)
        wanted = oracle.stretches(samples, 0, 0.9)
        got = events.found()
        assert [(c.start, c.peak, c.end) for c in got] == [(c.start, c.peak, c.end) for c in wanted]


def test_a_click_is_one_event_of_the_shortest_length() -> None:
    events = Events()
    events.window(click(WINDOW, 4000), 10**6)
    (event,) = events.flush()
    # Measured: 21 quiet samples of 8 ticks. At least: 15 ms before the peak, 0.03 + 0.2 s after it.
    assert (event.start, event.peak, event.end) == (1003760, 1004000, 1007680)


def test_improbable_windows_are_not_looked_at() -> None:
    events = Events()
    events.window(click(WINDOW, 4000), 0, 0.2999)
    assert events.state.count == 0
    events.window(click(WINDOW, 4000), 0, 0.3001)
    assert events.state.count == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"step": 0},
        {"window": 8},
        {"window": 2**31},
        {"window": 16384 * 8},
        {"peak_share": 32769},
        {"probability": 32769},
        {"series": 32769},
        {"burst": 0},
        {"burst": 3681},
        {"compressive": 3201},
        {"shortest": 8001},
        {"longest": 2**31},
        {"quiet": 2**31},
        {"merge": 2**31},
        {"lead": 2**31},
        {"period": 2**31},
    ],
)
def test_settings_out_of_bounds_do_not_fit(changed: dict[str, int]) -> None:
    settings = ffi.new("struct edge_cough_settings *", {**SETTINGS, **changed})
    assert not lib.edge_cough_settings_fit(settings)


def test_the_widest_window_does_not_wrap() -> None:
    """16383 samples of both ends of the range, all looked at."""
    samples = np.full(16383, -32768, np.int16)
    samples[8000] = 32767
    events = Events(window=16383, step=1)
    events.window(samples, 0)
    (one,) = events.found()
    assert (one.start, one.peak) == (8000, 8000)
    assert abs(one.loudness / 256 - 65535 * (1 - 1 / 16383)) < 1 / 256
