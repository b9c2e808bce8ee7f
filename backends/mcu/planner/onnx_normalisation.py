"""Importing ONNX operators that bring numbers to a common mean and spread."""

from __future__ import annotations

from typing import Any

import numpy as np

from .graph import Array, Tensor
from .onnx_builder import constant
from .onnx_handlers import imports
from .onnx_node import Node, reals
from .onnx_products import Product
from .onnx_values import IMAGE, PLAIN, Constant, Pending, Scheme, Value


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


_POINT = {
    **dict.fromkeys("stride_h stride_w dilation_h_factor dilation_w_factor".split(), 1),
    "padding": "VALID",
    "depth_multiplier": 1,
}


@imports("BatchNormalization")
def batch_normalization(node: Node) -> Pending:
    """A convolution by one weight for each channel: a factor and a bias."""
    node.require(not any(node.outputs[1:]), "it is in training")
    value, builder = node.value(0), node.builder
    rows = len(value.shape) == 2  # of channels: images of one point
    if rows:
        image = builder.reshape(builder.plain(value), (*value.shape, 1, 1), IMAGE)
    else:
        image = builder.image(value)
    weights, offsets = _factors(node, image.scheme[0])

    def emit(filters: Tensor, bias: Tensor, scheme: Scheme, activation: str) -> Tensor:
        more: dict[str, Any] = {**_POINT, "fused_activation_function": activation}
        inputs, shape = [image.tensor, filters, bias], image.tensor.shape
        made = builder.emit("DEPTHWISE_CONV_2D", inputs, shape, scheme, **more)
        return builder.reshape(Value(made, value.shape), value.shape).tensor if rows else made

    return Product(node, image, weights, 3, emit, PLAIN if rows else IMAGE).pending(offsets)


def _factors(node: Node, step: float) -> tuple[Constant, Array]:
    """A weight, by a scale of its own, and an offset for each channel. ``step``: of the input."""
    gains, offsets, means, variances = (reals(node.constant(i)).reshape(-1) for i in (1, 2, 3, 4))
    factors = gains / np.sqrt(variances + float(node.attribute("epsilon", 1e-5)))
    offsets = offsets - means * factors
    # The largest weight, unless the offset is so much larger that it would not fit 30 bits.
    scales = np.maximum(np.abs(factors) / 127, np.abs(offsets) / (step * 2**29))
    scales = np.where(scales > 1e-30, scales, 1.0)
    stored = np.rint(factors / scales).astype(np.int8).reshape(1, 1, 1, -1)
    return Constant(stored, scales, np.zeros(scales.shape, np.int64), 3), offsets
