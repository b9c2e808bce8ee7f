"""Lowerings of functions of one int16 number. int16 always has the zero point 0."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..graph import Array, Operation, Tensor
from ..step import Step
from .float_functions import round_away
from .operands import given, is_type, need, only_output
from .quantised import multiplier_of, scale_of, zero_of

_ENTRIES = 512  # beside the last one
_LOWEST, _HIGHEST = -(2**15), 2**15 - 1
# TFLite's table of the logistic function, at these of its 256 places, is one above the nearest.
_ONE_ABOVE = (
    *(4, 8, 12, 14, 15, 16, 17, 19, 20, 21, 22, 25, 27, 28, 29, 30, 31, 33, 34, 35, 37, 39, 40, 41),
    *(43, 44, 45, 46, 49, 50, 54, 62, 63, 64, 66, 82, 86, 93, 100, 103, 112, 116, 135, 255),
)

Function = Callable[[Array], Array]


def operands(operation: Operation) -> tuple[Tensor, Tensor]:
    """Input and output of a function; both int16 without zero points."""
    source, target = given(operation, 0), only_output(operation)
    for tensor in (source, target):
        is_type(tensor, "int16")
        need(zero_of(tensor) == 0, "an int16 tensor's zero point is not 0")
    return source, target


def sigmoid(operation: Operation) -> Step:
    """LOGISTIC and TANH; their output is Q0.15."""
    source, target = operands(operation)
    need(abs(float(scale_of(target)) * 2**15 - 1) < 1e-6, "its output's scale is not 1/32768")
    multiplier, shift = _sigmoid_scale(source, 1 if operation.kind == "TANH" else 0)
    table = np.rint(65536 / (1 + np.exp(-np.arange(256) / 24))).astype(np.uint16)
    table[list(_ONE_ABOVE)] += 1
    return Step(
        kernel="sigmoid16",
        layer="",
        fields={
            "count": source.elements,
            "is_tanh": int(operation.kind == "TANH"),
            "multiplier": multiplier,
            "shift": shift,
        },
        tensors={"input": source, "output": target},
        writes=("output",),
        constants={"table": table},
        in_place=(("output", "input"),),
    )


def _sigmoid_scale(source: Tensor, most: int) -> tuple[int, int]:
    """What brings the input to 1/(3 * 4096): exactly where its scale is 1/4096 (TANH: or twice)."""
    power = math.log2(scale_of(source))
    left = 12 + round(power)
    if abs(power - round(power)) < 1e-3 and 0 <= left <= most:
        return 3 << left, 0
    multiplier, shift = float(scale_of(source)) * 4096.0 * 3.0, 0
    while multiplier <= 32767.0 / 2.0 and shift <= 30:
        multiplier, shift = multiplier * 2.0, shift + 1
    need(multiplier < 2**15, "its input's scale is too large")
    return int(multiplier), shift


def piecewise(operation: Operation, limits: tuple[int, int]) -> Step:
    """RELU, RELU6, LEAKY_RELU and ABS."""
    source, target = operands(operation)
    positive = multiplier_of(scale_of(source) / scale_of(target))
    negative = positive
    if operation.kind == "LEAKY_RELU":
        alpha = np.float32(operation.options["alpha"])
        need(alpha >= 0, "its alpha is negative")
        negative = multiplier_of(scale_of(source) * alpha / scale_of(target))
    return Step(
        kernel="piecewise",
        layer="",
        fields={
            "count": source.elements,
            "mirrored": int(operation.kind == "ABS"),
            "positive_multiplier": positive[0],
            "positive_shift": positive[1],
            "negative_multiplier": negative[0],
            "negative_shift": negative[1],
            "low": limits[0],
            "high": limits[1],
        },
        tensors={"input": source, "output": target},
        writes=("output",),
        in_place=(("output", "input"),),
    )


def lookup(operation: Operation, function: Function) -> Step:
    """Any other, by a table of 513 numbers."""
    source, target = operands(operation)
    reach = scale_of(source) * np.float32(_LOWEST), scale_of(source) * np.float32(_HIGHEST)
    bounds = scale_of(target) * np.float32(_LOWEST), scale_of(target) * np.float32(_HIGHEST)
    return Step(
        kernel="lookup16",
        layer="",
        fields={"count": source.elements},
        tensors={"input": source, "output": target},
        writes=("output",),
        constants={"table": sampled(function, reach, bounds)},
        in_place=(("output", "input"),),
    )


def sampled(
    function: Function,
    reach: tuple[np.floating, np.floating],
    bounds: tuple[np.floating, np.floating],
) -> Array:
    """A function at 513 places, each moved by half of what a line to the next errs in the middle.

    ``reach``: the real inputs of -32768 and 32767; ``bounds``: likewise of the output. Computed in
    the precision of their type.
    """
    real = type(reach[0])
    step = (reach[1] - reach[0]) / real(_ENTRIES)
    places = np.arange(_ENTRIES).astype(real) * step + reach[0]
    inverse = real(2**16) / (bounds[1] - bounds[0])
    ends = np.arange(1, _ENTRIES + 1).astype(real) * step + reach[0]
    values = round_away(function(places) * inverse).astype(real)
    middles = round_away(function(places + step / real(2)) * inverse).astype(real)
    lines = round_away((function(ends) * inverse + values) / real(2)).astype(real)
    moved = values - round_away((lines - middles) / real(2))
    last = round_away(function(np.array([reach[1]])) * inverse)
    table: Array = np.clip(np.append(moved, last), _LOWEST, _HIGHEST).astype(np.int16)
    return table
