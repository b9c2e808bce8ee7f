"""Norms, and the codes that matmuls take."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .floats import Floats, add, maximum, multiply
from .units import in_range, reciprocal, rsqrt, sum16

SMALLEST_ABSMAX = np.float32(1e-5)
LARGEST_CODE = 127  # of the activations of a ternary matmul: int8
LARGEST_HEAD_CODE = 16383  # of those of the head: 15 bits


def root_mean_square_norm(
    x: Floats, weights: Floats, epsilon: np.float32, inverse: np.float32
) -> Floats:
    """Each row of x [n, size] over its root mean square, times the weights [size].

    ``inverse`` is 1 / size.
    """
    mean_square = multiply(sum16(multiply(x, x))[:, None], inverse)
    root = rsqrt(add(mean_square, epsilon))  # [n, 1]
    return multiply(multiply(x, root), weights)


def quantise(v: Floats, largest: int = LARGEST_CODE) -> tuple[NDArray[np.int32], Floats]:
    """Codes of v [n, size], ``largest`` for a row's largest magnitude, and those [n, 1].

    That magnitude is NaN for a row that has something that is not finite or exceeds 2^100; its
    codes, which may then be any, are zeros here.
    """
    absmax = in_range(maximum(np.abs(v).max(axis=-1, keepdims=True), SMALLEST_ABSMAX))
    factor = multiply(reciprocal(absmax), np.float32(largest))
    rounded = np.clip(np.rint(multiply(v, factor)), np.float32(-largest), np.float32(largest))
    codes = np.where(np.isfinite(absmax), rounded, np.float32(0))
    return codes.astype(np.int32), absmax
