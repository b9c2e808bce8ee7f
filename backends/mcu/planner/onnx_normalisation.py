"""Importing ONNX operators that bring numbers to a common mean and spread."""

from __future__ import annotations

from typing import Any

import numpy as np

from .graph import Tensor
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


@imports("BatchNormalization")
def batch_normalization(node: Node) -> Pending:
    """A convolution by one weight for each channel: a factor and a bias."""
    node.require(not any(node.outputs[1:]), "it is in training")
    value, builder = node.value(0), node.builder
    rank = len(value.shape)
    if rank == 2:  # rows of channels are images of one point
        rows = builder.reshape(builder.plain(value), (*value.shape, 1, 1), IMAGE)
    image = rows if rank == 2 else builder.image(value)
    gains, offsets, means, variances = (reals(node.constant(i)).reshape(-1) for i in (1, 2, 3, 4))
    factors = gains / np.sqrt(variances + float(node.attribute("epsilon", 1e-5)))
    offsets = offsets - means * factors
    # The largest weight, unless the offset is so much larger that it would not fit 31 bits.
    scales = np.maximum(np.abs(factors) / 127, np.abs(offsets) / (image.scheme[0] * 2**29))
    scales = np.where(scales > 1e-30, scales, 1.0)
    stored = np.rint(factors / scales).astype(np.int8).reshape(1, 1, 1, -1)
    weights = Constant(stored, scales, np.zeros(scales.shape, np.int64), 3)
    options = {
        **dict.fromkeys("stride_h stride_w dilation_h_factor dilation_w_factor".split(), 1),
        "padding": "VALID",
        "depth_multiplier": 1,
    }

    def emit(filters: Tensor, bias: Tensor, scheme: Scheme, activation: str) -> Tensor:
        more: dict[str, Any] = {**options, "fused_activation_function": activation}
        inputs, shape = [image.tensor, filters, bias], image.tensor.shape
        made = builder.emit("DEPTHWISE_CONV_2D", inputs, shape, scheme, **more)
        return builder.reshape(Value(made, value.shape), value.shape).tensor if rank == 2 else made

    layout = PLAIN if rank == 2 else IMAGE
    return Product(node, image, weights, 3, emit, layout).pending(offsets)
