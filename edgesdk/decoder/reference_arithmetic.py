"""The arithmetic of the reference, one function for each step. Floats are float32 throughout.

``attend`` and ``activate`` keep the precision that they are given.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from .config import HALVES, RELU2
from .weights import Floats

Codes = NDArray[np.int8]
Reals = TypeVar("Reals", bound=NDArray[np.floating[Any]])

SMALLEST_ABSMAX = np.float32(1e-5)


def rms_norm(x: Floats, weights: Floats, epsilon: float) -> Floats:
    """Each row of x [n, size] divided by its root mean square, times the weights [size]."""
    mean_square = np.mean(x * x, axis=-1, keepdims=True)
    scaled: Floats = x * (np.float32(1) / np.sqrt(mean_square + np.float32(epsilon))) * weights
    return scaled


def quantise(x: Floats) -> tuple[Codes, Floats]:
    """int8 codes of x [n, size] with 127 for each row's largest magnitude, and those [n, 1]."""
    absmax = np.maximum(np.abs(x).max(axis=-1, keepdims=True), SMALLEST_ABSMAX)
    codes = np.clip(np.rint(x * (np.float32(127) / absmax)), -128, 127)
    return codes.astype(np.int8), absmax


def ternary_sums(codes: Codes, q: Codes) -> NDArray[np.int64]:
    """q [n, in] times codes [out, in] transposed: exact integers [n, out], by float arithmetic.

    A product is at most 128 in magnitude, so however the additions are ordered, every sum on the
    way is an integer of at most 128 * in. float32 holds all integers up to 2**24, so nothing is
    ever rounded up to 131,072 inputs; beyond that float64 does the same up to 2**53.
    """
    exact = np.float32 if 128 * codes.shape[1] <= 2**24 else np.float64
    sums: NDArray[np.int64] = (q.astype(exact) @ codes.astype(exact).T).astype(np.int64)
    return sums


def product(weights: Floats, x: Floats) -> Floats:
    """weights [out, in] times each row of x [n, in] by itself: [n, out].

    One product for all rows would add up in an order that depends on how many there are.
    """
    return np.stack([weights @ row for row in x])


def turns(positions: NDArray[np.int64], frequencies: Floats) -> tuple[Floats, Floats]:
    """Cosine and sine of position times frequency, [n, head_size / 2] each.

    The angle is a float32 product, as in the programs that models were trained with.
    """
    angles = (positions.astype(np.float32)[:, None] * frequencies).astype(np.float64)
    # By the float64 functions, which round to the same float32 on every machine.
    return np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)


def rotate(x: Floats, positions: NDArray[np.int64], frequencies: Floats, pairing: str) -> Floats:
    """Turn the pairs of each head of x [n, heads, head_size] by position times frequency (RoPE)."""
    cosine, sine = (turn[:, None] for turn in turns(positions, frequencies))
    half = x.shape[-1] // 2
    halves = pairing == HALVES
    a, b = (x[..., :half], x[..., half:]) if halves else (x[..., 0::2], x[..., 1::2])
    turned = a * cosine - b * sine, b * cosine + a * sine
    return np.concatenate(turned, -1) if halves else np.stack(turned, -1).reshape(x.shape)


def attend(query: Reals, keys: Reals, values: Reals) -> Reals:
    """One token's attention: [kv_heads, group, head_size] over [kv_heads, seen, head_size]."""
    scale = np.float32(query.shape[-1] ** -0.5)
    scores = query @ keys.transpose(0, 2, 1) * scale  # [kv_heads, group, seen]
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    mixed: Any = (weights / weights.sum(axis=-1, keepdims=True)) @ values
    return mixed  # type: ignore[no-any-return]


def activate(gate: Reals, activation: str) -> Reals:
    """SiLU, or ReLU squared."""
    if activation == RELU2:
        positive: Any = np.square(np.maximum(gate, np.float32(0)))
        return positive  # type: ignore[no-any-return]
    gated: Any = gate / (np.float32(1) + np.exp(-gate))
    return gated  # type: ignore[no-any-return]
