"""Importing ONNX operators that repeat, choose or rearrange whole blocks of numbers."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from .graph import Tensor
from .onnx_builder import constant, numbers
from .onnx_handlers import imports, operand
from .onnx_node import Node
from .onnx_values import IMAGE, Constant, Shape, Value, stored_shape


@imports("Gather")
def gather(node: Node) -> Value:
    """GATHER: rows of a constant table by an input (an embedding), or chosen places of an axis."""
    known, shape = node.known(0), node.shape()
    if isinstance(known, Constant):
        node.require(known.scale is not None and known.scale.size == 1, "its table has no scale")
        source = operand(node, 0)
    else:
        source = node.builder.plain(node.builder.settle(known)).tensor
    axis = int(node.attribute("axis", 0)) % len(source.shape)
    more: dict[str, Any] = {"axis": axis, "batch_dims": 0}
    inputs = [source, _indices(node, source.shape[axis])]
    scheme = (source.scale[0], source.zero_point[0]) if source.scale else None
    made = node.builder.emit("GATHER", inputs, shape, scheme, source.dtype, **more)
    return Value(made, shape)


def _indices(node: Node, size: int) -> Tensor:
    """int32; constant ones below zero count from the end."""
    if isinstance(node.known(1), Constant):
        places = node.constant(1).values.astype(np.int64)
        node.require(
            bool(((-size <= places) & (places < size)).all()), "it takes what is not there"
        )
        return constant((places % size).astype(np.int32))
    tensor = node.builder.plain(node.value(1)).tensor
    if tensor.dtype == "int32":
        return tensor
    node.require(tensor.dtype == "int64", f"its indices are of type {tensor.dtype}")
    more: dict[str, Any] = {"in_data_type": "int64", "out_data_type": "int32"}
    return node.builder.emit("CAST", [tensor], tensor.shape, None, "int32", **more)


@imports("Tile", "Expand")
def repeat(node: Node) -> Value:
    """TILE: the whole tensor, again and again along each axis."""
    value, shape = node.value(0), node.shape()
    if shape == value.shape:
        return value
    value = (
        value
        if value.layout == IMAGE and len(shape) == len(value.shape)
        else (node.builder.plain(value))
    )
    if len(shape) > len(value.shape):
        value = node.builder.reshape(value, (1,) * (len(shape) - len(value.shape)) + value.shape)
    target = stored_shape(shape, value.layout)
    times = [new // old for new, old in zip(target, value.tensor.shape, strict=True)]
    inputs = [value.tensor, numbers(times)]
    made = node.builder.emit("TILE", inputs, target, value.scheme)
    return Value(made, shape, value.layout)


@imports("DepthToSpace", "SpaceToDepth")
def blocks(node: Node) -> Value:
    """DEPTH_TO_SPACE and SPACE_TO_DEPTH, which count a block's pixels before its channels."""
    value, shape = node.builder.image(node.value(0)), node.shape()
    node.require(len(shape) == 4, "it is not of height and width")
    block = int(node.attributes["blocksize"])
    target = stored_shape(shape, IMAGE)
    if node.attribute("mode", b"DCR") == b"CRD":
        return Value(_channels_first(node, value.tensor, target, block), shape, IMAGE)
    kind = {"DepthToSpace": "DEPTH_TO_SPACE", "SpaceToDepth": "SPACE_TO_DEPTH"}[node.kind]
    made = node.builder.emit(kind, [value.tensor], target, value.scheme, block_size=block)
    return Value(made, shape, IMAGE)


def _channels_first(node: Node, tensor: Tensor, target: Shape, block: int) -> Tensor:
    """The way of PyTorch's PixelShuffle: channels before the pixels of a block."""
    batches, height, width, channels = tensor.shape
    whole = (batches * height, width, channels // block**2, block, block)
    split = node.builder.reshape(Value(tensor, tensor.shape), whole).tensor
    moved = node.builder.transpose(split, (0, 3, 1, 4, 2))
    assert prod(moved.shape) == prod(target)
    return node.builder.reshape(Value(moved, moved.shape), target).tensor


@imports("Cast")
def cast(node: Node) -> Value:
    """CAST of whole numbers to a type that is not wider."""
    value = node.value(0)
    wanted = {6: "int32", 7: "int64"}.get(int(node.attributes["to"]))
    node.require(wanted is not None and value.tensor.dtype in {"int32", "int64"}, "it is not whole")
    assert wanted is not None
    if wanted == value.tensor.dtype:
        return value
    more: dict[str, Any] = {"in_data_type": value.tensor.dtype, "out_data_type": wanted}
    made = node.builder.emit("CAST", [value.tensor], value.tensor.shape, None, wanted, **more)
    return Value(made, value.shape, value.layout)
