"""Between the numbers that a quantised tensor stores and the real values that they mean."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .tensors import Array, Quantisation

Reals = NDArray[np.float64]


def real_values(stored: Array, how: Quantisation | None) -> Reals:
    """real = scale * (stored - zero point); the values as they are where nothing is quantised."""
    if how is None:
        return stored.astype(np.float64)
    scales, zeros = _both_along(how, stored.ndim)
    return np.asarray((stored.astype(np.float64) - zeros) * scales, np.float64)


def stored_values(real: Array, how: Quantisation, dtype: np.dtype[Any]) -> tuple[Array, int]:
    """stored = round(real / scale) + zero point, halves away from zero, clipped to the dtype.

    Returns how many were clipped, too. The values are finite, and the dtype one of integers.
    """
    limits = np.iinfo(dtype)
    scales, zeros = _both_along(how, real.ndim)
    ratio = real.astype(np.float64) / scales
    whole = np.trunc(ratio)
    rounded = whole + np.copysign(np.abs(ratio - whole) >= 0.5, ratio) + zeros
    clipped = np.clip(rounded, limits.min, limits.max)
    found: Array = clipped.astype(dtype)
    return found, int((clipped != rounded).sum())


def _both_along(how: Quantisation, rank: int) -> tuple[Reals, Reals]:
    """Scales and zero points, as they go with an array of so many axes."""
    shape = [1] * rank
    if len(how.scales) > 1 and how.axis is not None and rank:
        shape[how.axis] = -1
    given = (how.scales, how.zero_points)
    scales, zeros = (np.asarray(v, np.float64).reshape(shape if rank else ()) for v in given)
    return scales, zeros
