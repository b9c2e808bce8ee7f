"""Importing ONNX operators over windows and axes: pools, means, layer normalisation."""

from __future__ import annotations

from typing import Any

import numpy as np

from .graph import Tensor
from .onnx_builder import constant, numbers
from .onnx_handlers import imports
from .onnx_node import Node, reals
from .onnx_padding import pads_of
from .onnx_values import IMAGE, PLAIN, Pending, Scheme, Value, stored_axis, stored_shape


@imports("ReduceMean", "GlobalAveragePool")
def mean(node: Node) -> Pending:
    """MEAN, which has a scale of its own for its output."""
    value, builder = node.value(0), node.builder
    pool = node.kind == "GlobalAveragePool"
    rank = len(value.shape)
    given = list(range(2, rank)) if pool else node.numbers(1, "axes") or list(range(rank))
    axes = {axis % rank for axis in given}
    kept = pool or bool(node.attribute("keepdims", 1))
    spatial = axes == set(range(2, rank))
    if value.layout != IMAGE or not (kept or spatial):
        value = builder.plain(value)
    stored = {stored_axis(axis, value.shape, value.layout) for axis in axes}
    if value.layout == IMAGE and spatial:
        stored = {1, 2}  # a row's height, which ONNX does not have, goes with its width
    layout = value.layout if kept else PLAIN
    shape = node.shape()

    def emit(scheme: Scheme, activation: str) -> Value:
        inputs = [value.tensor, numbers(sorted(stored))]
        target = stored_shape(shape, layout)
        return Value(builder.emit("MEAN", inputs, target, scheme, keep_dims=kept), shape, layout)

    return Pending(emit, shape, node.layer)


@imports("LayerNormalization")
def layer_normalization(node: Node) -> Pending:
    """LAYER_NORMALIZATION, the runtime's own: gains and offsets stay as exact as they are."""
    value = node.builder.plain(node.value(0))
    last = int(node.attribute("axis", -1)) % len(value.shape) == len(value.shape) - 1
    node.require(last, "it is not over the last axis alone")
    node.require(not any(node.outputs[1:]), "it gives the mean or the deviation")
    rows: list[Tensor | None] = [
        constant(reals(node.constant(index)).astype(np.float32)) if node.has(index) else None
        for index in (1, 2)
    ]
    epsilon = float(node.attribute("epsilon", 1e-5))

    def emit(scheme: Scheme, activation: str) -> Value:
        inputs = [value.tensor, *rows]
        kind = "LAYER_NORMALIZATION"
        tensor = node.builder.emit(kind, inputs, value.shape, scheme, epsilon=epsilon)
        return Value(tensor, value.shape)

    return Pending(emit, value.shape, node.layer)


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
    node.require(not node.attribute("ceil_mode", 0), "it has ceil_mode")
    node.require(set(node.attribute("dilations", [1])) == {1}, "it is dilated")
    kernel = [*((1,) if rows else ()), *node.attributes["kernel_shape"]]
    strides = [*((1,) if rows else ()), *node.attribute("strides", [1] * (len(value.shape) - 2))]
    sizes = value.tensor.shape[1:3]
    pads = pads_of(node, rows, (sizes[0], sizes[1]), (kernel[0], kernel[1]), strides)
    return value, {
        "filter_height": kernel[0],
        "filter_width": kernel[1],
        "stride_h": strides[0],
        "stride_w": strides[1],
        "padding": "EXPLICIT" if any(pads) else "VALID",
        "explicit_padding": pads,
        "fused_activation_function": "NONE",
    }
