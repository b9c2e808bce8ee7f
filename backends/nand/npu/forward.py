"""The forward pass of a quantised decoder, whoever multiplies its matrices.

One layer, for hidden states h [n, hidden], each matrix's inputs quantised before it::

    x = norm(h);  q, k, v = query_key_value(x);  turn q and k by their positions
    h += attention_output(sub_norm(attention(q, k, v)))
    x = norm(h);  gate, up = gate_up(x);  h += down(sub_norm(activation(gate) * up))

Matrix products are exact integers. All else is float32, by the reference's own functions. A token's
numbers do not depend, to the bit, on how many tokens come with it, nor on the machine: attention
and activations are float64, rounded once, since libraries add otherwise on each processor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgesdk.decoder.reference_arithmetic import activate, attend, rms_norm, rotate

from ..quantise.model_file import ModelFile
from ..quantise.shape import Matrix
from .activations import MOST_CODE, quantised
from .cache import Cache
from .products import Products

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class _Linear:
    """A matrix, the scale of each row [rows], what its inputs are multiplied with [inputs]."""

    matrix: Matrix
    scales: Floats
    smoothing: Floats | None


@dataclass(frozen=True)
class _Layer:
    """Norms as in ``edgesdk.decoder.weights.Layer``."""

    attention_norm: Floats
    attention_sub_norm: Floats | None
    ffn_norm: Floats
    ffn_sub_norm: Floats | None
    query_key_value: _Linear
    attention_output: _Linear
    gate_up: _Linear
    down: _Linear


class Forward:
    """The pass over a model file. It copies norms and scales from it; the embedding stays there."""

    def __init__(self, file: ModelFile, products: Products, context: int) -> None:
        self._shape, self._products = file.shape, products
        self._frequencies = file.table("frequencies").copy()
        self._embedding = file.table("embedding")
        self._layers = [_layer(file, index) for index in range(file.shape.layers)]
        self._final_norm = file.table("final_norm").copy()
        self._head = _linear(file, file.shape.head)
        self._cache = Cache(file.shape, context)

    def states(self, tokens: NDArray[np.int32], position: int) -> Floats:
        """Hidden states [n, hidden] of tokens from a position on; those before are in the cache."""
        hidden = self._embedding[tokens].astype(np.float32)
        for index, layer in enumerate(self._layers):
            hidden = hidden + self._attention(index, layer, hidden, position)
            hidden = hidden + self._feed_forward(layer, hidden)
        return hidden

    def final(self, hidden: Floats) -> Floats:
        """What the head multiplies, [n, hidden]."""
        return self._norm(hidden, self._final_norm)

    def logits(self, final: Floats) -> Floats:
        """float32 [n, vocabulary]."""
        return self._multiplied(self._head, final)

    def _attention(self, index: int, layer: _Layer, hidden: Floats, position: int) -> Floats:
        fused = self._multiplied(layer.query_key_value, self._norm(hidden, layer.attention_norm))
        mixed = self._mixed(index, fused, position)
        if layer.attention_sub_norm is not None:
            mixed = self._norm(mixed, layer.attention_sub_norm)
        return self._multiplied(layer.attention_output, mixed)

    def _mixed(self, index: int, fused: Floats, position: int) -> Floats:
        """Attention of new tokens, each over those before it: [n, heads * head_size].

        ``fused``: their queries, keys and values, [n, (heads + 2 kv_heads) * head_size].
        """
        shape, count = self._shape, len(fused)
        heads = fused.reshape(count, -1, shape.head_size)
        turning, values = heads[:, : -shape.kv_heads], heads[:, -shape.kv_heads :]
        positions = np.arange(position, position + count)
        turned = rotate(turning, positions, self._frequencies, shape.pairing)
        queries, new_keys = turned[:, : shape.heads], turned[:, shape.heads :]
        kept = self._cache.append(index, position, new_keys, values)
        keys, all_values = (part[:, : position + count].astype(np.float64) for part in kept)
        # Heads that follow each other share a key head.
        groups = queries.astype(np.float64).reshape(count, shape.kv_heads, -1, shape.head_size)
        mixed = [
            attend(group, keys[:, :end], all_values[:, :end])
            for group, end in zip(groups, positions + 1, strict=True)
        ]
        return np.stack(mixed).reshape(count, -1).astype(np.float32)

    def _feed_forward(self, layer: _Layer, hidden: Floats) -> Floats:
        fused = self._multiplied(layer.gate_up, self._norm(hidden, layer.ffn_norm))
        gate, up = fused[:, : self._shape.intermediate], fused[:, self._shape.intermediate :]
        gated = activate(gate.astype(np.float64), self._shape.activation).astype(np.float32) * up
        if layer.ffn_sub_norm is not None:
            gated = self._norm(gated, layer.ffn_sub_norm)
        return self._multiplied(layer.down, gated)

    def _norm(self, x: Floats, weights: Floats) -> Floats:
        return rms_norm(x, weights, self._shape.norm_epsilon)

    def _multiplied(self, linear: _Linear, x: Floats) -> Floats:
        """One matrix, for x [n, inputs]: [n, rows]."""
        matrix = linear.matrix
        if linear.smoothing is not None:
            x = x * linear.smoothing
        codes, absmax = quantised(x, matrix.activation_bytes)
        sums = self._products.sums(matrix.name, codes).astype(np.float32)
        found: Floats = sums * (linear.scales * absmax / MOST_CODE[matrix.activation_bytes])
        return found


def _layer(file: ModelFile, index: int) -> _Layer:
    at = f"layers.{index}."
    linears = {m.name.removeprefix(at): _linear(file, m) for m in file.shape.layer_matrices(index)}
    return _Layer(
        attention_norm=file.table(at + "attention_norm").copy(),
        attention_sub_norm=_sub_norm(file, at + "attention_sub_norm"),
        ffn_norm=file.table(at + "ffn_norm").copy(),
        ffn_sub_norm=_sub_norm(file, at + "ffn_sub_norm"),
        **linears,
    )


def _sub_norm(file: ModelFile, name: str) -> Floats | None:
    return file.table(name).copy() if file.shape.sub_norms else None


def _linear(file: ModelFile, matrix: Matrix) -> _Linear:
    smoothing = file.smoothing(matrix.name)
    copied = None if smoothing is None else smoothing.copy()
    return _Linear(matrix, file.scales(matrix.name).copy(), copied)
