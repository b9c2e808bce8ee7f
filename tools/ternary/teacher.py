"""The teacher: a llama2.c checkpoint (version 0, float32) in PyTorch."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from .shapes import angles, attend, norm, rotate, split

HEADER = struct.Struct("<7i")
THETA = 10000.0


@dataclass(frozen=True)
class Shape:
    """The header of the file."""

    hidden: int
    intermediate: int
    layers: int
    heads: int
    kv_heads: int
    vocabulary: int
    context: int

    @property
    def head_size(self) -> int:
        """Entries of a head."""
        return self.hidden // self.heads

    def tensors(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of each tensor, in the order of the file."""
        layers, hidden, inner = self.layers, self.hidden, self.intermediate
        narrow = self.kv_heads * self.head_size
        return {
            "embedding": (self.vocabulary, hidden),
            "attention_norm": (layers, hidden),
            "query": (layers, hidden, hidden),
            "key": (layers, narrow, hidden),
            "value": (layers, narrow, hidden),
            "output": (layers, hidden, hidden),
            "ffn_norm": (layers, hidden),
            "gate": (layers, inner, hidden),
            "down": (layers, hidden, inner),
            "up": (layers, inner, hidden),
            "final_norm": (hidden,),
        }


def halves(weight: Tensor, heads: int) -> Tensor:
    """Rows of each head reordered so that the pairs (2 i, 2 i + 1) become (i, i + size / 2)."""
    layers, rows, columns = weight.shape
    pairs = weight.view(layers, heads, rows // heads // 2, 2, columns)
    return pairs.transpose(2, 3).reshape(layers, rows, columns).contiguous()


class Teacher:
    """Logits of the llama2.c model in ``path``."""

    def __init__(self, path: Path) -> None:
        content = path.read_bytes()
        self.shape = Shape(*HEADER.unpack_from(content))
        values = np.frombuffer(content, "<f4", offset=HEADER.size)
        self.weights: dict[str, Tensor] = {}
        start = 0
        for name, sizes in self.shape.tensors().items():
            part = values[start : start + prod(sizes)].reshape(sizes)
            self.weights[name] = torch.from_numpy(part.copy())
            start += prod(sizes)
        for name, heads in (("query", self.shape.heads), ("key", self.shape.kv_heads)):
            self.weights[name] = halves(self.weights[name], heads)

    def heads(self, layer: int, hidden: Tensor, turns: tuple[Tensor, Tensor]) -> list[Tensor]:
        """Query, key and value heads [batch, heads, positions, size] of ``hidden``."""
        weights, shape = self.weights, self.shape
        normed = norm(hidden, weights["attention_norm"][layer])
        counts = {"query": shape.heads, "key": shape.kv_heads, "value": shape.kv_heads}
        parts = [
            split(functional.linear(normed, weights[name][layer]), count)
            for name, count in counts.items()
        ]
        return [rotate(parts[0], *turns), rotate(parts[1], *turns), parts[2]]

    def finish(self, layer: int, hidden: Tensor, mixed: Tensor) -> Tensor:
        """The rest of a layer, after attention has mixed the values."""
        weights = self.weights
        hidden = hidden + functional.linear(mixed, weights["output"][layer])
        normed = norm(hidden, weights["ffn_norm"][layer])
        gate = functional.silu(functional.linear(normed, weights["gate"][layer]))
        inner = gate * functional.linear(normed, weights["up"][layer])
        return hidden + functional.linear(inner, weights["down"][layer])

    def logits(self, hidden: Tensor) -> Tensor:
        """Logits [..., vocabulary] of the last layer's ``hidden``."""
        return functional.linear(
            norm(hidden, self.weights["final_norm"]), self.weights["embedding"]
        )

    @torch.no_grad()
    def forward(self, tokens: Tensor) -> Tensor:
        """Logits [batch, positions, vocabulary] after each of ``tokens`` [batch, positions]."""
        turns = angles(self.shape.head_size, THETA, 0, tokens.shape[1])
        hidden = self.weights["embedding"][tokens]
        for layer in range(self.shape.layers):
            hidden = self.finish(layer, hidden, attend(*self.heads(layer, hidden, turns)))
        return self.logits(hidden)
