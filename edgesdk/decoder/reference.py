"""The reference: the forward pass of a decoder in numpy, written to be read, not to be fast.

Every backend is compared with it. One layer of the model, for hidden states h [n, hidden]::

    x = norm(h);  q, k, v = query(x), key(x), value(x);  turn q and k by their positions
    h += output(sub_norm(attention(q, k, v)))
    x = norm(h);  h += down(sub_norm(activation(gate(x)) * up(x)))

All of it is float32, except for the sums of a ternary layer, which are exact integers. A token's
numbers do not depend, to the bit, on how many tokens come with it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelRefused
from .limits import checked_context, checked_length, checked_tokens
from .reference_arithmetic import (
    activate,
    attend,
    product,
    quantise,
    rms_norm,
    rotate,
    ternary_sums,
)
from .session import Logits, Tokens
from .weights import DecoderModel, Dense, Floats, Layer, Linear, Vocabulary

T = TypeVar("T")
A = TypeVar("A", bound=NDArray[Any])
# Told the name of each value of a pass, such as "layers.0.query.sums", and the value [n, ...].
Trace = Callable[[str, NDArray[Any]], None]

HEAD_ROWS = 8192  # widened to float32 at a time
KEPT_BYTES = 256 << 20  # of decoded weights, so that a small model is decoded once


class Reference:
    """A decoder that keeps the keys and values of its tokens; see ``DecoderSession``.

    It decodes weights layer by layer, and keeps ``KEPT_BYTES`` of them. ``context``: room for
    tokens, at most the model's, which is the default. ``trace`` is told the int8 codes, the sums
    and the activations of every layer.
    """

    def __init__(
        self, model: DecoderModel, context: int | None = None, *, trace: Trace | None = None
    ) -> None:
        self._config, self._weights = model.config, model.weights
        self.text: Vocabulary | None = model.vocabulary
        self.vocabulary = model.config.vocabulary
        self.context = checked_context(context, model.config.context)
        self.position = 0
        self._trace = trace
        self._kept: dict[str, Any] = {}
        self._kept_bytes = 0
        c = self._config
        # The system gives memory for these zeros only where they are written; zeros_like writes.
        shape = c.layers, c.kv_heads, self.context, c.head_size
        self._keys, self._values = np.zeros(shape, np.float32), np.zeros(shape, np.float32)

    def prefill(self, tokens: Tokens, *, every: bool = False) -> Logits:
        """Append tokens; see ``DecoderSession.prefill``. Also raises ``ModelRefused``."""
        checked = checked_tokens(tokens, self.vocabulary, self.context - self.position)
        with np.errstate(all="ignore"):  # what overflows is found below
            hidden = self._forward(checked)
            logits = self._head(hidden if every else hidden[-1:])
        if not np.isfinite(logits).all():
            raise ModelRefused(
                "The model's numbers overflow",
                evidence="logits are infinite or not a number",
                next_step="Its weights are damaged, or were read in a wrong layout",
                code=134,
            )
        self.position += len(checked)
        return logits if every else logits[0]

    def decode(self, token: int) -> Logits:
        """Append one token; see ``DecoderSession.decode``."""
        return self.prefill([token])

    def rewind(self, length: int) -> None:
        """Keep the first ``length`` tokens; see ``DecoderSession.rewind``."""
        self.position = checked_length(length, self.position)

    def _forward(self, tokens: NDArray[np.int32]) -> Floats:
        """Hidden states [n, hidden] of new tokens after the last layer."""
        hidden: Floats = self._decoded("embedding", self._weights.embedding)[tokens]
        hidden = self._told("embedding", hidden.astype(np.float32))
        for index in range(self._config.layers):
            layer = self._decoded(f"layers.{index}", partial(self._weights.layer, index))
            hidden = hidden + self._attention(index, layer, hidden)
            hidden = self._told(f"layers.{index}.hidden", hidden + self._ffn(index, layer, hidden))
        return hidden

    def _attention(self, index: int, layer: Layer, hidden: Floats) -> Floats:
        config, name = self._config, f"layers.{index}"
        x = self._norm(f"{name}.attention_norm", hidden, layer.attention_norm)
        query = self._linear(f"{name}.query", layer.query, x)
        key = self._linear(f"{name}.key", layer.key, x)
        value = self._linear(f"{name}.value", layer.value, x)
        mixed = self._mix(index, *(_heads(y, config.head_size) for y in (query, key, value)))
        self._told(f"{name}.attention", mixed)
        if layer.attention_sub_norm is not None:
            mixed = self._norm(f"{name}.attention_sub_norm", mixed, layer.attention_sub_norm)
        return self._linear(f"{name}.output", layer.output, mixed)

    def _mix(self, index: int, query: Floats, key: Floats, value: Floats) -> Floats:
        """Attention of new tokens, each over those before it: [n, heads * head_size]."""
        config, start, count = self._config, self.position, len(query)
        positions = np.arange(start, start + count)
        frequencies = np.array(config.frequencies, np.float32)
        query = rotate(query, positions, frequencies, config.pairing)
        key = rotate(key, positions, frequencies, config.pairing)
        keys, values = self._keys[index], self._values[index]  # [kv_heads, context, head_size]
        keys[:, positions] = key.transpose(1, 0, 2)
        values[:, positions] = value.transpose(1, 0, 2)
        # Heads that follow each other share a key head.
        groups = query.reshape(count, config.kv_heads, -1, config.head_size)
        ends = positions + 1
        mixed = [
            attend(group, keys[:, :end], values[:, :end])
            for group, end in zip(groups, ends, strict=True)
        ]
        return np.stack(mixed).reshape(count, -1)

    def _ffn(self, index: int, layer: Layer, hidden: Floats) -> Floats:
        name = f"layers.{index}"
        x = self._norm(f"{name}.ffn_norm", hidden, layer.ffn_norm)
        gate = self._linear(f"{name}.gate", layer.gate, x)
        up = self._linear(f"{name}.up", layer.up, x)
        gated = self._told(f"{name}.gated", activate(gate, self._config.activation) * up)
        if layer.ffn_sub_norm is not None:
            gated = self._norm(f"{name}.ffn_sub_norm", gated, layer.ffn_sub_norm)
        return self._linear(f"{name}.down", layer.down, gated)

    def _head(self, hidden: Floats) -> Logits:
        """Logits [n, vocabulary]."""
        x = self._norm("final_norm", hidden, self._weights.final_norm())
        head = self._decoded("head", self._weights.head)
        if head is None:
            head = self._decoded("embedding", self._weights.embedding)
        parts = [
            product(head[first : first + HEAD_ROWS].astype(np.float32), x)
            for first in range(0, len(head), HEAD_ROWS)
        ]
        return self._told("logits", np.concatenate(parts, axis=1))

    def _norm(self, name: str, x: Floats, weights: Floats) -> Floats:
        return self._told(name, rms_norm(x, weights, self._config.norm_epsilon))

    def _linear(self, name: str, weights: Linear, x: Floats) -> Floats:
        """One linear layer, for x [n, in]: [n, out]."""
        if isinstance(weights, Dense):
            return self._told(name, product(weights.weights, x))
        q, absmax = quantise(x)
        sums = ternary_sums(weights.codes, q)
        self._told(f"{name}.codes", q)
        self._told(f"{name}.absmax", absmax)
        self._told(f"{name}.sums", sums)
        scale = np.float32(weights.scale) * absmax / np.float32(127)  # [n, 1]
        return self._told(name, sums.astype(np.float32) * scale)

    def _decoded(self, name: str, read: Callable[[], T]) -> T:
        """Some weights: those that were kept, or as they are read now."""
        if name in self._kept:
            found: T = self._kept[name]
            return found
        found = read()
        size = _bytes(found)
        if self._kept_bytes + size <= KEPT_BYTES:
            self._kept[name] = found
            self._kept_bytes += size
        return found

    def _told(self, name: str, values: A) -> A:
        """The values, after the trace has seen them."""
        if self._trace is not None:
            self._trace(name, values)
        return values


def _heads(x: Floats, head_size: int) -> Floats:
    """x [n, heads * head_size] as [n, heads, head_size]."""
    return x.reshape(len(x), -1, head_size)


def _bytes(weights: object) -> int:
    """Memory of an array, or of a layer's arrays."""
    if isinstance(weights, np.ndarray):
        return weights.nbytes
    fields = vars(weights).values() if weights is not None else ()
    return sum(_bytes(field) for field in fields if not isinstance(field, float))
