"""Quantisation of an ONNX model's inputs and outputs, from the nodes that touch them.

An integer input that is only ever read by DequantizeLinear, and an integer output that
QuantizeLinear makes, have an affine quantisation that people and front ends want to know.
Specification: https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...tensors import ANY_SHAPE, Quantisation

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnx import GraphProto, NodeProto, TensorProto

_MOST = 65_536  # scales: more than one per entry of any axis worth describing


def quantisation_of_inputs(graph: GraphProto) -> dict[str, Quantisation]:
    """By the name of each tensor all of whose readers dequantise it alike."""
    constants = _constants(graph)
    inputs = {value.name for value in graph.input}
    readers: dict[str, list[Quantisation | None]] = defaultdict(list)
    for node in graph.node:
        for position, name in enumerate(node.input):
            if name in inputs:
                direct = position == 0 and node.op_type == "DequantizeLinear"
                readers[name].append(_parameters(node, constants) if direct else None)
    return {
        name: found[0]
        for name, found in readers.items()
        if found[0] is not None and all(other == found[0] for other in found)
    }


def quantisation_of_outputs(graph: GraphProto) -> dict[str, Quantisation]:
    """By the name of each tensor that QuantizeLinear makes."""
    constants = _constants(graph)
    outputs = {value.name for value in graph.output}
    made = {
        node.output[0]: node
        for node in graph.node
        if node.op_type == "QuantizeLinear" and node.output and node.output[0] in outputs
    }
    found = {name: _parameters(node, constants) for name, node in made.items()}
    return {name: quantisation for name, quantisation in found.items() if quantisation}


def with_axis(
    quantisation: Quantisation | None, shape: tuple[int | str, ...]
) -> Quantisation | None:
    """The same with its axis counted from the front; None where it does not fit the shape."""
    if quantisation is None or quantisation.axis is None:
        return quantisation
    axis = quantisation.axis + (len(shape) if quantisation.axis < 0 else 0)
    if shape == ANY_SHAPE or not 0 <= axis < len(shape):
        return None
    if shape[axis] != len(quantisation.scales) and isinstance(shape[axis], int):
        return None
    return replace(quantisation, axis=axis)


def _constants(graph: GraphProto) -> dict[str, TensorProto]:
    inside = {
        node.output[0]: attribute.t
        for node in graph.node
        if node.op_type == "Constant" and node.output
        for attribute in node.attribute
        if attribute.name == "value"
    }
    return inside | {tensor.name: tensor for tensor in graph.initializer}


def _parameters(node: NodeProto, constants: dict[str, TensorProto]) -> Quantisation | None:
    """Scales and zero points where they are constants; None for blocked or computed ones."""
    attributes = {attribute.name: attribute.i for attribute in node.attribute}
    names = list(node.input) + [""] * 3
    scale = _array(constants.get(names[1]))
    zero_point = _array(constants.get(names[2]))
    if node.domain not in {"", "ai.onnx"} or attributes.get("block_size", 0) or scale is None:
        return None
    if zero_point is None and names[2]:
        return None
    zeros = [0] * scale.size if zero_point is None else zero_point.ravel().tolist()
    if scale.ndim > 1 or scale.size == 0 or len(zeros) != scale.size:
        return None
    scales = tuple(map(float, scale.ravel()))
    if not all(math.isfinite(value) and value > 0 for value in scales):
        return None
    axis = attributes.get("axis", 1) if scale.size > 1 else None
    return Quantisation(scales, tuple(map(int, zeros)), axis)


def _array(tensor: TensorProto | None) -> NDArray[Any] | None:
    from onnx import numpy_helper

    if tensor is None or math.prod(tensor.dims) > _MOST:
        return None
    try:
        return numpy_helper.to_array(tensor)
    except (ValueError, TypeError):
        return None
