"""Importing ONNX products of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from .graph import Array, Tensor
from .onnx_handlers import imports, operand
from .onnx_node import Node, reals
from .onnx_products import Product, one_for_each, weight_values, with_values
from .onnx_values import FLAT, Constant, Pending, Scheme, Value


@imports("Gemm")
def gemm(node: Node) -> Pending:
    """FULLY_CONNECTED."""
    plain = [node.attribute("alpha", 1.0), node.attribute("beta", 1.0), node.attribute("transA", 0)]
    node.require(plain == [1.0, 1.0, 0], "alpha, beta or transA is not the default")
    return _fully_connected(node, bool(node.attribute("transB", 0)), _columns(node))


def _columns(node: Node) -> Array | None:
    """C, where it is a number for each column of the output."""
    if not node.has(2):
        return None
    found = one_for_each(reals(node.constant(2)), node.shape(), -1)
    node.require(found is not None, "its C is not a number for each column")
    return found


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
        weights = with_values(weights, weights.values.T)
    if value.layout == FLAT:  # the weights, which are constant, take the order of the data
        c, *sizes = value.image
        images = weights.values.reshape(-1, c, *sizes)
        weights = with_values(weights, np.moveaxis(images, 1, -1).reshape(weights.values.shape))
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

    return Product(node, value, weights, 0, emit).pending(bias)
