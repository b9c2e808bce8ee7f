"""Pieces that teacher and student share: RMSNorm, rotary positions, causal attention."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def norm(values: Tensor, weight: Tensor, epsilon: float = 1e-5) -> Tensor:
    """``values`` [..., n] over their root mean square, times ``weight`` [n]."""
    return functional.rms_norm(values, weight.shape, weight, epsilon)


def angles(head_size: int, theta: float, first: int, length: int) -> tuple[Tensor, Tensor]:
    """Cosine and sine [length, head_size / 2] of positions ``first`` onwards."""
    pairs = torch.arange(0, head_size, 2, dtype=torch.float32) / head_size
    turns = torch.outer(torch.arange(first, first + length, dtype=torch.float32), theta**-pairs)
    return torch.cos(turns), torch.sin(turns)


def rotate(heads: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Turn entry i with entry i + size / 2 of each head [..., positions, size]."""
    low, high = heads.chunk(2, dim=-1)
    return torch.cat((low * cosine - high * sine, high * cosine + low * sine), dim=-1)


def split(values: Tensor, heads: int) -> Tensor:
    """[batch, positions, heads * size] as [batch, heads, positions, size]."""
    batch, positions, width = values.shape
    return values.view(batch, positions, heads, width // heads).transpose(1, 2)


def attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Causal attention of [batch, heads, positions, size], joined to [batch, positions, width]."""
    repeat = query.shape[1] // key.shape[1]
    if repeat > 1:
        key, value = (each.repeat_interleave(repeat, dim=1) for each in (key, value))
    mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
    return mixed.transpose(1, 2).flatten(2)
