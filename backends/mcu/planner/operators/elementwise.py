"""Lowerings of operations on two tensors, element by element."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..graph import Operation, Tensor
from ..step import NotSupported, Step, lowers
from .operands import given, is_type, need, only_output
from .quantised import (
    activation_limits,
    limits_of,
    multiplier_of,
    same_quantisation,
    scale_of,
    zero_of,
)
from .walks import broadcast

_HEADROOM = {"int8": 20, "int16": 15}  # bits that a sum can be raised by and stay in 32


def _operands(operation: Operation, *dtypes: str) -> tuple[Tensor, Tensor, Tensor]:
    left, right, output = given(operation, 0), given(operation, 1), only_output(operation)
    for tensor in (left, right, output):
        is_type(tensor, *dtypes)
        need(tensor.dtype == output.dtype, "its tensors are of several types")
    return left, right, output


def _step(kernel: str, operands: tuple[Tensor, Tensor, Tensor], fields: Mapping[str, int]) -> Step:
    left, right, output = operands
    in_place = tuple(
        ("output", field)
        for field, tensor in (("left", left), ("right", right))
        if tensor.shape == output.shape
    )
    return Step(
        kernel=kernel,
        layer="",
        fields={
            "size": np.dtype(output.dtype).itemsize,
            "shape": broadcast(left.shape, right.shape, output.shape),
            **fields,
        },
        tensors={"left": left, "right": right, "output": output},
        writes=("output",),
        in_place=in_place,
    )


def _zeros(operands: tuple[Tensor, Tensor, Tensor]) -> dict[str, int]:
    left, right, output = operands
    zeros = {
        "left_zero": zero_of(left),
        "right_zero": zero_of(right),
        "output_zero": zero_of(output),
    }
    need(output.dtype == "int8" or not any(zeros.values()), "an int16 tensor's zero point is not 0")
    return zeros


def _ratios(operands: tuple[Tensor, Tensor, Tensor], headroom: int) -> dict[str, int]:
    """What brings both operands to twice the larger scale."""
    left, right, _ = operands
    twice = np.float64(2) * max(scale_of(left), scale_of(right))
    names: dict[str, int] = {"headroom": headroom}
    for side, tensor in (("left", left), ("right", right)):
        ratio = np.float64(scale_of(tensor)) / twice
        names[f"{side}_multiplier"], names[f"{side}_shift"] = multiplier_of(ratio)
    return names


@lowers("ADD", "SUB")
def add(operation: Operation) -> Step:
    """Sum or difference."""
    operands = left, right, output = _operands(operation, "int8", "int16")
    _refuse_powers(operation, operands)
    headroom = _HEADROOM[output.dtype]
    larger, scale = max(scale_of(left), scale_of(right)), scale_of(output)
    real = 2 * np.float64(larger) / (2.0**headroom * np.float64(scale))
    multiplier, shift = multiplier_of(real)
    need(shift <= 0, "its output's scale is far smaller than its inputs'")
    low, high = activation_limits(output, operation.options["fused_activation_function"])
    fields = {
        **_zeros(operands),
        **_ratios(operands, headroom),
        "right_sign": 1 if operation.kind == "ADD" else -1,
        "output_multiplier": multiplier,
        "output_shift": shift,
        "low": low,
        "high": high,
    }
    return _step("add", operands, fields)


def _refuse_powers(operation: Operation, operands: tuple[Tensor, Tensor, Tensor]) -> None:
    """TFLite computes int16 sums whose scales are powers of two in another way."""
    if operands[2].dtype != "int16" or not operation.options.get("pot_scale_int16", False):
        return
    if all(abs(np.log2(scale_of(tensor)) % 1) < 1e-3 for tensor in operands):
        raise NotSupported("it asks for int16 scales that are powers of two")


@lowers("MUL")
def mul(operation: Operation) -> Step:
    """Product."""
    operands = left, right, output = _operands(operation, "int8", "int16")
    multiplier, shift = multiplier_of(scale_of(left) * scale_of(right) / scale_of(output))
    low, high = activation_limits(output, operation.options["fused_activation_function"])
    fields = {**_zeros(operands), "multiplier": multiplier, "shift": shift, "low": low}
    return _step("mul", operands, {**fields, "high": high})


@lowers("SQUARED_DIFFERENCE")
def squared_difference(operation: Operation) -> Step:
    """(left - right) squared."""
    operands = left, right, output = _operands(operation, "int8")
    headroom = 7
    twice = np.float32(2) * max(scale_of(left), scale_of(right))
    real = np.float64(twice) ** 2 / (2.0 ** (2 * headroom) * np.float64(scale_of(output)))
    multiplier, shift = multiplier_of(real)
    need(shift <= 0, "its output's scale is far smaller than its inputs'")
    low, high = limits_of(output)
    fields = {
        **_zeros(operands),
        **_ratios(operands, headroom),
        "output_multiplier": multiplier,
        "output_shift": shift,
        "low": low,
        "high": high,
    }
    return _step("squared_difference", operands, fields)


@lowers("MAXIMUM", "MINIMUM")
def extreme(operation: Operation) -> Step:
    """The larger or the smaller of two."""
    operands = _operands(operation, "int8", "int16")
    same_quantisation(*operands)
    return _step("extreme", operands, {"largest": int(operation.kind == "MAXIMUM")})


@lowers("PRELU")
def prelu(operation: Operation) -> Step:
    """A slope for what is negative."""
    operands = given_, slope, output = _operands(operation, "int8")
    need(given_.shape == output.shape, "its slopes have more axes than its input")
    positive = multiplier_of(scale_of(given_) / scale_of(output))
    negative = multiplier_of(scale_of(given_) * scale_of(slope) / scale_of(output))
    low, high = limits_of(output)
    fields = {
        **_zeros(operands),
        "positive_multiplier": positive[0],
        "positive_shift": positive[1],
        "negative_multiplier": negative[0],
        "negative_shift": negative[1],
        "low": low,
        "high": high,
    }
    return _step("prelu", operands, fields)
