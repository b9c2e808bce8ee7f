"""The encoder as TFLite operators. Tokens stand along the first axis, [tokens, 1, width].

The class token is small and the frames' tokens are large, so that on one scale the class token
would be lost. They are added up as two tensors, each with a scale of its own, and only meet where
they have been normalised. Nobody reads the last layer's frames: they are not computed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .graph import RELU, Graph, Tensor, constant
from .weights import Layer, Linear, Weights

EPSILON = 1e-5  # of the mean square, in torch.nn.LayerNorm


@dataclass
class Tokens:
    """The class token [1, 1, width] and the frames' [frames, 1, width], as long as those matter."""

    token: Tensor
    frames: Tensor | None


def build(weights: Weights, frames: int, mels: int) -> Graph:
    """features float32[1, frames, mels] -> scores float32[1, classes]."""
    graph = Graph(Tensor("features", (1, frames, mels)))
    token = constant("token", weights.token[None], wide=True)
    tokens = Tokens(token, stem(graph, weights, frames, mels))
    for index, layer in enumerate(weights.layers):
        last = index == len(weights.layers) - 1
        tokens = encoder_layer(graph, f"layer{index}", tokens, layer, last=last)
    value = linear(graph, "head", norms(graph, "head/norm", tokens), weights.head)
    graph.softmax("scores", graph.reshape("logits", value, 1, len(weights.head.bias)))
    return graph


def stem(graph: Graph, weights: Weights, frames: int, mels: int) -> Tensor:
    """Features -> a token for every 4 frames."""
    level = graph.binary("SUB", "level", graph.input, graph.mean("mean", graph.input, (1, 2)))
    value = graph.reshape("map", level, 1, frames, mels, 1)
    for index, made in enumerate(weights.stem):
        name = f"stem{index}"
        value = graph.pad(f"{name}/pad", value, (0, 1, 1, 0))  # what is behind is never read
        weight, bias = constant(f"{name}/weight", made.weight), constant(f"{name}/bias", made.bias)
        value = graph.convolution(name, value, weight, bias)
    value = graph.peaks("peaks", value)
    value = graph.reshape("rows", value, value.shape[1], 1, value.shape[2] * value.shape[3])
    value = graph.cast(linear(graph, "embed", value, weights.embed), wide=True)
    positions = constant("positions", weights.positions[:, None], wide=True)
    return graph.binary("ADD", "placed", value, positions)


def encoder_layer(graph: Graph, name: str, tokens: Tokens, layer: Layer, *, last: bool) -> Tokens:
    """Attention, then the feed-forward net; the last layer answers for the class token alone."""
    normed = norms(graph, f"{name}/norm", tokens)
    asking = graph.slice(f"{name}/asking", normed, 0, 1) if last else normed
    tokens = Tokens(tokens.token, None) if last else tokens
    heard = attention(graph, name, asking, normed, layer)
    tokens = add(graph, f"{name}/heard", tokens, heard)
    hidden = linear(graph, f"{name}/up", norms(graph, f"{name}/norm2", tokens), layer.up, RELU)
    return add(graph, f"{name}/out", tokens, linear(graph, f"{name}/down", hidden, layer.down))


def attention(graph: Graph, name: str, asking: Tensor, answering: Tensor, layer: Layer) -> Tensor:
    """What each asking token hears from the answering ones; both are normalised."""
    count, _, width = asking.shape
    query = by_heads(graph, f"{name}/query", asking, layer.query, layer.heads)
    key = by_heads(graph, f"{name}/key", answering, layer.key, layer.heads)
    value = by_heads(graph, f"{name}/value", answering, layer.value, layer.heads)
    fit = graph.product(f"{name}/fit", query, key, transposed=True)
    shares = graph.softmax(f"{name}/shares", fit)
    mixed = graph.product(f"{name}/mixed", shares, value, transposed=False)
    mixed = graph.transpose(f"{name}/mixed/turned", mixed, 1, 0, 2)
    mixed = graph.reshape(f"{name}/mixed/joined", mixed, count, 1, width)
    return linear(graph, f"{name}/merge", mixed, layer.merge)


def by_heads(graph: Graph, name: str, value: Tensor, made: Linear, heads: int) -> Tensor:
    """[tokens, 1, width] -> [heads, tokens, width / heads], behind a linear layer."""
    count, _, width = value.shape
    value = linear(graph, name, value, made)
    value = graph.reshape(f"{name}/split", value, count, heads, width // heads)
    return graph.transpose(f"{name}/turned", value, 1, 0, 2)


def norms(graph: Graph, name: str, tokens: Tokens) -> Tensor:
    """All tokens normalised, the class token first, in int8 for what follows."""
    value = norm(graph, f"{name}/token", tokens.token)
    if tokens.frames is not None:
        value = graph.concatenate(name, value, norm(graph, f"{name}/frames", tokens.frames))
    return graph.cast(value, wide=False)


def norm(graph: Graph, name: str, value: Tensor) -> Tensor:
    """Tokens of mean 0 -> tokens of mean square 1.

    What layer normalisation adds to the mean square is far below one step of int16.
    """
    if value.data is not None:  # the class token, as the first layer reads it
        data = value.data.astype(np.float64)
        energy = (data**2).mean(-1, keepdims=True) + EPSILON
        return constant(name, data / np.sqrt(energy), wide=True)
    energy = graph.mean(f"{name}/energy", graph.binary("MUL", f"{name}/square", value, value), (2,))
    return graph.binary("MUL", name, value, graph.unary("RSQRT", f"{name}/scale", energy))


def add(graph: Graph, name: str, tokens: Tokens, value: Tensor) -> Tokens:
    """Add to each token what is its own."""
    value = graph.cast(value, wide=True)
    if tokens.frames is None:
        return Tokens(graph.binary("ADD", f"{name}/token", value, tokens.token), None)
    first = graph.slice(f"{name}/first", value, 0, 1)
    rest = graph.slice(f"{name}/rest", value, 1, value.shape[0])
    return Tokens(
        graph.binary("ADD", f"{name}/token", first, tokens.token),
        graph.binary("ADD", f"{name}/frames", rest, tokens.frames),
    )


def linear(graph: Graph, name: str, value: Tensor, made: Linear, activation: int = 0) -> Tensor:
    """A linear layer with its constants."""
    weight, bias = constant(f"{name}/weight", made.weight.T), constant(f"{name}/bias", made.bias)
    return graph.linear(name, value, weight, bias, activation)
