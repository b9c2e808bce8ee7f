"""The time of attention: rows of the cache against the queries that see them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edgesdk.decoder.config import DecoderConfig

from .design import Streaming
from .memory import stream_rate

Starts = NDArray[np.int64]  # positions of the first token of each of some chunks
Seconds = NDArray[np.float64]  # one for each start

STEP = 16  # dimensions
LAYER_FILL = 500  # cycles to fill all pipelines, as hls/kernels/attention.hpp says
# Cycles that a process takes to end its pass before it begins the next: a product, its tree of four
# additions and a chain of eight, at the cycles that hls/kernels/rates.hpp supposes of each.
PRODUCT, ADDITION = 4, 7
PASS_FILL = PRODUCT + 12 * ADDITION


def slots(
    design: Streaming, starts: Starts, tokens: int, members: int, steps: int, *, heads: int = 1
) -> Starts:
    """Cycles of one turn: ``Walk::slots`` of hls/kernels/attention_walk.hpp."""
    batches = -(-tokens * members // design.queries)

    def row(token: int) -> int:
        seen = batches - token * members // design.queries
        return max(heads * seen * steps, design.recurrence)

    return starts * row(0) + sum(row(token) for token in range(tokens))


def together(design: Streaming, tokens: int, members: int, steps: int) -> int:
    """How many key heads a turn serves: several where the rows of one would be padded."""
    batches = -(-tokens * members // design.queries)
    few = tokens == 1 and batches * steps < design.recurrence
    return design.heads if few else 1


def turn_seconds(
    design: Streaming, starts: Starts, tokens: int, members: int, head_size: int, *, heads: int
) -> Seconds:
    """One turn: the rows of so many key heads. Its work and its memory are beside each other."""
    work = work_seconds(design, starts, tokens, members, head_size, heads=heads)
    memory = memory_seconds(design, starts + tokens, head_size, heads=heads)
    found: Seconds = np.maximum(work, memory)
    return found


def work_seconds(
    design: Streaming, starts: Starts, tokens: int, members: int, head_size: int, *, heads: int
) -> Seconds:
    """The walk of a turn, after which it writes its sums; or loading the queries of the next."""
    steps = head_size // STEP
    queries = heads * tokens * members
    walk = slots(design, starts, tokens, members, steps, heads=heads) + queries * steps
    loading = queries * head_size / design.vector
    found: Seconds = np.maximum(walk + PASS_FILL * design.fill, loading) * design.cycle
    return found


def memory_seconds(design: Streaming, rows: Starts, head_size: int, *, heads: int) -> Seconds:
    """So many rows of keys and of values, each through two ports, which share the memory."""
    keys = heads * rows * head_size * 2  # bytes, and as many of values
    memory = keys / min(stream_rate(design, 2)[0], stream_rate(design)[0] / 2)
    if heads > 1:  # their words come by turns
        changes = heads * -(-rows * (head_size // STEP) // design.by_turns)
        memory = memory + changes * design.read_latency * design.cycle
    found: Seconds = memory
    return found


def attention_limit(design: Streaming, config: DecoderConfig, start: int, tokens: int) -> str:
    """What sets the time of a chunk: "clock" for its work, or "memory" with its latency."""
    members = min(design.members, config.heads // config.kv_heads)
    heads = together(design, tokens, members, config.head_size // STEP)
    at, size = np.array([start]), config.head_size
    work = work_seconds(design, at, tokens, members, size, heads=heads)
    return "clock" if work >= memory_seconds(design, at + tokens, size, heads=heads) else "memory"


def attention_seconds(
    design: Streaming, config: DecoderConfig, starts: Starts, tokens: int
) -> float:
    """Chunks of so many tokens in all layers, together."""
    group = config.heads // config.kv_heads
    whole, rest = divmod(group, design.members)
    sizes = [design.members] * whole + ([rest] if rest else [])
    passes = sum(float(pass_seconds(design, config, starts, tokens, size).sum()) for size in sizes)
    once = (LAYER_FILL * design.fill + design.read_latency) * design.cycle
    return config.layers * (passes + len(starts) * once)


def pass_seconds(
    design: Streaming, config: DecoderConfig, starts: Starts, tokens: int, members: int
) -> Seconds:
    """So many query heads of each group, with all key heads."""
    served = together(design, tokens, members, config.head_size // STEP)
    turns, left = divmod(config.kv_heads, served)
    found = turns * turn_seconds(design, starts, tokens, members, config.head_size, heads=served)
    if left:
        found = found + turn_seconds(design, starts, tokens, members, config.head_size, heads=left)
    return found
