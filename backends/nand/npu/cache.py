"""Keys and values of the tokens so far, as a device's DRAM has them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from edgesdk.errors import UsageError

from ..quantise.rows import LEAST
from ..quantise.shape import INT8, ModelShape

Floats = NDArray[np.float32]


class Cache:
    """Rounded as they are stored, and kept as the float32 that they are read as.

    ``float16``: each element. ``int8``: 127 for the largest magnitude of each head and position,
    with that magnitude beside it as float32. Raises ``UsageError`` (EDGE-02268) without memory.
    """

    def __init__(self, shape: ModelShape, context: int) -> None:
        sizes = shape.layers, shape.kv_heads, context, shape.head_size
        self._rounded = _int8 if shape.cache == INT8 else _float16
        try:  # the system gives memory for these zeros only where they are written
            self._keys, self._values = np.zeros(sizes, np.float32), np.zeros(sizes, np.float32)
        except (MemoryError, ValueError):
            raise UsageError(
                f"This machine has no room for the keys and values of {context} tokens",
                evidence=f"they take {8 * math.prod(sizes)} bytes: {shape.layers} layers, "
                f"{shape.kv_heads} heads of {shape.head_size}",
                next_step="Open the model with a smaller context",
                code=268,
            ) from None

    def append(
        self, layer: int, position: int, keys: Floats, values: Floats
    ) -> tuple[Floats, Floats]:
        """Store those of new tokens, [n, kv_heads, head_size], from a position on.

        Returns all that there are room for, [kv_heads, context, head_size] each.
        """
        end = position + len(keys)
        kept_keys, kept_values = self._keys[layer], self._values[layer]
        kept_keys[:, position:end] = self._rounded(keys).transpose(1, 0, 2)
        kept_values[:, position:end] = self._rounded(values).transpose(1, 0, 2)
        return kept_keys, kept_values


def _float16(x: Floats) -> Floats:
    return x.astype(np.float16).astype(np.float32)


def _int8(x: Floats) -> Floats:
    absmax = np.maximum(np.abs(x).max(axis=-1, keepdims=True), LEAST)
    codes = np.rint(x * (np.float32(127) / absmax)).astype(np.int8)
    rounded: Floats = codes * (absmax / np.float32(127))
    return rounded
