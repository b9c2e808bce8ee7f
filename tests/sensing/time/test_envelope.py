"""Envelope peaks: the same number as scipy's butter, filtfilt and find_peaks, band by band.

Maxima of any size count, so nothing but the same number on real sounds shows that the fixed-point
filters are good enough. What is below 2^-30 of the highest is beyond them; only digital silence
shows any of that: 2 of 24320 counts of ESC-10 differ, both by a maximum 2^-32 high.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import signal

from tests.sensing.time import features, oracle
from tests.sensing.time.signals import Samples, as_column, click, varied, whole

RATE, WINDOW = 16000, 12800
BANDS = [(low, low + 50) for low in range(50, 1000, 50)]
LOWEST = 2.0**-30


def _check(samples: Samples, rate: int = RATE, bands: list[tuple[int, int]] = BANDS) -> int:
    """How many counts were compared."""
    for low, high in bands:
        got = features.envelope_peaks(samples, rate, low, high)
        envelope = oracle.envelope(samples, rate, low, high)
        sure = len(signal.find_peaks(envelope, height=LOWEST)[0])
        assert sure <= got <= len(signal.find_peaks(envelope)[0]), (low, got)
    return len(bands)


def _clips(data: Path, every: int) -> list[Samples]:
    """Four windows of each of some real clips; digital silence has no envelope."""
    soundfile = pytest.importorskip("soundfile")
    paths = sorted((data / "esc10").rglob("*.flac"))[::every]
    clips = [soundfile.read(path, dtype="int16")[0] for path in paths]
    starts = (0, 15000, 30000, 45000)
    windows = [np.ascontiguousarray(clip[at : at + WINDOW]) for clip in clips for at in starts]
    return [window for window in windows if window.any()]


def test_counts_of_real_sounds(data: Path) -> None:
    assert sum(_check(samples) for samples in _clips(data, every=40)) == 32 * len(BANDS)


@pytest.mark.long
def test_counts_of_all_real_sounds(data: Path) -> None:
    assert sum(_check(samples) for samples in _clips(data, every=1)) == 1280 * len(BANDS)


def test_maxima_in_the_digital_range_are_all_of_scipys(data: Path) -> None:
    """On recordings with a noise floor nothing is beyond the filters: the counts are equal."""
    loud = [window for window in _clips(data, every=40) if np.ptp(window[-2000:]) > 20]
    assert len(loud) >= 10
    for samples in loud:
        for low, high in BANDS:
            wanted = oracle.envelope_peaks(samples, RATE, low, high)
            assert features.envelope_peaks(samples, RATE, low, high) == wanted


@pytest.mark.parametrize("size", [1, 3, 30, 1000, 30000, 200000])
def test_counts_of_noise(size: float) -> None:
    """From the last bit to clipping."""
    _check(whole(np.random.default_rng(3).normal(0, size, WINDOW)))


@pytest.mark.parametrize("at", [0, 1, 8, 9, 10, 6000, WINDOW - 10, WINDOW - 9, WINDOW - 1])
def test_clicks_in_digital_silence(at: int) -> None:
    """At the edges too, where the extension and the filters' beginnings show."""
    _check(click(WINDOW, at))


@pytest.mark.parametrize("low", [50, 100, 500, 950])
def test_the_envelope_is_as_exact_where_it_is_small(low: int) -> None:
    """A tone that dies away by 60 dB within the window: to 2^-21 of what is left of it."""
    time = np.arange(WINDOW) / RATE
    samples = whole(20000 * 10 ** (-3.75 * time) * np.sin(2 * np.pi * (low + 25) * time + 1))
    got = features.half_smoothed(samples, RATE, low, low + 50)
    wanted = oracle.half_smoothed(samples, RATE, low, low + 50)
    ratios = got / wanted
    assert wanted.max() / wanted.min() > 4e5
    assert np.abs(ratios / np.median(ratios) - 1).max() < 2.0**-21


def test_varied_sounds_of_other_sizes_and_rates() -> None:
    for samples in list(varied(4000))[::5]:
        _check(samples, 8000, [(100, 150), (700, 800)])
    for samples in list(varied(700))[::5]:
        _check(samples, 2000, [(20, 200)])


def test_an_interleaved_channel_gives_the_same() -> None:
    samples = whole(np.random.default_rng(4).normal(0, 500, 3000))
    wanted = features.envelope_peaks(samples, RATE, 100, 150)
    assert features.envelope_peaks(as_column(samples, 2, 1), RATE, 100, 150) == wanted > 0


def test_a_beat_is_heard_in_its_band_only() -> None:
    """Two close sines make a loudness that rises and falls with their difference, 5 Hz."""
    time = np.arange(2 * RATE) / RATE
    samples = whole(9000 * (np.sin(2 * np.pi * 120 * time) - np.sin(2 * np.pi * 125 * time)))
    assert features.envelope_peaks(samples, RATE, 100, 150) == 10


@pytest.mark.parametrize("value", [0, 1, -1, 12345, -32768, 32767])
def test_constant_windows_have_none(value: int) -> None:
    """Also with an offset, where floating point leaves maxima of rounding errors."""
    for low, high in BANDS:
        assert features.envelope_peaks(np.full(2000, value, np.int16), RATE, low, high) == 0


@pytest.mark.parametrize("count", [10, 11, 19, 30])
def test_short_windows(count: int) -> None:
    _check(whole(np.random.default_rng(count).normal(0, 5000, count)))


@pytest.mark.parametrize(
    ("rate", "low", "high", "count"),
    [
        (RATE, 0, 50, 500),
        (RATE, 100, 100, 500),
        (RATE, 150, 100, 500),
        (RATE, 100, 1601, 500),
        (1999, 50, 100, 500),
        (0, 1, 2, 500),
        (RATE, 50, 100, 9),
        (RATE, 50, 100, 0),
    ],
)
def test_what_it_cannot_do_gives_zero(rate: int, low: int, high: int, count: int) -> None:
    samples = whole(np.random.default_rng(0).normal(0, 5000, count))
    assert features.envelope_peaks(samples, rate, low, high) == 0
