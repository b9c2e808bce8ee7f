"""Writes the encoder as a plain ONNX graph: one node per step, constants folded where they can be.

Written by hand instead of traced, so that the file holds the fewest and plainest operators and
does not change with the version of a tracer.
"""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from .model import Encoder, Layer

OPSET = 17


def numbers(tensor: Tensor) -> NDArray[np.float32]:
    """A parameter as numpy."""
    return tensor.detach().numpy().astype(np.float32)


class Graph:
    """Collects nodes and constants; every method returns the name of its output."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, value: NDArray[np.generic] | list[int]) -> str:
        """Float32 or, for a list of axes or sizes, int64."""
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def node(self, operator: str, *inputs: str, output: str = "", **attributes: object) -> str:
        """Append one node with one output."""
        output = output or f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def reshape(self, value: str, *shape: int) -> str:
        """The same numbers in another shape."""
        return self.node("Reshape", value, self.constant(list(shape)))

    def linear(self, value: str, linear: nn.Linear, scale: float = 1.0) -> str:
        """value @ weight + bias, both times ``scale``."""
        weight = self.constant(np.ascontiguousarray(numbers(linear.weight).T * np.float32(scale)))
        bias = self.constant(numbers(linear.bias) * np.float32(scale))
        return self.node("Add", self.node("MatMul", value, weight), bias)

    def norm(self, value: str, norm: nn.LayerNorm) -> str:
        """Layer normalisation over the last axis."""
        weight, bias = self.constant(numbers(norm.weight)), self.constant(numbers(norm.bias))
        return self.node("LayerNormalization", value, weight, bias, axis=-1, epsilon=norm.eps)

    def convolution(self, value: str, convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> str:
        """Convolution with its batch norm folded in, and ReLU."""
        scale = numbers(norm.weight) / np.sqrt(numbers(norm.running_var) + np.float32(norm.eps))
        weight = self.constant(numbers(convolution.weight) * scale[:, None, None, None])
        bias = self.constant(numbers(norm.bias) - numbers(norm.running_mean) * scale)
        strides = list(convolution.stride)
        made = self.node("Conv", value, weight, bias, strides=strides, pads=[1, 1, 1, 1])
        return self.node("Relu", made)


def third(linear: nn.Linear, part: int) -> nn.Linear:
    """One of query, key, value out of the joint projection."""
    width = linear.in_features
    made = nn.Linear(width, width)
    made.weight.data = linear.weight.data[part * width : (part + 1) * width]
    made.bias.data = linear.bias.data[part * width : (part + 1) * width]
    return made


def attention(graph: Graph, value: str, layer: Layer, tokens: int, width: int) -> str:
    """[1, tokens, width] -> the same; the scale of the scores is folded into the query."""
    scales, orders = (layer.scale, 1.0, 1.0), ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3])
    parts = []
    for part, (scale, order) in enumerate(zip(scales, orders, strict=True)):
        made = graph.linear(value, third(layer.query_key_value, part), scale)
        made = graph.reshape(made, 1, tokens, layer.heads, width // layer.heads)
        parts.append(graph.node("Transpose", made, perm=order))
    weights = graph.node("Softmax", graph.node("MatMul", parts[0], parts[1]), axis=-1)
    mixed = graph.node("Transpose", graph.node("MatMul", weights, parts[2]), perm=[0, 2, 1, 3])
    return graph.linear(graph.reshape(mixed, 1, tokens, width), layer.merge)


def encoder_layer(graph: Graph, value: str, layer: Layer, tokens: int, width: int) -> str:
    """[1, tokens, width] -> the same."""
    normed = graph.norm(value, layer.norm_attention)
    value = graph.node("Add", value, attention(graph, normed, layer, tokens, width))
    hidden = graph.node("Relu", graph.linear(graph.norm(value, layer.norm_forward), layer.up))
    return graph.node("Add", value, graph.linear(hidden, layer.down))


def stem(graph: Graph, encoder: Encoder, frames: int, mels: int) -> str:
    """features [1, frames, mels] -> tokens [1, 1 + frames / 4, width], the class token first."""
    mean = graph.node("ReduceMean", "features", axes=[1, 2], keepdims=1)
    third_of = graph.constant(np.array(1 / 3, np.float32))
    level = graph.node("Mul", graph.node("Sub", "features", mean), third_of)
    value = graph.reshape(level, 1, 1, frames, mels)
    first, second, _ = encoder.stem.body
    value = graph.convolution(value, first[0], first[1])
    value = graph.convolution(value, second[0], second[1])
    value = graph.node("MaxPool", value, kernel_shape=[1, 2], strides=[1, 2])
    value = graph.node("Transpose", value, perm=[0, 2, 1, 3])
    value = graph.reshape(value, 1, frames // 4, encoder.stem.embed.in_features)
    weight = graph.constant(np.ascontiguousarray(numbers(encoder.stem.embed.weight).T))
    places = numbers(encoder.positions)[None]
    bias = graph.constant(places[:, 1:] + numbers(encoder.stem.embed.bias))
    value = graph.node("Add", graph.node("MatMul", value, weight), bias)
    return graph.node("Concat", graph.constant(places[:, :1]), value, axis=1)


def build(encoder: Encoder, frames: int, mels: int) -> onnx.ModelProto:
    """The whole model: features float32[1, frames, mels] -> scores float32[1, classes]."""
    graph = Graph()
    tokens, width = encoder.positions.shape
    value = stem(graph, encoder, frames, mels)
    for layer in encoder.layers:
        value = encoder_layer(graph, value, layer, tokens, width)
    first = graph.constant([0]), graph.constant([1]), graph.constant([1])
    value = graph.reshape(graph.node("Slice", value, *first), 1, width)
    value = graph.linear(graph.norm(value, encoder.norm), encoder.head)
    graph.node("Softmax", value, axis=-1, output="scores")
    inputs = [helper.make_tensor_value_info("features", TensorProto.FLOAT, [1, frames, mels])]
    classes = encoder.head.out_features
    outputs = [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, classes])]
    made = helper.make_graph(graph.nodes, "sound", inputs, outputs, graph.constants)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
