"""The encoder's weights as numpy, read back from the ONNX file that ``sound/graph.py`` made.

They come in a form that suits integers better and gives the same answers:

- the gain and bias of each layer normalisation are folded into the linear layers behind it;
- tokens are only ever read through a normalisation, which takes their mean away. Here they are
  written without it, so that the normalisation has nothing to take away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

Array = NDArray[np.float64]


@dataclass
class Convolution:
    """3x3, stride 2, one zero around the map, ReLU."""

    weight: Array  # [out, 3, 3, in]
    bias: Array  # [out]


@dataclass
class Linear:
    """value @ weight + bias."""

    weight: Array  # [in, out]
    bias: Array  # [out]


@dataclass
class Layer:
    """One encoder layer. Query, key, value and up take normalised tokens."""

    query: Linear
    key: Linear
    value: Linear
    merge: Linear
    up: Linear
    down: Linear
    heads: int


@dataclass
class Weights:
    """The whole model, from features without their mean to logits."""

    stem: list[Convolution]
    embed: Linear  # [bands * channels, width]
    positions: Array  # [frames, width], what is added to each frame's token
    token: Array  # [1, width], the class token
    layers: list[Layer]
    head: Linear


def read_weights(path: Path) -> tuple[Weights, dict[str, str]]:
    """The weights and the metadata of a model that ``tools/train_sound.py`` wrote."""
    model = onnx.load(path)
    nodes = _Nodes(model.graph)
    stem = [Convolution(*constants) for constants in nodes.convolutions()]
    stem[0].weight *= nodes.first_constants("Mul")[0]
    embed, *linears, head = nodes.linears()
    *norms, last_norm = nodes.norms()
    layers = [
        _layer(linears[6 * i : 6 * i + 6], norms[2 * i : 2 * i + 2], nodes.heads())
        for i in range(len(norms) // 2)
    ]
    projection = _bands_first(embed.weight, channels=len(stem[-1].bias))
    weights = Weights(
        stem=stem,
        embed=_without_mean(Linear(projection, np.zeros(projection.shape[1]))),
        positions=_centred(embed.bias),
        token=_centred(nodes.first_constants("Concat")[0][0].astype(np.float64)),
        layers=layers,
        head=_behind_norm(head, *last_norm),
    )
    return weights, {entry.key: entry.value for entry in model.metadata_props}


class _Nodes:
    """The graph's nodes by kind, in order, with the constants that they take."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self.nodes = list(graph.node)
        self.values = {c.name: numpy_helper.to_array(c) for c in graph.initializer}

    def convolutions(self) -> Iterator[tuple[Array, Array]]:
        """Weights [out, 3, 3, in] and biases."""
        for weight, bias in self.constants("Conv"):
            yield weight.transpose(0, 2, 3, 1), bias

    def norms(self) -> list[list[Array]]:
        """Gains and biases."""
        return self.constants("LayerNormalization")

    def linears(self) -> Iterator[Linear]:
        """Each product with a constant, and what is added to it."""
        added = {node.input[0]: self._constants_of(node) for node in self._of("Add")}
        for node in self._of("MatMul"):
            for weight in self._constants_of(node):
                yield Linear(weight, np.squeeze(added[node.output[0]][0]))

    def heads(self) -> int:
        """Tokens are reshaped to [1, tokens, heads, width / heads]; the stem has one channel."""
        shapes = self.first_constants("Reshape")
        return next(int(shape[2]) for shape in shapes if len(shape) == 4 and shape[1] > 1)

    def first_constants(self, kind: str) -> list[Array]:
        """The first constant of each node that has one."""
        return [values[0] for values in self.constants(kind) if values]

    def constants(self, kind: str) -> list[list[Array]]:
        """All constants of each node."""
        return [self._constants_of(node) for node in self._of(kind)]

    def _of(self, kind: str) -> list[onnx.NodeProto]:
        return [node for node in self.nodes if node.op_type == kind]

    def _constants_of(self, node: onnx.NodeProto) -> list[Array]:
        names = [name for name in node.input if name in self.values]
        return [self.values[name].astype(np.float64) for name in names]


def _layer(linears: list[Linear], norms: list[list[Array]], heads: int) -> Layer:
    query, key, value, merge, up, down = linears
    asked = [_behind_norm(part, *norms[0]) for part in (query, key, value)]
    up, down = _behind_norm(up, *norms[1]), _without_mean(down)
    return Layer(*asked, _without_mean(merge), up, down, heads)


def _behind_norm(linear: Linear, gain: Array, bias: Array) -> Linear:
    """The same on tokens without that gain and bias."""
    return Linear(gain[:, None] * linear.weight, linear.bias + bias @ linear.weight)


def _without_mean(linear: Linear) -> Linear:
    """The same, with the mean of what it gives taken away."""
    return Linear(_centred(linear.weight), _centred(linear.bias))


def _centred(values: Array) -> Array:
    return np.asarray(values - values.mean(-1, keepdims=True))


def _bands_first(weight: Array, channels: int) -> Array:
    """[channels * bands, out] -> [bands * channels, out]: ONNX maps have channels first."""
    width = weight.shape[1]
    return weight.reshape(channels, -1, width).transpose(1, 0, 2).reshape(-1, width)
