"""The five operations on floats, and halves. A subnormal result is a zero of its sign.

What is not finite stays so: an infinity or a NaN that goes into one of these comes out as either.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Halves = NDArray[np.float16]

SMALLEST_NORMAL = np.float32(2.0**-126)
# A product from here on is at least 2^-126 when it is rounded to 24 bits; a tie rounds up.
SMALLEST_PRODUCT = 2.0**-126 - 2.0**-151
LARGEST_HALF = np.float32(65504)


def flushed(x: Floats) -> Floats:
    """Subnormals become zeros of their signs; the rest stays."""
    result: Floats = np.multiply(x, np.abs(x) >= SMALLEST_NORMAL)
    return result


def add(a: Floats, b: Floats | np.float32) -> Floats:
    """A subnormal sum is exact, so that it does not matter when it is rounded."""
    return flushed(np.add(a, b))


def subtract(a: Floats | np.float32, b: Floats) -> Floats:
    """As ``add``."""
    return flushed(np.subtract(a, b))


def multiply(a: Floats, b: Floats | np.float32) -> Floats:
    """A product just below 2^-126 is judged as it would be if exponents had no end.

    numpy has rounded it up to 2^-126 if it came near; the exact product says whether it should.
    """
    product: Floats = np.multiply(a, b)
    if not np.count_nonzero(np.abs(product) <= SMALLEST_NORMAL):
        return product
    exact = np.multiply(a, b, dtype=np.float64)  # 48 bits: it is exact
    return np.multiply(product, np.abs(exact) >= SMALLEST_PRODUCT)


def maximum(a: Floats, b: Floats | np.float32) -> Floats:
    """The larger one of each two; NaN if either is."""
    result: Floats = np.maximum(a, b)
    return result


def positive(x: Floats) -> Floats:
    """Not less than zero; what is not finite stays, an infinity below zero too."""
    result: Floats = np.where(np.signbit(x) & np.isfinite(x), np.float32(0), x)
    return result


def from_integer(x: NDArray[Any]) -> Floats:
    """To the nearest float, ties to even."""
    return x.astype(np.float32)


def to_half(x: Floats) -> Halves:
    """To the nearest half, ties to even; what is larger than all of them becomes the largest.

    What is not finite becomes one and the same NaN.
    """
    bounded = np.clip(x, -LARGEST_HALF, LARGEST_HALF)
    return np.where(np.isfinite(x), bounded, np.float32(np.nan)).astype(np.float16)


def from_half(x: Halves) -> Floats:
    """Exact: the smallest half is a normal float."""
    return x.astype(np.float32)
