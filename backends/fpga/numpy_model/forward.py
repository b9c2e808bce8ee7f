"""A forward pass, stage by stage; a trace hears of each stage by the names of the reference's."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from edgesdk.decoder.reference import Trace

from .call import Call
from .floats import Floats, add, flushed, from_half, multiply, to_half
from .layers import attend, gated, rotate, scaled
from .memory import DeviceMemory
from .norms import LARGEST_HEAD_CODE, quantise, root_mean_square_norm
from .ternary import Matrices, sums

A = TypeVar("A", bound=NDArray[Any])

CHUNK = 8  # tokens that attention treats at a time, so that its scores need little memory
HEAD_ROWS = 8192  # widened at a time


class ForwardPass:
    """One call's tokens, through all layers. Shapes are [tokens, ...] unless they say more."""

    def __init__(
        self, call: Call, memory: DeviceMemory, matrices: Matrices, trace: Trace | None = None
    ) -> None:
        self._call, self._memory, self._matrices = call, memory, matrices
        self._trace = trace
        self._rotations = memory.rotations()

    def run(self) -> None:
        """From the embeddings in memory to final states and logits in memory."""
        states = self._memory.states()
        hidden = self._told("embedding", flushed(states))
        for layer in range(self._call["layers"]):
            hidden = add(hidden, self._attention(layer, hidden))
            hidden = self._told(f"layers.{layer}.hidden", add(hidden, self._ffn(layer, hidden)))
        weights = self._memory.norm(self._call["layers"], "attention_norm")
        final = self._told("final_norm", self._normed(hidden, weights, "inverse_hidden"))
        states[:] = final
        if self._call.wanted:
            self._head(final[self._call["logits_from"] :])

    def _attention(self, layer: int, hidden: Floats) -> Floats:
        x = self._norm(layer, "attention_norm", hidden, "inverse_hidden")
        query = self._heads(self._linear(layer, "query", x))
        key = self._heads(self._linear(layer, "key", x))
        value = self._heads(self._linear(layer, "value", x))
        query = multiply(rotate(query, self._rotations), self._call.floats["attention_scale"])
        self._store("keys", layer, rotate(key, self._rotations))
        self._store("values", layer, value)
        mixed = self._told(f"layers.{layer}.attention", self._attended(layer, query))
        if self._call.has("sub_norms"):
            mixed = self._norm(layer, "attention_sub_norm", mixed, "inverse_width")
        return self._linear(layer, "output", mixed)

    def _attended(self, layer: int, query: Floats) -> Floats:
        """What the heads found, side by side."""
        start = self._call["start"]
        keys, values = self._seen("keys", layer), self._seen("values", layer)
        parts = []
        for first in range(0, len(query), CHUNK):
            part = query[first : first + CHUNK]
            end = start + first + len(part)
            parts.append(attend(part, keys[:, :end], values[:, :end]))
        return np.concatenate(parts).reshape(len(query), -1)

    def _ffn(self, layer: int, hidden: Floats) -> Floats:
        x = self._norm(layer, "ffn_norm", hidden, "inverse_hidden")
        gate, up = self._linear(layer, "gate", x), self._linear(layer, "up", x)
        z = gated(gate, up, relu_squared=self._call.has("relu_squared"))
        self._told(f"layers.{layer}.gated", z)
        if self._call.has("sub_norms"):
            z = self._norm(layer, "ffn_sub_norm", z, "inverse_intermediate")
        return self._linear(layer, "down", z)

    def _head(self, final: Floats) -> None:
        """Logits of int8 rows."""
        codes, absmax = quantise(final, LARGEST_HEAD_CODE)
        rows, scales = self._memory.head()
        exact = codes.astype(np.float64)  # a sum is less than 2^53 however it is ordered
        parts = [
            exact @ rows[first : first + HEAD_ROWS, : exact.shape[1]].astype(np.float64).T
            for first in range(0, len(rows), HEAD_ROWS)
        ]
        found = np.concatenate(parts, axis=1).astype(np.int64)
        logits = self._memory.logits()
        logits[:] = 0
        logits[:, : len(rows)] = self._told("logits", scaled(found, absmax, scales))

    def _linear(self, layer: int, name: str, x: Floats) -> Floats:
        """A ternary matmul of x, quantised."""
        codes, absmax = quantise(x)
        place = layer * len(self._call.matrices()) + list(self._call.matrices()).index(name)
        streams = self._memory.streams(layer, name)
        weights = self._matrices.weights(place, streams, *self._call.matrices()[name])
        found = sums(codes, weights)
        full = f"layers.{layer}.{name}"
        self._told(f"{full}.codes", codes)
        self._told(f"{full}.absmax", absmax)
        self._told(f"{full}.sums", found)
        return self._told(full, scaled(found, absmax, self._memory.scale(layer, name)))

    def _norm(self, layer: int, name: str, x: Floats, inverse: str) -> Floats:
        normed = self._normed(x, self._memory.norm(layer, name), inverse)
        return self._told(f"layers.{layer}.{name}", normed)

    def _normed(self, x: Floats, weights: Floats, inverse: str) -> Floats:
        floats = self._call.floats
        return root_mean_square_norm(x, weights, floats["epsilon"], floats[inverse])

    def _heads(self, x: Floats) -> Floats:
        """[tokens, heads, head_size]."""
        return x.reshape(len(x), -1, self._call["head_size"])

    def _store(self, name: str, layer: int, x: Floats) -> None:
        """Put the heads' new rows into the cache."""
        start, half = self._call["start"], self._call["head_size"] // 2
        rows = to_half(x).transpose(1, 0, 2)  # [kv_heads, tokens, head_size]
        first, second = self._memory.cache(name, layer)
        first[:, start : start + len(x)] = rows[..., :half]
        second[:, start : start + len(x)] = rows[..., half:]

    def _seen(self, name: str, layer: int) -> Floats:
        """The cache up to the call's last position: [kv_heads, seen, head_size]."""
        end = self._call["start"] + self._call["tokens"]
        parts = [part[:, :end] for part in self._memory.cache(name, layer)]
        return from_half(np.concatenate(parts, axis=-1))

    def _told(self, name: str, values: A) -> A:
        """The values, after the trace has seen them."""
        if self._trace is not None:
            self._trace(name, values)
        return values
