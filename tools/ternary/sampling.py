"""What the teacher tells: many stories at once, sampled with a key and value cache."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from .shapes import angles
from .teacher import THETA, Teacher

BEGINNING = 1


class Cache:
    """Keys and values of the positions so far, for each layer [batch, heads, positions, size]."""

    def __init__(self, teacher: Teacher, batch: int) -> None:
        shape = teacher.shape
        sizes = (shape.layers, batch, shape.kv_heads, shape.context, shape.head_size)
        self.keys = torch.zeros(sizes)
        self.values = torch.zeros(sizes)

    def attend(self, layer: int, position: int, heads: list[Tensor]) -> Tensor:
        """Attention of one new position, [batch, 1, width], from its query, key and value."""
        query, key, value = heads
        self.keys[layer, :, :, position] = key[:, :, 0]
        self.values[layer, :, :, position] = value[:, :, 0]
        batch, count, _, size = query.shape
        kv_heads = key.shape[1]
        # The query heads that share a key head go as rows of one product.
        rows = query.view(batch, kv_heads, count // kv_heads, size)
        keys = self.keys[layer, :, :, : position + 1]
        values = self.values[layer, :, :, : position + 1]
        mixed = functional.scaled_dot_product_attention(rows, keys, values)
        return mixed.reshape(batch, 1, count * size)


@torch.no_grad()
def sample(teacher: Teacher, batch: int, length: int, seed: int) -> NDArray[np.uint16]:
    """``batch`` sequences of ``length`` tokens at temperature 1, each from the beginning token."""
    choice = torch.Generator().manual_seed(seed)
    cache = Cache(teacher, batch)
    tokens = torch.full((batch, length), BEGINNING)
    for position in range(length - 1):
        probabilities = next_logits(teacher, cache, tokens[:, position], position).softmax(-1)
        tokens[:, position + 1] = torch.multinomial(probabilities, 1, generator=choice)[:, 0]
    return tokens.numpy().astype(np.uint16)


def next_logits(teacher: Teacher, cache: Cache, tokens: Tensor, position: int) -> Tensor:
    """Logits [batch, vocabulary] after ``tokens`` [batch] at ``position``."""
    turns = angles(teacher.shape.head_size, THETA, position, 1)
    hidden = teacher.weights["embedding"][tokens][:, None]
    for layer in range(teacher.shape.layers):
        heads = teacher.heads(layer, hidden, turns)
        hidden = teacher.finish(layer, hidden, cache.attend(layer, position, heads))
    return teacher.logits(hidden)[:, 0]


def shard(teacher: Teacher, folder: Path, seed: int, batch: int = 512) -> NDArray[np.uint16]:
    """The sequences [batch, context] of ``seed``, from ``folder`` where they were told before."""
    path = folder / f"stories-{seed}-{batch}.npy"
    if path.exists():
        return np.asarray(np.load(path), dtype=np.uint16)
    told = sample(teacher, batch, teacher.shape.context, seed)
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part.npy")
    np.save(unfinished, told)
    unfinished.replace(path)
    return told
