"""Sample inputs drawn from an input specification, for golden vectors and benchmarks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .backend import Arrays
from .tensors import Array, TensorSpec

_WORDS = np.array(["edge", "device", "model", "golden", ""], dtype=object)
_AMPLITUDES = (1.0, 0.1, 4.0, 0.01)


def draw(specs: Sequence[TensorSpec], count: int, seed: int) -> list[Arrays]:
    """Draw ``count`` sets of inputs; the same arguments give the same values on every machine.

    Dynamic axes get length 1. Integers of up to 16 bits take their whole range, wider ones 0 or 1
    (they are often indices); floats are uniform, with another amplitude in each set.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    return [
        {s.name: _draw(s, _AMPLITUDES[i % len(_AMPLITUDES)], generator) for s in specs}
        for i in range(count)
    ]


def _draw(spec: TensorSpec, amplitude: float, generator: np.random.Generator) -> Array:
    shape = tuple(axis if isinstance(axis, int) else 1 for axis in spec.shape)
    dtype = spec.numpy_dtype
    if spec.dtype == "string":
        return np.array(_WORDS[generator.integers(0, len(_WORDS), shape)], object).reshape(shape)
    if spec.dtype == "bfloat16":
        single = _uniform(shape, amplitude, generator).astype(np.float32)
        return (single.view(np.uint32) >> 16).astype(np.uint16)
    if spec.dtype.startswith("float8"):
        return generator.integers(0, 0x38, shape).astype(dtype)  # 0 up to about 1, never NaN
    if dtype.kind == "b":
        return generator.integers(0, 2, shape).astype(dtype)
    if dtype.kind in "iu":
        return _integers(dtype, shape, generator)
    values = _uniform(shape, amplitude, generator)
    if dtype.kind == "c":
        values = values + 1j * _uniform(shape, amplitude, generator)
    return values.astype(dtype)


def _integers(
    dtype: np.dtype[Any], shape: tuple[int, ...], generator: np.random.Generator
) -> Array:
    if dtype.itemsize > 2:
        return generator.integers(0, 2, shape).astype(dtype)
    limits = np.iinfo(dtype)
    return generator.integers(limits.min, limits.max + 1, shape).astype(dtype)


def _uniform(shape: tuple[int, ...], amplitude: float, generator: np.random.Generator) -> Array:
    return np.asarray(generator.uniform(-amplitude, amplitude, shape))
