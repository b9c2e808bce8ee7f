"""Importing ONNX operators with weights: convolutions and matrix products."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .graph import Array, Tensor
from .onnx_builder import numbers
from .onnx_handlers import imports, operand
from .onnx_node import Node, reals
from .onnx_padding import pads_of
from .onnx_values import FLAT, IMAGE, PLAIN, Constant, Pending, Scheme, Shape, Value
from .step import NotSupported

_Make = Callable[[Tensor, Tensor, Scheme, str], Tensor]  # weights, bias, output, activation


@imports("Conv")
def conv(node: Node) -> Pending:
    """CONV_2D, or DEPTHWISE_CONV_2D where each channel has filters of its own."""
    value = node.builder.image(node.value(0))
    weights = weight_values(node.constant(1), 0)
    if weights.values.ndim == 3:  # rows are images of height 1
        weights = _with_values(weights, weights.values[:, :, None, :])
    group, channels = int(node.attribute("group", 1)), value.tensor.shape[3]
    options = _window(node, value, weights.values.shape[2:])
    if group == 1:
        kind, order, axis = "CONV_2D", (0, 2, 3, 1), 0
    else:
        node.require(group == channels, f"it has {group} groups of {channels} channels")
        kind, order, axis = "DEPTHWISE_CONV_2D", (1, 2, 3, 0), 3
        options["depth_multiplier"] = weights.values.shape[0] // channels
    lying = _with_values(weights, np.transpose(weights.values, order))
    node.require(lying.values.shape[0] == 1 or group == 1, "its filters span several channels")
    shape = _output_shape(node)

    def emit(filters: Tensor, bias: Tensor, scheme: Scheme, activation: str) -> Tensor:
        more: dict[str, Any] = {**options, "fused_activation_function": activation}
        return node.builder.emit(kind, [value.tensor, filters, bias], shape, scheme, **more)

    return _Product(node, value, lying, axis, emit, IMAGE).pending(_bias(node, 2))


def _output_shape(node: Node) -> Shape:
    n, c, *sizes = node.shape()
    return (n, *((1,) if len(sizes) == 1 else ()), *sizes, c)


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
    """TRANSPOSE_CONV, of which only the unpadded form means the same in both."""
    value = node.builder.image(node.value(0))
    weights = weight_values(node.constant(1), 1)
    node.require(weights.values.ndim == 4, "it is not over height and width")
    for name, plain in (("pads", 0), ("output_padding", 0), ("dilations", 1), ("group", 1)):
        node.require(not np.any(np.array(node.attribute(name, plain)) != plain), f"it has {name}")
    node.require("output_shape" not in node.attributes, "it has output_shape")
    lying = _with_values(weights, np.transpose(weights.values, (1, 2, 3, 0)))
    strides, shape = node.attribute("strides", [1, 1]), _output_shape(node)
    options = {"stride_h": strides[0], "stride_w": strides[1], "padding": "VALID"}

    def emit(filters: Tensor, bias: Tensor, scheme: Scheme, activation: str) -> Tensor:
        inputs = [numbers(shape), filters, value.tensor, bias]
        more: dict[str, Any] = {**options, "fused_activation_function": activation}
        return node.builder.emit("TRANSPOSE_CONV", inputs, shape, scheme, **more)

    return _Product(node, value, lying, 0, emit, IMAGE).pending(_bias(node, 2))


@imports("Gemm")
def gemm(node: Node) -> Pending:
    """FULLY_CONNECTED."""
    plain = [node.attribute("alpha", 1.0), node.attribute("beta", 1.0), node.attribute("transA", 0)]
    node.require(plain == [1.0, 1.0, 0], "alpha, beta or transA is not the default")
    return _fully_connected(node, bool(node.attribute("transB", 0)), _bias(node, 2))


@imports("MatMul")
def matmul(node: Node) -> Pending:
    """FULLY_CONNECTED where the second operand is a constant matrix, else BATCH_MATMUL."""
    right = node.known(1)
    if isinstance(right, Constant) and right.values.ndim == 2:
        return _fully_connected(node, False, None)
    builder = node.builder
    first = builder.plain(node.value(0)).tensor
    second = (
        operand(node, 1) if isinstance(right, Constant) else builder.plain(node.value(1)).tensor
    )
    shape = node.shape()

    def emit(scheme: Scheme, activation: str) -> Value:
        more: dict[str, Any] = {"adj_x": False, "adj_y": False}
        return Value(builder.emit("BATCH_MATMUL", [first, second], shape, scheme, **more), shape)

    return Pending(emit, shape, node.layer)


def _fully_connected(node: Node, transposed: bool, bias: Array | None) -> Pending:
    value = node.value(0)
    weights = weight_values(node.constant(1), 0 if transposed else 1)
    if not transposed:
        weights = _with_values(weights, weights.values.T)
    if value.layout == FLAT:  # the weights, which are constant, take the order of the data
        c, *sizes = value.image
        images = weights.values.reshape(-1, c, *sizes)
        weights = _with_values(weights, np.moveaxis(images, 1, -1).reshape(weights.values.shape))
    else:
        value = node.builder.plain(value)
    shape = node.shape()

    def emit(filters: Tensor, bias: Tensor, scheme: Scheme, activation: str) -> Tensor:
        more: dict[str, Any] = {
            "fused_activation_function": activation,
            "keep_num_dims": len(shape) != 2,
        }
        inputs = [value.tensor, filters, bias]
        return node.builder.emit("FULLY_CONNECTED", inputs, shape, scheme, **more)

    return _Product(node, value, weights, 0, emit).pending(bias)


def weight_values(constant: Constant, axis: int) -> Constant:
    """Weights whose scales, if there are several, are those of the outputs (``axis``)."""
    if constant.scale is None or constant.zero is None:
        raise NotSupported("its weights are not quantised")
    if np.any(constant.zero):
        raise NotSupported("its weights are not symmetric: their zero point is not zero")
    if constant.values.min(initial=0) < -128 or constant.values.max(initial=0) > 127:
        raise NotSupported("its weights are not int8")
    if constant.scale.size > 1 and constant.axis % constant.values.ndim != axis:
        raise NotSupported(f"its weights have scales along axis {constant.axis}, not {axis}")
    return constant


def _with_values(constant: Constant, values: Array) -> Constant:
    return Constant(values, constant.scale, constant.zero, constant.axis)


def _bias(node: Node, index: int) -> Array | None:
    return reals(node.constant(index)).reshape(-1) if node.has(index) else None


@dataclass(frozen=True)
class _Product:
    """An operation with weights; ``axis`` of those is the outputs', ``make`` emits it."""

    node: Node
    value: Value
    weights: Constant
    axis: int
    make: _Make
    layout: str = PLAIN

    def pending(self, bias: Array | None) -> Pending:
        """The result, with a bias of real numbers: int32 of the products' scale in the plan."""
        assert self.weights.scale is not None
        scales = np.asarray(self.weights.scale, np.float64).reshape(-1)
        outputs = self.weights.values.shape[self.axis]
        real = np.zeros(outputs) if bias is None else np.broadcast_to(bias, outputs)
        sums = np.rint(real / (scales * self.value.scheme[0]))
        self.node.require(bool((np.abs(sums) < 2**31).all()), "its bias does not fit 32 bits")
        filters = self.tensor("weights", self.weights.values.astype(np.int8), scales, self.axis)
        offset = self.tensor("bias", sums.astype(np.int32), scales * self.value.scheme[0], 0)
        shape = self.node.shape()

        def emit(scheme: Scheme, activation: str) -> Value:
            return Value(self.make(filters, offset, scheme, activation), shape, self.layout)

        def biased(more: Array) -> Pending:
            return self.pending(real + more.reshape(-1))

        return Pending(emit, shape, self.node.layer, fuses=True, biased=biased)

    def tensor(self, name: str, data: Array, scales: Array, axis: int) -> Tensor:
        """A constant with symmetric scales along an axis."""
        data = np.ascontiguousarray(data)
        scale, zeros = tuple(scales.tolist()), (0,) * scales.size
        name = f"{self.node.layer} {name}"
        return Tensor(name, data.shape, data.dtype.name, scale, zeros, axis, data)
