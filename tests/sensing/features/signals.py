"""Windows that the spectral features are tried on: 16 kHz, full scale 32768, seeded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import signal

RATE = 16000
Samples = NDArray[np.int16]


def whole(floats: NDArray[np.float64]) -> Samples:
    return np.clip(np.rint(floats), -32768, 32767).astype(np.int16)


def _time(count: int) -> NDArray[np.float64]:
    return np.arange(count) / RATE


def sine(count: int) -> Samples:
    return whole(9000 * np.sin(2 * np.pi * 440.3 * _time(count)))


def chord(count: int) -> Samples:
    tones = [3000 * np.sin(2 * np.pi * f * _time(count) + f) for f in (210.7, 1733.1, 5021.9)]
    return whole(sum(tones, np.zeros(count)))


def chirp(count: int) -> Samples:
    return whole(20000 * signal.chirp(_time(count), 60, count / RATE, 7000))


def noise(count: int, sigma: float = 3000) -> Samples:
    return whole(np.random.default_rng(1).normal(0, sigma, count))


def tiny(count: int) -> Samples:
    return noise(count, 0.9)


def clipped(count: int) -> Samples:
    return noise(count, 60000)


def offset(count: int) -> Samples:
    return whole(noise(count, 200) - 8000.0)


def cough(count: int) -> Samples:
    """Two bursts of decaying, low-passed noise over a quiet background."""
    rng, time = np.random.default_rng(2), _time(count)
    low = signal.lfilter([1], [1, -0.8], rng.normal(0, 1, count))
    starts = (0.1 * count / RATE, 0.55 * count / RATE)
    loud = sum(12000 * (time > at) * np.exp(-12 * np.maximum(time - at, 0)) for at in starts)
    return whole(low * loud + rng.normal(0, 12, count))


def speech(count: int) -> Samples:
    """A buzz of 120 Hz through three formants, syllables of 5 Hz, over a quiet background."""
    time, rng = _time(count), np.random.default_rng(3)
    buzz = signal.square(2 * np.pi * 120 * time, 0.1)
    for formant in (700, 1220, 2600):
        buzz = signal.lfilter(*signal.iirpeak(formant, 5, RATE), buzz) + 0.05 * buzz
    syllables = np.maximum(np.sin(2 * np.pi * 5 * time), 0)
    return whole(20000 * buzz / np.abs(buzz).max() * syllables + rng.normal(0, 5, count))


SIGNALS = {
    each.__name__: each
    for each in (sine, chord, chirp, noise, tiny, clipped, offset, cough, speech)
}
