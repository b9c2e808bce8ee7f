"""Importing ONNX pools."""

from __future__ import annotations

from typing import Any

import numpy as np

from .graph import Tensor
from .onnx_builder import constant
from .onnx_handlers import imports
from .onnx_node import Node
from .onnx_padding import pads_of
from .onnx_values import IMAGE, Pending, Scheme, Value, stored_shape
from .padding import Pads


@imports("MaxPool")
def max_pool(node: Node) -> Value:
    """MAX_POOL_2D: what it gives is stored as what it takes."""
    value, options = _window(node)
    node.require(len(node.outputs) == 1, "it gives indices")
    return _pooled(node, "MAX_POOL_2D", value, options)


@imports("AveragePool")
def average_pool(node: Node) -> Pending:
    """AVERAGE_POOL_2D keeps the scale; where another is wanted, a convolution rounds only once."""
    value, options = _window(node)
    padded = options["padding"] == "EXPLICIT"
    counted = bool(node.attribute("count_include_pad", 0)) and padded

    def emit(scheme: Scheme, activation: str) -> Value:
        if counted or not (padded or scheme == value.scheme):
            return _averaging_convolution(node, value, options, scheme)
        pooled = _pooled(node, "AVERAGE_POOL_2D", value, options)
        return node.builder.requantise(pooled, scheme)

    return Pending(emit, node.shape(), node.layer, value.scheme)


def _averaging_convolution(
    node: Node, value: Value, options: dict[str, Any], scheme: Scheme
) -> Value:
    """Every weight is 1 / area; what is padded counts as zero."""
    height, width, channels = options["filter_height"], options["filter_width"], value.shape[1]
    ones = np.ones((1, height, width, channels), np.int8)
    weights = constant(ones, (1 / (height * width), 0), f"{node.layer} weights")
    bias = constant(np.zeros(channels, np.int32))
    window = {key: options[key] for key in ("stride_h", "stride_w", "padding", "explicit_padding")}
    more = {
        **window,
        "depth_multiplier": 1,
        "dilation_h_factor": 1,
        "dilation_w_factor": 1,
        "fused_activation_function": "NONE",
    }
    shape = node.shape()
    inputs: list[Tensor | None] = [value.tensor, weights, bias]
    target = stored_shape(shape, IMAGE)
    tensor = node.builder.emit("DEPTHWISE_CONV_2D", inputs, target, scheme, **more)
    return Value(tensor, shape, IMAGE)


def _pooled(node: Node, kind: str, value: Value, options: dict[str, Any]) -> Value:
    shape = node.shape()
    target = stored_shape(shape, IMAGE)
    tensor = node.builder.emit(kind, [value.tensor], target, value.scheme, **options)
    return Value(tensor, shape, IMAGE)


def _window(node: Node) -> tuple[Value, dict[str, Any]]:
    """The image, and the window's options as TFLite names them."""
    value = node.builder.image(node.value(0))
    rows = len(value.shape) == 3
    node.require(set(node.attribute("dilations", [1])) == {1}, "it is dilated")
    kernel = [*((1,) if rows else ()), *node.attributes["kernel_shape"]]
    strides = [*((1,) if rows else ()), *node.attribute("strides", [1] * (len(value.shape) - 2))]
    sizes = value.tensor.shape[1:3]
    given = pads_of(node, rows, (sizes[0], sizes[1]), (kernel[0], kernel[1]), strides)
    pads = _reached(node, given, kernel, strides) if node.attribute("ceil_mode", 0) else given
    return value, {
        "filter_height": kernel[0],
        "filter_width": kernel[1],
        "stride_h": strides[0],
        "stride_w": strides[1],
        "padding": "EXPLICIT" if any(pads) else "VALID",
        "explicit_padding": pads,
        "fused_activation_function": "NONE",
    }


def _reached(node: Node, pads: Pads, kernel: list[int], strides: list[int]) -> Pads:
    """With ceil_mode: as much padding at the end as the last windows reach over."""
    source, target = (
        stored_shape(shape, IMAGE)[1:3]
        for shape in (node.builder.shape(node.inputs[0]), node.shape())
    )
    ends = []
    for axis, before in enumerate((pads[0], pads[2])):
        last = (target[axis] - 1) * strides[axis]
        node.require(last < source[axis] + before, "a window of its ceil_mode is beside its input")
        ends.append(max(last + kernel[axis] - source[axis] - before, pads[2 * axis + 1]))
    counts = node.kind == "AveragePool" and node.attribute("count_include_pad", 0)
    same = (ends[0], ends[1]) == (pads[1], pads[3])
    node.require(same or not counts, "it counts what its ceil_mode pads")
    return pads[0], ends[0], pads[2], ends[1]
