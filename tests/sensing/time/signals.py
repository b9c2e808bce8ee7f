"""Windows that the time-domain features are tried on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]


def whole(floats: NDArray[np.float64]) -> Samples:
    """Rounded and clipped, as a converter does."""
    return np.clip(np.rint(floats), -32768, 32767).astype(np.int16)


def varied(count: int) -> Iterator[Samples]:
    """Noise, walks, sines and bursts of all sizes, with and without an offset, clipped too."""
    random = np.random.default_rng(count)
    time = np.arange(count)
    for size in (0.7, 2, 30, 1000, 9000, 90000):
        for offset in (0, 3.3, -20000):
            noise = random.normal(size=count)
            yield whole(offset + size * noise)
            yield whole(offset + size / 4 * np.cumsum(noise))
            yield whole(offset + size * np.sin(time * random.uniform(0.01, 3)))
            yield whole(offset + size * noise * np.exp(-40 * (time / count - 0.3) ** 2))


def click(count: int, at: int, height: int = 20000) -> Samples:
    """Digital silence, but for one sample."""
    samples = np.zeros(count, np.int16)
    samples[at] = height
    return samples


def extremes(count: int) -> Iterator[Samples]:
    """What is at the ends of the range."""
    even = np.arange(count) % 2 == 0
    for high, low in ((32767, -32768), (32767, 32766), (-32768, -32767), (1, 0), (0, -1)):
        yield np.where(even, high, low).astype(np.int16)
        yield np.where(np.arange(count) < count // 2, high, low).astype(np.int16)
        for at in (0, count // 3, count - 1):
            samples = np.full(count, low, np.int16)
            samples[at] = high
            yield samples


def as_column(samples: Samples, channels: int = 6, channel: int = 2) -> Samples:
    """The same samples as one channel of interleaved ones; the others are noise."""
    random = np.random.default_rng(0)
    table = random.integers(-32768, 32768, (len(samples), channels)).astype(np.int16)
    table[:, channel] = samples
    return table[:, channel]


def coughing(times: Sequence[float], seconds: float, seed: int = 0, rate: int = 16000) -> Samples:
    """Noise with bursts that die away in about 50 ms, some louder than others."""
    random = np.random.default_rng(seed)
    clock = np.arange(round(seconds * rate)) / rate
    loudness = np.full(len(clock), 40.0)
    for at in times:
        rise = np.clip((clock - at) / 0.004, 0, 1)
        loudness += rise * random.uniform(4000, 12000) * np.exp(-np.maximum(clock - at, 0) / 0.05)
    return whole(loudness * random.normal(size=len(clock)))
