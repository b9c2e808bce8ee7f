"""Lowerings of SOFTMAX and LOG_SOFTMAX."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..graph import Array, Operation, Tensor
from ..step import Step, lowers
from .fixed_point import exponential, fixed, high_multiply
from .functions16 import operands, sampled
from .operands import given, is_type, need, only_output
from .quantised import multiplier_of, scale_of, zero_of

_LONGEST = 4095
_INTEGER_BITS = 5  # of what the exponential is taken of


@lowers("SOFTMAX")
def softmax(operation: Operation) -> Step:
    """Over the last axis."""
    source, target = given(operation, 0), only_output(operation)
    if source.dtype == "int16":
        return _softmax16(operation)
    is_type(source, "int8")
    is_type(target, "int8", "int16")
    bits = 8 if target.dtype == "int8" else 16
    lowest, one = -(2 ** (bits - 1)), float(scale_of(target)) * 2**bits
    need(zero_of(target) == lowest and abs(one - 1) < 0.001, "its output is not all of [0, 1)")
    table = exponentials(source, float(np.float32(operation.options["beta"])))
    depth = _depth(source)
    return Step(
        kernel="softmax",
        layer="",
        fields={
            "size": bits // 8,
            "rows": source.elements // depth,
            "depth": depth,
            "entries": table.size,
        },
        tensors={"input": source, "output": target},
        writes=("output",),
        constants={"table": table},
        in_place=(("output", "input"),) if bits == 8 else (),
    )


def _softmax16(operation: Operation) -> Step:
    source, target = operands(operation)
    need(abs(float(scale_of(target)) * 2**15 - 1) < 0.001, "its output is not all of [0, 1)")
    beta = np.float32(operation.options["beta"])
    multiplier, shift = multiplier_of(np.float64(scale_of(source) * beta) / (10.0 / 65535.0))
    depth = source.shape[-1] if source.shape else 1
    return Step(
        kernel="softmax16",
        layer="",
        fields={
            "rows": source.elements // depth,
            "depth": depth,
            "multiplier": multiplier,
            "shift": shift,
        },
        tensors={"input": source, "output": target},
        writes=("output",),
        constants={
            "exponentials": _table16(math.exp, 10.0, 32767),
            "inverses": _table16(lambda x: 1 / (1 + x), 1.0, -32768),
        },
        in_place=(("output", "input"),),
    )


def _table16(function: Callable[[float], float], width: float, zero: int) -> Array:
    """A function over an interval of so much width, where ``zero`` stands for 0; to [-1, 1]."""
    step, unit = np.float64(width / 65535), np.float64(2 / 65535)
    return sampled(
        lambda places: np.array([function(float(place)) for place in places]),
        (step * (-32768 - zero), step * (32767 - zero)),
        (unit * -32768, unit * 32767),
    )


@lowers("LOG_SOFTMAX")
def log_softmax(operation: Operation) -> Step:
    """Over the last axis."""
    source, target = given(operation, 0), only_output(operation)
    is_type(source, "int8")
    is_type(target, "int8")
    need((float(scale_of(target)), zero_of(target)) == (1 / 16, 127), "its output is not 1/16")
    multiplier, shift = distance_scale(source, 1.0)
    need(shift < 31, "its input's scale is too large")
    reverse, reverse_shift = multiplier_of(2.0 ** (31 - shift) / multiplier)
    depth = _depth(source)
    return Step(
        kernel="log_softmax",
        layer="",
        fields={
            "rows": source.elements // depth,
            "depth": depth,
            "entries": exponentials(source, 1.0).size,
            "multiplier": multiplier,
            "shift": shift,
            "reverse_multiplier": reverse,
            "reverse_shift": reverse_shift,
            "farthest": -_reach(shift),
        },
        tensors={"input": source, "output": target},
        writes=("output",),
        constants={"table": exponentials(source, 1.0)},
        in_place=(("output", "input"),),
    )


def _depth(source: Tensor) -> int:
    """Numbers in a row, each of which may count as 1 in a sum of 12 bits."""
    depth = source.shape[-1] if source.shape else 1
    need(depth <= _LONGEST, f"its rows have {depth} numbers; at most {_LONGEST} can be summed")
    return depth


def exponentials(source: Tensor, beta: float) -> Array:
    """exp(-d * scale * beta) as Q0.31 for d = 0, 1, ... as far as it counts."""
    multiplier, shift = distance_scale(source, beta)
    distances = np.arange(min(_reach(shift), 255) + 1)
    return exponential(high_multiply(fixed(-distances) << shift, multiplier)).astype(np.int32)


def _reach(shift: int) -> int:
    """The largest distance that counts."""
    return math.floor(((1 << _INTEGER_BITS) - 1) * 2.0 ** (31 - _INTEGER_BITS) / 2.0**shift)


def distance_scale(source: Tensor, beta: float) -> tuple[int, int]:
    """The factor from a distance of stored numbers to Q5.26."""
    real = beta * float(scale_of(source)) * 2.0 ** (31 - _INTEGER_BITS)
    need(real > 1, "its input's scale is too small")
    return multiplier_of(min(real, 2.0**31 - 1))
