"""Lowering of LAYER_NORMALIZATION, which the ONNX importer makes; TFLite has no such operator."""

from __future__ import annotations

import numpy as np

from ..graph import Array, Operation, Tensor
from ..step import Step, lowers
from .operands import given, is_shape, is_type, known, need, only_output
from .quantised import scale_of, zero_of

_LARGEST_DEPTH = 32767
_BITS = 30  # of the largest gain or offset


@lowers("LAYER_NORMALIZATION")
def layer_norm(operation: Operation) -> Step:
    """Over the last axis: input, gains (float32 or left out), offsets (likewise); ``epsilon``.

    The kernel's header says how it calculates.
    """
    source, target = given(operation, 0), only_output(operation)
    is_type(source, "int8")
    is_type(target, "int8")
    is_shape(target, source.shape)
    need(bool(source.shape), "its input has no axis")
    depth = source.shape[-1]
    need(depth <= _LARGEST_DEPTH, f"its last axis has {depth} numbers")
    epsilon = _epsilon(float(operation.options["epsilon"]), depth, source)
    gains = _row(operation, 1, depth, 1.0) / float(scale_of(target))
    offsets = _row(operation, 2, depth, 0.0) / float(scale_of(target)) + zero_of(target)
    shift = _shift(gains, offsets)
    return Step(
        kernel="layer_norm",
        layer="",
        fields={
            "rows": source.elements // depth,
            "depth": depth,
            "epsilon_low": epsilon & (2**32 - 1),
            "epsilon_high": epsilon >> 32,
            "shift": shift,
        },
        tensors={"input": source, "output": target},
        writes=("output",),
        constants={
            "gains": np.rint(gains * 2.0**shift).astype(np.int32),
            "offsets": np.rint(offsets * 2.0**shift).astype(np.int32),
        },
        in_place=(("output", "input"),),
    )


def _epsilon(epsilon: float, depth: int, source: Tensor) -> int:
    """As it adds to depth * sum of squares - square of sum, in 1/4096; never 0."""
    whole = max(round(4096 * epsilon * depth**2 / float(scale_of(source)) ** 2), 1)
    need(whole < 2**60, f"its epsilon {epsilon:g} is too large for its input's scale")
    return whole


def _row(operation: Operation, index: int, depth: int, otherwise: float) -> Array:
    if index >= len(operation.inputs) or operation.inputs[index] is None:
        return np.full(depth, otherwise)
    values = known(operation, index, "gains and offsets").astype(np.float64)
    need(values.shape == (depth,), f"its gains or offsets have shape {list(values.shape)}")
    return values


def _shift(gains: Array, offsets: Array) -> int:
    """So many bits after the point that none leaves 32 bits."""
    most = max(float(np.abs(gains).max()), float(np.abs(offsets).max()), 2.0**-_BITS)
    need(most < 2.0**_BITS, "its gains are too large for its output's scale")
    return int(np.clip(_BITS - 1 - np.floor(np.log2(most)), 0, _BITS))
