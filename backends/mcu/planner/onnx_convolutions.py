"""Importing ONNX convolutions: plain, grouped, of each channel alone, and transposed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .graph import Array, Tensor
from .onnx_builder import Builder, numbers
from .onnx_handlers import imports
from .onnx_node import Node, reals
from .onnx_padding import pads_of
from .onnx_products import Product, weight_values, with_values
from .onnx_values import IMAGE, Pending, Scheme, Shape, Value, stored_shape


@imports("Conv")
def conv(node: Node) -> Pending:
    """CONV_2D, or DEPTHWISE_CONV_2D where each channel has filters of its own."""
    value = node.builder.image(node.value(0))
    weights = weight_values(node.constant(1), 0)
    if weights.values.ndim == 3:  # rows are images of height 1
        weights = with_values(weights, weights.values[:, :, None, :])
    group, channels = int(node.attribute("group", 1)), value.tensor.shape[3]
    filters, own = weights.values.shape[:2]
    node.require(group >= 1 and filters % group == 0, f"{filters} outputs are no {group} groups")
    node.require(own * group == channels, f"{channels} channels are not {group} groups of {own}")
    options = _window(node, value, weights.values.shape[2:])
    alone = group == channels > 1
    if alone:
        options["depth_multiplier"] = filters // channels
    order, axis = ((1, 2, 3, 0), 3) if alone else ((0, 2, 3, 1), 0)
    lying = with_values(weights, np.transpose(weights.values, order))
    shape = stored_shape(node.shape(), IMAGE)

    def emit(filters: Tensor, bias: Tensor, scheme: Scheme, activation: str) -> Tensor:
        more: dict[str, Any] = {**options, "fused_activation_function": activation}
        inputs = [value.tensor, filters, bias]
        if group == 1 or alone:
            kind = "DEPTHWISE_CONV_2D" if alone else "CONV_2D"
            return node.builder.emit(kind, inputs, shape, scheme, **more)
        groups = list(_groups(node.builder, inputs, group))
        target = (*shape[:3], filters.shape[0] // group)
        parts = [node.builder.emit("CONV_2D", one, target, scheme, **more) for one in groups]
        joined: dict[str, Any] = {"axis": 3, "fused_activation_function": "NONE"}
        return node.builder.emit("CONCATENATION", parts, shape, scheme, **joined)

    return Product(node, value, lying, axis, emit, IMAGE).pending(_bias(node))


def _groups(builder: Builder, inputs: Sequence[Tensor], group: int) -> Iterator[list[Tensor]]:
    """Of each group the channels, filters and biases."""
    source, filters, bias = inputs
    own, outputs = source.shape[3] // group, filters.shape[0] // group
    for index in range(group):
        ends = [0, 0, 0, index * own], [*source.shape[:3], (index + 1) * own], [1, 1, 1, 1]
        channels = builder.slice(source, ends, (*source.shape[:3], own))
        rows = slice(index * outputs, (index + 1) * outputs)
        yield [channels, _rows(filters, rows), _rows(bias, rows)]


def _rows(tensor: Tensor, rows: slice) -> Tensor:
    """Some of the first axis of a constant, with their scales if each has its own."""
    assert tensor.data is not None
    data = np.ascontiguousarray(tensor.data[rows])
    several = len(tensor.scale) > 1
    scale = tensor.scale[rows] if several else tensor.scale
    zeros = tensor.zero_point[rows] if several else tensor.zero_point
    return replace(tensor, shape=data.shape, scale=scale, zero_point=zeros, data=data)


def _bias(node: Node) -> Array | None:
    return reals(node.constant(2)).reshape(-1) if node.has(2) else None


def _window(node: Node, value: Value, kernel: Shape) -> dict[str, Any]:
    """Strides, dilations and padding as TFLite names them."""
    rows = len(value.shape) == 3
    strides = [*((1,) if rows else ()), *node.attribute("strides", [1] * (len(value.shape) - 2))]
    dilations = [1] if rows else []
    dilations += node.attribute("dilations", [1] * (len(value.shape) - 2))
    sizes = value.tensor.shape[1:3]
    extents = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
    pads = pads_of(node, rows, (sizes[0], sizes[1]), (extents[0], extents[1]), strides)
    return {
        "stride_h": strides[0],
        "stride_w": strides[1],
        "dilation_h_factor": dilations[0],
        "dilation_w_factor": dilations[1],
        "padding": "EXPLICIT" if any(pads) else "VALID",
        "explicit_padding": pads,
    }


@imports("ConvTranspose")
def conv_transpose(node: Node) -> Pending:
    """TRANSPOSE_CONV; padding takes away from the output's borders."""
    value = node.builder.image(node.value(0))
    weights = weight_values(node.constant(1), 1)
    for name in ("dilations", "group"):
        node.require(not np.any(np.array(node.attribute(name, 1)) != 1), f"it has {name}")
    automatic = node.attribute("auto_pad", b"NOTSET") in {b"NOTSET", b"VALID"}
    node.require(automatic and "output_shape" not in node.attributes, "its padding is automatic")
    rows = len(value.shape) == 3
    if rows and weights.values.ndim == 3:
        weights = with_values(weights, weights.values[:, :, None, :])
    node.require(weights.values.ndim == 4, "it is not over height and width")
    lying = with_values(weights, np.transpose(weights.values, (1, 2, 3, 0)))
    strides = [*((1,) if rows else ()), *node.attribute("strides", [1] * (len(value.shape) - 2))]
    pads = pads_of(node, rows, (0, 0), (0, 0), strides)
    shape = stored_shape(node.shape(), IMAGE)
    options = {"stride_h": strides[0], "stride_w": strides[1], "padding": "VALID"}
    if any(pads):
        options |= {"padding": "EXPLICIT", "explicit_padding": pads}

    def emit(filters: Tensor, bias: Tensor, scheme: Scheme, activation: str) -> Tensor:
        inputs = [numbers(shape), filters, value.tensor, bias]
        more: dict[str, Any] = {**options, "fused_activation_function": activation}
        return node.builder.emit("TRANSPOSE_CONV", inputs, shape, scheme, **more)

    return Product(node, value, lying, 0, emit, IMAGE).pending(_bias(node))
