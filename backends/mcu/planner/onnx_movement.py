"""Importing ONNX operators that only move numbers: what they give is stored as what they take."""

from __future__ import annotations

from typing import Any

import numpy as np

from .graph import Tensor
from .onnx_builder import constant
from .onnx_handlers import imports, operand
from .onnx_node import Known, Node
from .onnx_values import (
    IMAGE,
    PLAIN,
    Constant,
    Pending,
    Scheme,
    Shape,
    Value,
    stored_axis,
    stored_shape,
)


@imports("Identity", "Dropout")
def identity(node: Node) -> Known:
    """Nothing."""
    return node.known(0)


@imports("Reshape", "Flatten", "Squeeze", "Unsqueeze")
def reshape(node: Node) -> Value | Constant:
    """RESHAPE, which costs nothing; an image is put in ONNX's order first if it must be."""
    shape = node.shape()
    known = node.known(0)
    if isinstance(known, Constant):
        node.require(known.scale is None or known.scale.size == 1, "it reshapes several scales")
        return Constant(known.values.reshape(shape), known.scale, known.zero)
    value = node.builder.settle(known)
    if value.layout == IMAGE and shape[:2] == value.shape[:2] and len(shape) in {3, 4}:
        return node.builder.reshape(value, shape, IMAGE)  # only height and width are split or join
    rows = len(shape) == 2 and shape[0] == value.shape[0]
    if value.layout == IMAGE and rows:
        return node.builder.flatten(value, shape)
    if shape == value.shape:
        return value
    return node.builder.reshape(node.builder.plain(value), shape)


@imports("Transpose")
def transpose(node: Node) -> Value | Constant:
    """TRANSPOSE; of an image perhaps only another name, as its channels are last already."""
    known = node.known(0)
    if isinstance(known, Constant):
        order = node.attribute("perm", list(range(known.values.ndim))[::-1])
        axis = order.index(known.axis % known.values.ndim)
        return Constant(np.transpose(known.values, order), known.scale, known.zero, axis)
    value = node.builder.settle(known)
    rank = len(value.shape)
    order = tuple(node.attribute("perm", list(range(rank))[::-1]))
    shape = node.shape()
    if value.layout == IMAGE and order == (0, *range(2, rank), 1):
        return node.builder.reshape(Value(value.tensor, shape), shape)
    if rank in {3, 4} and order == (0, rank - 1, *range(1, rank - 1)):
        return Value(_as_image(node, value, shape), shape, IMAGE)
    return Value(node.builder.transpose(node.builder.plain(value).tensor, order), shape)


def _as_image(node: Node, value: Value, shape: Shape) -> Tensor:
    plain = node.builder.plain(value)
    return node.builder.reshape(Value(plain.tensor, shape), shape, IMAGE).tensor


@imports("Concat")
def concat(node: Node) -> Pending:
    """CONCATENATION, each input brought to the output's scale first."""
    builder, shape = node.builder, node.shape()
    axis = int(node.attributes["axis"]) % len(shape)
    known = [node.known(i) for i in range(len(node.inputs))]
    values = [builder.settle(item) for item in known if not isinstance(item, Constant)]
    node.require(bool(values), "all of its inputs are constants")
    images = all(value.layout == IMAGE for value in values) and len(values) == len(known)
    layout = IMAGE if images else PLAIN
    parts = [_part(node, index, layout) for index in range(len(known))]
    natural = parts[0].scheme if len({part.scheme for part in parts}) == 1 else None

    def emit(scheme: Scheme, activation: str) -> Value:
        tensors = [builder.requantise(part, scheme).tensor for part in parts]
        more: dict[str, Any] = {
            "axis": stored_axis(axis, shape, layout),
            "fused_activation_function": "NONE",
        }
        target = stored_shape(shape, layout)
        return Value(builder.emit("CONCATENATION", tensors, target, scheme, **more), shape, layout)

    return Pending(emit, shape, node.layer, natural)


def _part(node: Node, index: int, layout: str) -> Value:
    if isinstance(node.known(index), Constant):
        tensor = operand(node, index)
        return Value(tensor, tensor.shape)
    value = node.value(index)
    return value if layout == IMAGE else node.builder.plain(value)


@imports("Pad")
def pad(node: Node) -> Value:
    """PAD with zeros, before a convolution perhaps part of it; PADV2 with another constant."""
    node.require(node.attribute("mode", b"constant") == b"constant", "it does not pad a constant")
    value = node.value(0)
    given = node.numbers(1, "pads") or []
    node.require(not node.has(3), "it pads only some axes")
    node.require(min(given, default=0) >= 0, "it crops")
    rank = len(value.shape)
    table = np.zeros((len(value.tensor.shape), 2), np.int32)
    value = value if value.layout == IMAGE else node.builder.plain(value)
    for axis in range(rank):
        table[stored_axis(axis, value.shape, value.layout)] = given[axis], given[rank + axis]
    filled = node.scalar(2, "value", 0.0) if node.has(2) or "value" in node.attributes else 0.0
    shape = node.shape()
    target = stored_shape(shape, value.layout)
    scale, zero = value.scheme
    stored = round(float(np.clip(filled / scale + zero, -128, 127)))  # also of infinities
    with_value = constant(np.array(stored, np.int8), value.scheme)
    inputs = [value.tensor, constant(table), with_value]
    tensor = node.builder.emit("PADV2", inputs, target, value.scheme)
    return Value(tensor, shape, value.layout)


@imports("Slice")
def slices(node: Node) -> Value:
    """STRIDED_SLICE; the starts, ends, axes and steps must be constants."""
    value = node.value(0)
    value = value if value.layout == IMAGE else node.builder.plain(value)
    rank = len(value.shape)
    starts = node.numbers(1, "starts") or []
    axes = node.numbers(3, "axes") or list(range(len(starts)))
    steps = node.numbers(4) or [1] * len(starts)
    node.require(min(steps, default=1) > 0, "it goes backwards")
    shape = node.shape()
    begin, end = [0] * len(value.tensor.shape), list(value.tensor.shape)
    stride = [1] * len(begin)
    for axis, start, step in zip(axes, starts, steps, strict=True):
        size, at = value.shape[axis % rank], stored_axis(axis, value.shape, value.layout)
        begin[at] = min(max(start + size if start < 0 else start, 0), size)
        stride[at] = step
        end[at] = begin[at] + (shape[axis % rank] - 1) * step + 1
    ends, target = (begin, end, stride), stored_shape(shape, value.layout)
    return Value(node.builder.slice(value.tensor, ends, target), shape, value.layout)


@imports("Split")
def split(node: Node) -> list[Value]:
    """A STRIDED_SLICE for each output."""
    value = node.value(0)
    value = value if value.layout == IMAGE else node.builder.plain(value)
    axis = int(node.attribute("axis", 0)) % len(value.shape)
    at = stored_axis(axis, value.shape, value.layout)
    results, start = [], 0
    for output in range(len(node.outputs)):
        shape = node.shape(output)
        begin, end = [0] * len(value.tensor.shape), list(value.tensor.shape)
        begin[at], end[at] = start, start + shape[axis]
        ends = begin, end, [1] * len(begin)
        tensor = node.builder.slice(value.tensor, ends, stored_shape(shape, value.layout))
        results.append(Value(tensor, shape, value.layout))
        start += shape[axis]
    return results
