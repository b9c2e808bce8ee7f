"""The time-domain features a second time, in float64 numpy and scipy, from their definitions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import signal, stats

Samples = NDArray[np.int16]
Floats = NDArray[np.float64]


def _floats(samples: Samples, centred: bool) -> Floats:
    floats = samples.astype(np.float64)
    return floats - floats.mean() if centred else floats


def zero_crossings(samples: Samples, centred: bool) -> float:
    """A share of neighbouring pairs; 0 counts as positive. Compares sums: means are rounded."""
    whole = samples.astype(np.int64) * len(samples)
    below = whole < (samples.sum(dtype=np.int64) if centred else 0)
    return float(np.mean(below[1:] != below[:-1]))


def rms(samples: Samples, centred: bool) -> float:
    return float(np.sqrt(np.mean(_floats(samples, centred) ** 2)))


def crest_factor(samples: Samples, centred: bool) -> float:
    return float(_floats(samples, centred).max() / rms(samples, centred))


def line_length(samples: Samples) -> float:
    return float(np.abs(np.diff(samples.astype(np.float64))).mean())


def kurtosis(samples: Samples) -> float:
    return float(stats.kurtosis(samples.astype(np.float64)))


def magnitude(axes: Samples) -> Floats:
    """[count][3] -> [count]."""
    return np.sqrt((axes.astype(np.float64) ** 2).sum(axis=1))


def kept_samples(samples: Samples, tolerance: int) -> list[int]:
    """Where Ramer, Douglas and Peucker keep a sample, distances measured vertically; exact."""
    values = [int(sample) for sample in samples]

    def between(start: int, end: int) -> list[int]:
        length, rise = end - start, values[end] - values[start]
        off = [
            abs((values[i] - values[start]) * length - rise * (i - start))
            for i in range(start + 1, end)
        ]
        if not off or max(off) <= tolerance * length:
            return []
        at = start + 1 + off.index(max(off))
        return [*between(start, at), at, *between(at, end)]

    return [0, *between(0, len(values) - 1), len(values) - 1]


def azc(samples: Samples, tolerance: int) -> int:
    slopes = np.sign(np.diff(samples[kept_samples(samples, tolerance)].astype(np.int64)))
    slopes = slopes[slopes != 0]
    return int(np.count_nonzero(slopes[1:] != slopes[:-1]))


def envelope(samples: Samples, rate: int, low: int, high: int) -> Floats:
    band = signal.butter(1, [low, high], "bandpass", fs=rate)
    smooth = signal.butter(2, 10, fs=rate)
    passed = signal.filtfilt(*band, samples.astype(np.float64))
    filtered = np.asarray(signal.filtfilt(*smooth, passed**2))
    return filtered / filtered.max()


def half_smoothed(samples: Samples, rate: int, low: int, high: int) -> Floats:
    """What filtfilt has of the envelope, edges included, before it goes backward."""
    band = signal.butter(1, [low, high], "bandpass", fs=rate)
    b, a = signal.butter(2, 10, fs=rate)
    square = signal.filtfilt(*band, samples.astype(np.float64)) ** 2
    edges = 2 * square[0] - square[9:0:-1], 2 * square[-1] - square[-2:-11:-1]
    extended = np.concatenate([edges[0], square, edges[1]])
    return np.asarray(signal.lfilter(b, a, extended, zi=signal.lfilter_zi(b, a) * extended[0])[0])


def envelope_peaks(samples: Samples, rate: int, low: int, high: int) -> int:
    return len(signal.find_peaks(envelope(samples, rate, low, high))[0])
