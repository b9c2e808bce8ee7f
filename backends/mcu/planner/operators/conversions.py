"""Lowerings of what changes a tensor's type or scale: QUANTIZE, DEQUANTIZE and CAST."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..graph import Operation, Tensor
from ..step import NotSupported, Step, lowers
from .fixed_point import scaled
from .lookups import clipped, step, stored
from .operands import given, is_shape, is_type, need, only_output
from .quantised import limits_of, multiplier_of, scale_of, zero_of
from .walks import copy

_BYTES = {"int8", "uint8"}
_WHOLE = ("int8", "uint8", "int16", "int32", "int64")
# Beside one byte to one byte: what LiteRT's QUANTIZE takes, and (the first) what importers make.
_RESCALES = {
    ("int8", "int16"),
    ("int16", "int8"),
    ("int16", "int16"),
    ("int16", "int32"),
    ("int32", "int8"),
    ("int32", "int16"),
}


@lowers("QUANTIZE")
def quantize(operation: Operation) -> Step:
    """From float32, or from one quantisation to another."""
    source, target = given(operation, 0), only_output(operation)
    if source.dtype == "float32":
        return _from_float(source, target)
    ratio = np.float64(scale_of(source)) / np.float64(scale_of(target))
    multiplier, shift = multiplier_of(ratio)
    if {source.dtype, target.dtype} <= _BYTES:
        values = scaled(stored(source) - zero_of(source), multiplier, shift) + zero_of(target)
        return step(source, target, clipped(values, target))
    if (source.dtype, target.dtype) not in _RESCALES:
        raise NotSupported(f"it goes from {source.dtype} to {target.dtype}")
    return Step(
        kernel="rescale",
        layer="",
        fields={
            "input_size": np.dtype(source.dtype).itemsize,
            "output_size": np.dtype(target.dtype).itemsize,
            "count": source.elements,
            "input_zero": zero_of(source),
            "output_zero": zero_of(target),
            "multiplier": multiplier,
            "shift": shift,
        },
        tensors={"input": source, "output": target},
        writes=("output",),
    )


def _from_float(source: Tensor, target: Tensor) -> Step:
    is_type(target, "int8", "uint8", "int16")
    low, high = limits_of(target)
    return Step(
        kernel="quantize",
        layer="",
        fields={
            "size": np.dtype(target.dtype).itemsize,
            "count": source.elements,
            "scale": _bits(scale_of(target)),
            "zero": zero_of(target),
            "low": low,
            "high": high,
        },
        tensors={"input": source, "output": target},
        writes=("output",),
    )


@lowers("DEQUANTIZE")
def dequantize(operation: Operation) -> Step:
    """To float32."""
    source, target = given(operation, 0), only_output(operation)
    is_type(source, "int8", "uint8", "int16")
    is_type(target, "float32")
    return Step(
        kernel="dequantize",
        layer="",
        fields={
            "size": np.dtype(source.dtype).itemsize,
            "is_signed": int(source.dtype != "uint8"),
            "count": source.elements,
            "scale": _bits(scale_of(source)),
            "zero": zero_of(source),
        },
        tensors={"input": source, "output": target},
        writes=("output",),
    )


@lowers("CAST")
def cast(operation: Operation) -> Step:
    """From whole numbers to whole numbers that are not wider: their lower bytes."""
    source, target = given(operation, 0), only_output(operation)
    is_type(source, *_WHOLE)
    is_type(target, *_WHOLE)
    is_shape(target, source.shape)
    wide, narrow = (np.dtype(tensor.dtype).itemsize for tensor in (source, target))
    need(narrow <= wide, f"it goes from {source.dtype} to {target.dtype}")
    lower = replace(source, dtype=target.dtype)
    step = copy(lower, target, (source.elements,), (0, (wide // narrow,)), (0, (1,)))
    return replace(step, tensors={"input": source, "output": target})


def _bits(number: np.float32) -> int:
    need(number > 0, "its scale is not positive")
    return int(np.asarray(number, np.float32).view(np.uint32))
