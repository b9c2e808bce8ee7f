"""Our design: weights flow from all ports past the tables, in a pass that a chunk of tokens shares.

What overlaps: within a matrix, the reading of weights, the lookups and the building of the next
tile's tables; within attention, keys, values and arithmetic. What does not: a matrix and the vector
work before and after it, one matrix and the next, the fabric and the host.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from edgesdk.decoder.config import DecoderConfig

from ..buffers import MOST_TOKENS
from ..weights.axes import VECTOR, padded
from .attention import Starts, attention_limit, attention_seconds
from .design import Streaming
from .loops import chunk_cycles, ends_cycles, token_cycles
from .matmul import matmul_limit, matmul_seconds, matrix_bytes
from .memory import host_head_seconds, stream_rate, stream_seconds
from .parts import Part, counted
from .work import head_bytes, matrices

SECTION = 1024  # rows of the head at a time
SECTION_FILL = 40  # cycles
FIRST_TOKENS = 16  # of a prompt's first call; the others take up to MOST_TOKENS


@dataclass(frozen=True)
class Chunks:
    """Chunks of as many tokens each, from these positions on."""

    starts: Starts
    tokens: int

    @property
    def count(self) -> int:
        """How many."""
        return len(self.starts)


def stored(config: DecoderConfig) -> DecoderConfig:
    """The sizes as the packer lays them out: zeros fill vectors and heads up to a multiple."""
    return replace(
        config,
        hidden=padded(config.hidden, VECTOR),
        intermediate=padded(config.intermediate, VECTOR),
        head_size=padded(config.head_size, VECTOR),
    )


def misfits(design: Streaming, config: DecoderConfig) -> list[str]:
    """Why the design cannot hold a model."""
    odd = [f"head_size is {config.head_size}, which makes no pairs"] * (config.head_size % 2)
    config = stored(config)
    sizes = {
        "hidden": (config.hidden, design.max_hidden),
        "heads * head_size": (config.heads * config.head_size, design.max_width),
        "intermediate": (config.intermediate, design.max_intermediate),
        "head_size": (config.head_size, design.max_head_size),
    }
    return odd + [
        f"{name} is {size}, of at most {most}"
        for name, (size, most) in sizes.items()
        if size > most
    ]


def layout_bytes(design: Streaming, config: DecoderConfig) -> int:
    """What the stored weights of all layers take, padding and all."""
    each = sum(matrix_bytes(design, m.rows, m.inputs) * m.count for m in matrices(stored(config)))
    return config.layers * each


def decode_parts(design: Streaming, config: DecoderConfig, positions: int) -> list[Part]:
    """One token after so many positions."""
    return _parts(design, stored(config), [Chunks(np.array([positions]), 1)], 1)


def prefill_parts(design: Streaming, config: DecoderConfig, tokens: int) -> list[Part]:
    """A prompt from an empty cache, in chunks; logits of its last token only."""
    return _parts(design, stored(config), chunks_of(tokens, design.chunk), calls(tokens))


def chunks_of(tokens: int, most: int) -> list[Chunks]:
    """The whole chunks of a prompt, and what is left."""
    whole = tokens // most * most
    found = [
        Chunks(np.arange(0, whole, most), most),
        Chunks(np.arange(whole, tokens, most), tokens - whole),
    ]
    return [chunks for chunks in found if chunks.count]


def calls(tokens: int) -> int:
    """Starts of the block for a prompt: a short one, then as many tokens as a call takes."""
    return 1 + -(-max(0, tokens - FIRST_TOKENS) // MOST_TOKENS)


def _parts(
    design: Streaming, config: DecoderConfig, chunks: Sequence[Chunks], starts: int
) -> list[Part]:
    return [
        _matmul(design, config, chunks),
        _attention(design, config, chunks),
        _vectors(design, config, chunks),
        _head(design, config),
        _host(design, config, starts),
    ]


def _host(design: Streaming, config: DecoderConfig, starts: int) -> Part:
    """The largest of the logits, of which the best are computed anew."""
    seconds = (starts * design.call_ms + design.sample_ms) * 1e-3
    seconds += config.vocabulary * design.logit_ns * 1e-9
    how = f"{counted(starts, 'call')}, a token of {config.vocabulary:,} logits"
    return Part("host", seconds, "assumed", how)


def _matmul(design: Streaming, config: DecoderConfig, chunks: Sequence[Chunks]) -> Part:
    seconds = sum(
        each.count * config.layers * m.count * matmul_seconds(design, m.rows, m.inputs, each.tokens)
        for m in matrices(config)
        for each in chunks
    )
    passes = counted(sum(each.count for each in chunks), "pass", "passes")
    how = f"{passes} over {layout_bytes(design, config) / 1e6:.2f} MB"
    limit = matmul_limit(design, config.intermediate, chunks[0].tokens) or stream_rate(design)[1]
    return Part("ternary matmul", seconds, limit, how)


def _attention(design: Streaming, config: DecoderConfig, chunks: Sequence[Chunks]) -> Part:
    seconds = sum(attention_seconds(design, config, each.starts, each.tokens) for each in chunks)
    start, tokens = int(chunks[-1].starts[-1]), chunks[-1].tokens
    limit = attention_limit(design, config, start, tokens)
    return Part("attention", seconds, limit, f"up to {start + tokens} positions of the cache")


def _vectors(design: Streaming, config: DecoderConfig, chunks: Sequence[Chunks]) -> Part:
    layer = token_cycles(design, config)
    cycles = sum(
        each.count
        * (
            config.layers * (each.tokens * layer + chunk_cycles(design, config, each.tokens))
            + ends_cycles(design, config, each.tokens)
        )
        for each in chunks
    )
    how = f"{layer:,.0f} cycles a layer and token, {design.vector} floats a cycle"
    return Part("norms, RoPE, activation", cycles * design.cycle, "clock", how)


def _head(design: Streaming, config: DecoderConfig) -> Part:
    """The logits of one token: rows go through one behind the other, in sections."""
    if design.head == "host":
        size = head_bytes(config)
        seconds = host_head_seconds(design, size)
        return Part("head", seconds, "A53", f"{size / 1e6:.1f} MB of int8 on the host")
    steps = -(-config.hidden // design.head_products)
    size = config.vocabulary * steps * design.head_products
    clock = config.vocabulary * (steps + design.row_gap) * design.cycle
    memory = stream_seconds(design, size)
    sections = -(-config.vocabulary // SECTION) * (design.read_latency + SECTION_FILL * design.fill)
    limit = "clock" if clock > memory else stream_rate(design)[1]
    how = f"{size / 1e6:.1f} MB of int8 in the fabric"
    return Part("head", max(clock, memory) + sections * design.cycle, limit, how)
