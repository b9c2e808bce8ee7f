"""How real numbers stand as integers: a scale and a zero point, and how they are chosen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

CUTS = np.linspace(1.0, 0.3, 36)  # shares of a range that are tried
LIMITS = {"int8": (-128, 127), "int16": (-32768, 32767)}


@dataclass(frozen=True)
class Numbers:
    """value = scale * (integer - zero); one scale, or one for each entry of the first axis."""

    dtype: str
    scales: Array
    zero: int = 0

    def integers(self, values: NDArray[np.floating]) -> NDArray[np.integer]:
        """The nearest integers."""
        scales = self.scales.reshape(-1, *[1] * (values.ndim - 1))
        found = np.round(values.astype(np.float64) / scales) + self.zero
        return np.clip(found, *LIMITS[self.dtype]).astype(self.dtype)

    def error(self, values: NDArray[np.floating]) -> float:
        """The mean square of what the integers make of values, less the values; one scale only."""
        back = (self.integers(values) - float(self.zero)) * self.scales[0]
        return float(np.mean((back - values) ** 2))


SHARES = Numbers("int8", np.array([1 / 256]), -128)  # what TFLite's softmax gives


def of_range(low: float, high: float) -> Numbers:
    """int8 that covers low to high, and 0 exactly."""
    low, high = min(low, 0.0), max(high, 0.0, low + 1e-6)
    scales = _float32([(high - low) / 255])
    return Numbers("int8", scales, int(np.clip(np.round(-128 - low / scales[0]), -128, 127)))


def of_samples(samples: NDArray[np.floating]) -> Numbers:
    """int8 with the least mean square error: the range's top is cut first, then its bottom."""
    low, high = float(samples.min()), float(samples.max())
    tops = [of_range(low, high * cut).error(samples) for cut in CUTS]
    high *= float(CUTS[int(np.argmin(tops))])
    bottoms = [of_range(low * cut, high) for cut in CUTS]
    return min(bottoms, key=lambda made: made.error(samples))


def of_peak(samples: NDArray[np.floating]) -> Numbers:
    """int16 that covers all samples; TFLite wants its zero point at 0."""
    return Numbers("int16", _float32([max(float(np.abs(samples).max()), 1e-6) / 32767]))


def of_weight(weight: NDArray[np.floating]) -> Numbers:
    """int8 with one scale for each output channel, the first axis; -127 to 127."""
    peaks = np.abs(weight.reshape(len(weight), -1)).max(1)
    return Numbers("int8", _float32(np.maximum(peaks, 1e-9) / 127))


def _float32(values: object) -> Array:
    """Rounded to what the file can hold."""
    return np.asarray(values, np.float32).astype(np.float64)
