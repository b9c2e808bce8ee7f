"""Lowerings of functions of one stored number: each becomes a table of 256 bytes."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..graph import Array, Operation, Tensor
from ..step import Step, lowers
from . import float_functions as real
from . import functions16
from . import integer_functions as whole
from .fixed_point import Fixed, fixed
from .operands import given, is_type, need, only_output
from .quantised import activation_limits, limits_of, scale_of, zero_of

_UNIT_SCALES = {"LOGISTIC": (1 / 256, -128)}


def step(source: Tensor, target: Tensor, table: Array) -> Step:
    """The step that replaces each stored number by the table's, in the order -128, -127, ... ."""
    return Step(
        kernel="lookup",
        layer="",
        fields={"count": source.elements},
        tensors={"input": source, "output": target},
        writes=("output",),
        constants={"table": np.roll(table.astype(target.dtype), stored(source)[0])},
        in_place=(("output", "input"),),
    )


def stored(tensor: Tensor) -> Fixed:
    """All numbers that a tensor of one byte an element may store, from the lowest."""
    low, high = limits_of(tensor)
    return fixed(np.arange(low, high + 1))


def clipped(values: Fixed, target: Tensor) -> Fixed:
    """Within what the output's type holds."""
    return np.clip(values, *limits_of(target))


def _operands(operation: Operation) -> tuple[Tensor, Tensor]:
    source, target = given(operation, 0), only_output(operation)
    is_type(source, "int8")
    is_type(target, "int8")
    return source, target


@lowers("LOGISTIC", "TANH", "ELU", "GELU", "EXP", "LOG")
def by_float(operation: Operation) -> Step:
    """Functions that TFLite computes in float32 when it prepares a model."""
    if operation.outputs[0].dtype == "int16":
        return _by_float16(operation)
    source, target = _operands(operation)
    if scheme := _UNIT_SCALES.get(operation.kind):
        need(
            (float(scale_of(target)), zero_of(target)) == scheme,
            f"its output's scale and zero point are not {scheme}",
        )
    values = scale_of(source) * (stored(source) - zero_of(source)).astype(np.float32)
    results = _function(operation, target)(values)
    with np.errstate(over="ignore"):  # what is infinite is clipped like what is large
        whole_numbers = real.round_away(results * (np.float32(1) / scale_of(target)))
    rounded = np.clip(whole_numbers, -1e9, 1e9) + np.float32(zero_of(target))
    return step(source, target, clipped(fixed(rounded), target))


def _by_float16(operation: Operation) -> Step:
    if operation.kind in {"LOGISTIC", "TANH"}:
        return functions16.sigmoid(operation)
    need(operation.kind in {"EXP", "LOG"}, "it is of type int16")
    if operation.kind == "EXP":
        _refuse_infinities(given(operation, 0), operation.outputs[0])
    return functions16.lookup(operation, _function(operation, operation.outputs[0]))


def _refuse_infinities(source: Tensor, target: Tensor) -> None:
    """What the largest input gives, on the output's scale, has to be a number in float32."""
    largest = float(scale_of(source)) * limits_of(source)[1]
    fits = largest - min(0.0, math.log(scale_of(target))) < real.LARGEST_EXPONENT - 0.7
    need(fits, f"its input goes to {largest:g}, of which float32 has no exponential")


def _function(operation: Operation, target: Tensor) -> Callable[[Array], Array]:
    kind = operation.kind
    if kind == "GELU":
        return real.gelu_by_tanh if operation.options["approximate"] else real.gelu
    if kind == "LOG":
        low = (np.float32(limits_of(target)[0]) - np.float32(zero_of(target))) * scale_of(target)
        return lambda values: real.log(values, low)
    functions = {"LOGISTIC": real.logistic, "TANH": real.tanh, "ELU": real.elu, "EXP": real.exp}
    return functions[kind]


@lowers("RELU", "RELU6", "RELU_N1_TO_1", "RELU_0_TO_1")
def relu(operation: Operation) -> Step:
    """Clip, and bring to the output's scale."""
    if operation.outputs[0].dtype == "int16":
        limits = activation_limits(operation.outputs[0], operation.kind)
        return functions16.piecewise(operation, limits)
    source, target = _operands(operation)
    low, high = activation_limits(target, operation.kind)
    return step(source, target, np.clip(whole.rescaled(stored(source), source, target), low, high))


@lowers("LEAKY_RELU", "HARD_SWISH", "ABS", "RSQRT")
def by_integers(operation: Operation) -> Step:
    """Functions that TFLite computes in whole numbers."""
    if operation.outputs[0].dtype == "int16":
        return _by_integers16(operation)
    source, target = _operands(operation)
    values = stored(source)
    if operation.kind == "LEAKY_RELU":
        alpha = np.float32(operation.options["alpha"])
        return step(source, target, clipped(whole.leaky(values, source, target, alpha), target))
    functions = {"HARD_SWISH": whole.hard_swish, "ABS": whole.absolute, "RSQRT": whole.rsqrt}
    return step(source, target, clipped(functions[operation.kind](values, source, target), target))


def _by_integers16(operation: Operation) -> Step:
    target = operation.outputs[0]
    if operation.kind == "RSQRT":
        most = np.float32(limits_of(target)[1]) * scale_of(target)
        return functions16.lookup(operation, lambda values: real.rsqrt(values, most))
    need(operation.kind != "HARD_SWISH", "it is of type int16")
    return functions16.piecewise(operation, limits_of(target))
