"""Attention over the cache of one layer: the NPU and its DRAM, while the flash waits."""

from __future__ import annotations

from dataclasses import dataclass

from ..design.design import Design
from ..workload.workload import Workload
from .slot import DRAM, NPU

SPECIAL = "special functions"
SOFTMAX_OPERATIONS = 5  # of a score: largest, subtract, exponential, add, divide


@dataclass(frozen=True)
class AttentionTime:
    """One layer's attention, for one token or a prompt.

    Bytes of the cache, products, seconds of each part.
    """

    read_bytes: int
    written_bytes: int
    macs: int
    seconds: dict[str, float]

    @property
    def longest(self) -> float:
        """Rows of the cache stream through the NPU, so its parts run beside each other."""
        return max(self.seconds.values())


def attention_time(design: Design, workload: Workload, context: int) -> AttentionTime:
    """Of a token that sees ``context`` earlier positions."""
    return _attention_of(design, workload, context, 1, context)


def prompt_attention(design: Design, workload: Workload, tokens: int) -> AttentionTime:
    """Of a prompt: each token sees those before it and itself; the cache moves once."""
    return _attention_of(design, workload, tokens, tokens, tokens * (tokens + 1) // 2)


def _attention_of(
    design: Design, workload: Workload, read: int, written: int, seen: int
) -> AttentionTime:
    """Positions of the cache ``read`` and ``written``, and ``seen``, each time by one token."""
    size = 2 * workload.kv_width * design.cache_bytes  # of a position
    macs = 2 * workload.query_width * seen
    special = workload.heads * seen * SOFTMAX_OPERATIONS
    seconds = {
        DRAM: size * (read + written) / (design.dram_gb_s * 1e9),
        NPU: macs * design.cache_bytes / (design.npu_gmacs * 1e9),
        SPECIAL: special / (design.npu_special_gops * 1e9),
    }
    return AttentionTime(size * read, size * written, macs, seconds)
