"""Importing ONNX operators that choose by size: Max, Min, PRelu, ArgMax, ArgMin."""

from __future__ import annotations

from functools import partial, reduce
from typing import Any

import numpy as np

from .graph import Tensor
from .onnx_builder import constant
from .onnx_functions import applied, number_of
from .onnx_handlers import imports, operand
from .onnx_node import Node, reals
from .onnx_values import (
    IMAGE,
    PLAIN,
    Constant,
    Pending,
    Scheme,
    Value,
    lying,
    stored_axis,
    stored_shape,
)

_KINDS = {"Max": "MAXIMUM", "Min": "MINIMUM"}


@imports(*_KINDS)
def extreme(node: Node) -> Pending:
    """MAXIMUM or MINIMUM of all inputs; with one constant number a function of the other."""
    if (limited := _with_number(node)) is not None:
        return limited
    values, layout = _alike(node)
    builder, shape = node.builder, node.shape()

    def join(left: Tensor, right: Tensor, scheme: Scheme) -> Tensor:
        target = np.broadcast_shapes(left.shape, right.shape)
        return builder.emit(_KINDS[node.kind], [left, right], target, scheme)

    def emit(scheme: Scheme, activation: str) -> Value:
        parts = [
            builder.requantise(values[index], scheme).tensor
            if index in values
            else _stored(node, index, layout, scheme)
            for index in range(len(node.inputs))
        ]
        return Value(reduce(lambda a, b: join(a, b, scheme), parts), shape, layout)

    schemes = {value.scheme for value in values.values()}
    same = len(schemes) == 1 and len(values) == len(node.inputs)
    return Pending(emit, shape, node.layer, schemes.pop() if same else None)


def _with_number(node: Node) -> Pending | None:
    for index in (0, 1) if len(node.inputs) == 2 else ():
        limit = number_of(node, 1 - index)
        if limit is not None:
            return applied(node, index, partial(max if node.kind == "Max" else min, limit))
    return None


def _alike(node: Node) -> tuple[dict[int, Value], str]:
    """The inputs that are no constants, and how all of them lie."""
    rank = len(node.shape())
    numbered = enumerate(map(node.known, range(len(node.inputs))))
    values = {i: node.value(i) for i, known in numbered if not isinstance(known, Constant)}
    node.require(bool(values), "all of its inputs are constants")
    if all(value.layout == IMAGE and len(value.shape) == rank for value in values.values()):
        return values, IMAGE
    return {i: node.builder.plain(value) for i, value in values.items()}, PLAIN


def _stored(node: Node, index: int, layout: str, scheme: Scheme) -> Tensor:
    """A constant input as near as a scheme comes."""
    real = lying(reals(node.constant(index)), len(node.shape()), layout)
    stored = np.clip(np.rint(real / scheme[0]) + scheme[1], -128, 127).astype(np.int8)
    return constant(stored, scheme, f"{node.layer} input {index}")


@imports("PRelu")
def prelu(node: Node) -> Pending:
    """PRELU, or a function of one number where there is one slope."""
    slope = number_of(node, 1)
    if slope is not None:
        return applied(node, 0, lambda x: x if x >= 0 else slope * x)
    value, shape = node.value(0), node.shape()
    node.require(value.shape == shape, "its slopes have more axes than its input")
    value = value if value.layout == IMAGE else node.builder.plain(value)
    slopes = operand(node, 1)
    assert slopes.data is not None
    data = lying(slopes.data, len(shape), value.layout)
    scheme = slopes.scale[0], slopes.zero_point[0]
    inputs: list[Tensor | None] = [value.tensor, constant(data, scheme, slopes.name)]

    def emit(scheme: Scheme, activation: str) -> Value:
        target = stored_shape(shape, value.layout)
        return Value(node.builder.emit("PRELU", inputs, target, scheme), shape, value.layout)

    return Pending(emit, shape, node.layer)


@imports("ArgMax", "ArgMin")
def argmax(node: Node) -> Value:
    """ARG_MAX or ARG_MIN: int64, the first place if there are several."""
    node.require(not node.attribute("select_last_index", 0), "it wants the last of several")
    value, shape = node.value(0), node.shape()
    rank, kept = len(value.shape), bool(node.attribute("keepdims", 1))
    axis = int(node.attribute("axis", 0)) % rank
    layout = value.layout if value.layout == IMAGE and kept else PLAIN
    value = value if layout == IMAGE else node.builder.plain(value)
    at = stored_axis(axis, value.shape, value.layout)
    sizes = value.tensor.shape
    inputs = [value.tensor, constant(np.array(at, np.int32))]
    more: dict[str, Any] = {"output_type": "int64"}
    kind = {"ArgMax": "ARG_MAX", "ArgMin": "ARG_MIN"}[node.kind]
    target = (*sizes[:at], *sizes[at + 1 :])
    made = node.builder.emit(kind, inputs, target, None, "int64", **more)
    return node.builder.reshape(Value(made, shape), shape, layout)
