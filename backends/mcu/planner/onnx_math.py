"""Importing ONNX operators that calculate element by element, or over windows and axes."""

from __future__ import annotations

from math import inf, isinf
from typing import Any

from .graph import Tensor
from .onnx_functions import applied, with_number
from .onnx_handlers import imports, operand
from .onnx_node import Known, Node, reals
from .onnx_values import (
    IMAGE,
    Constant,
    Pending,
    Scheme,
    Value,
    lying,
    stored_axis,
    stored_shape,
)
from .step import NotSupported

_BINARY = {"Add": "ADD", "Sub": "SUB", "Mul": "MUL"}
# The schemes that TFLite fixes: for [0, 1), and for [-16, 0].
_SOFTMAX: dict[str, tuple[str, Scheme]] = {
    "Softmax": ("SOFTMAX", (1 / 256, -128)),
    "LogSoftmax": ("LOG_SOFTMAX", (1 / 16, 127)),
}
_ACTIVATIONS = {"NONE": (-inf, inf), "RELU": (0, inf), "RELU6": (0, 6), "RELU_N1_TO_1": (-1, 1)}


@imports(*_BINARY)
def binary(node: Node) -> Pending:
    """ADD, SUB and MUL; a constant added to a product with weights joins its bias."""
    if (joined := _bias(node) or with_number(node)) is not None:
        return joined
    left, right, layout = _operands(node)
    shape = node.shape()

    def emit(scheme: Scheme, activation: str) -> Value:
        kind, target = _BINARY[node.kind], stored_shape(shape, layout)
        more: dict[str, Any] = {"fused_activation_function": activation, "pot_scale_int16": False}
        return Value(node.builder.emit(kind, [left, right], target, scheme, **more), shape, layout)

    return Pending(emit, shape, node.layer, fuses=True)


def _bias(node: Node) -> Pending | None:
    """The product with weights that takes the other operand, a constant, into its bias."""
    pairs = [(node.known(0), node.known(1)), (node.known(1), node.known(0))]
    for product, added in pairs:
        if node.kind == "Add" and isinstance(product, Pending) and isinstance(added, Constant):
            joined = product.biased(reals(added)) if product.biased is not None else None
            if joined is not None:
                return joined
    return None


def _operands(node: Node) -> tuple[Tensor, Tensor, str]:
    """Both operands, lying alike."""
    builder, rank = node.builder, len(node.shape())
    values = {i: node.value(i) for i in (0, 1) if not isinstance(node.known(i), Constant)}
    node.require(bool(values), "both of its inputs are constants")
    images = any(value.layout == IMAGE for value in values.values())
    layout = IMAGE if images and all(len(v.shape) == rank for v in values.values()) else "plain"
    tensors: list[Tensor] = []
    for index in (0, 1):
        if index in values:
            move = builder.image if layout == IMAGE else builder.plain
            tensors.append(move(values[index]).tensor)
        else:
            tensors.append(_constant(operand(node, index), rank, layout))
    return tensors[0], tensors[1], layout


def _constant(tensor: Tensor, rank: int, layout: str) -> Tensor:
    assert tensor.data is not None
    data = lying(tensor.data, rank, layout)
    scale, zero = tensor.scale, tensor.zero_point
    return Tensor(tensor.name, data.shape, "int8", scale, zero, data=data)


@imports("Relu", "Clip")
def clip(node: Node) -> Pending:
    """Part of the operation before it, where that can be; else an operation of its own."""
    low = 0.0 if node.kind == "Relu" else node.scalar(1, "min", -inf)
    high = inf if node.kind == "Relu" else node.scalar(2, "max", inf)
    known = node.known(0)
    if isinstance(known, Pending) and known.fuses and known.activation == "NONE":
        return Pending(
            lambda scheme, _: known.emit(scheme, _activation(low, high, scheme)),
            known.shape,
            known.layer,
        )
    return applied(node, 0, lambda x: max(low, min(high, x)), _natural(known))


def _natural(known: Known) -> Scheme | None:
    """What is clipped can be stored as it was."""
    return known.scheme if isinstance(known, Value) and known.tensor.scale else None


def _activation(low: float, high: float, scheme: Scheme) -> str:
    """The activation that leaves the same stored numbers as clipping to these limits."""
    wanted = _range(low, high, scheme)
    for name, limits in _ACTIVATIONS.items():
        if _range(*limits, scheme) == wanted:
            return name
    raise NotSupported(f"it clips to [{low:g}, {high:g}]")


def _range(low: float, high: float, scheme: Scheme) -> tuple[float, float]:
    """The lowest and the highest stored number."""
    scale, zero = scheme
    return max(-128, zero + _rounded(low / scale)), min(127, zero + _rounded(high / scale))


def _rounded(number: float) -> float:
    return number if isinf(number) else round(number)


@imports("Softmax", "LogSoftmax")
def softmax(node: Node) -> Pending:
    """SOFTMAX or LOG_SOFTMAX, which are over the last axis; another one is moved there and back."""
    value = node.value(0)
    new = node.builder.opset >= 13  # before, all axes from the given one on were one
    axis = int(node.attribute("axis", -1 if new else 1)) % len(value.shape)
    node.require(new or axis == len(value.shape) - 1, "it is over several axes")
    rank = len(value.shape)
    if stored_axis(axis, value.shape, value.layout) != len(value.tensor.shape) - 1:
        image = value.layout != IMAGE and axis == 1 and rank in {3, 4}
        value = node.builder.image(value) if image else node.builder.plain(value)
    order = list(range(rank))  # which axis goes where, there and back
    if value.layout != IMAGE and axis != rank - 1:
        order[axis], order[-1] = order[-1], order[axis]
    kind, own = _SOFTMAX[node.kind]
    options: dict[str, Any] = {"beta": 1.0} if kind == "SOFTMAX" else {}

    def emit(scheme: Scheme, activation: str) -> Value:
        moved = order != sorted(order)
        given = node.builder.transpose(value.tensor, order) if moved else value.tensor
        tensor = node.builder.emit(kind, [given], given.shape, own, **options)
        tensor = node.builder.transpose(tensor, order) if moved else tensor
        result = Value(tensor, value.shape, value.layout, value.image)
        return node.builder.requantise(result, scheme)

    return Pending(emit, value.shape, node.layer, own)
