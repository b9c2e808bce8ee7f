"""What a decoder-only language model is made of: sizes, constants, and where formats differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# Which two entries of a head RoPE turns as one pair: i and i + head_size / 2 (Hugging Face), or
# 2 i and 2 i + 1 (Meta's checkpoints, llama2.c).
HALVES, ADJACENT = "halves", "adjacent"
SILU, RELU2 = "silu", "relu2"


@dataclass(frozen=True)
class DecoderConfig:
    """The shape of a decoder and the constants of its arithmetic.

    ``context``: positions that it was trained for, which is also the most a cache holds.
    ``frequencies``: RoPE's angles per position, one for each pair of a head (radians a position),
    with every scaling of the format applied. ``sub_norms``: whether each layer has a norm before
    its attention output and before its down projection (BitNet b1.58). ``tied``: the embedding is
    also the head.
    """

    vocabulary: int
    hidden: int
    intermediate: int
    layers: int
    heads: int
    kv_heads: int
    head_size: int
    context: int
    frequencies: tuple[float, ...]
    norm_epsilon: float = 1e-5
    activation: str = SILU
    pairing: str = HALVES
    sub_norms: bool = False
    tied: bool = True
    provenance: Mapping[str, str] = field(default_factory=dict, compare=False)


def rope_frequencies(head_size: int, theta: float) -> tuple[float, ...]:
    """``theta ** (-2 i / head_size)`` for each pair i (RoFormer, arXiv 2104.09864)."""
    return tuple(float(theta ** (-2.0 * i / head_size)) for i in range(head_size // 2))
