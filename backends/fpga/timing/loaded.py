"""TeLLMe's design: a matrix is loaded into the buffer, and only then used, a token at a time.

The structure is that of the authors' FPGA'26 release; nothing overlaps. One pass serves a whole
prompt, so its weights are read once, but tables are built and weights looked up for every token.
"""

from __future__ import annotations

from edgesdk.decoder.config import DecoderConfig

from .design import Loaded
from .memory import host_head_seconds, stream_rate, stream_seconds
from .parts import Part, counted
from .work import HALF, Matrix, cache_bytes, head_bytes, matrices


def misfits(design: Loaded, config: DecoderConfig) -> list[str]:
    """Why the design cannot hold a model."""
    found = [
        f"{matrix.name} of {matrix.rows} x {matrix.inputs} takes {slices_of(design, matrix)} "
        f"slices of its buffer, which has {design.slices}"
        for matrix in matrices(config)
        if slices_of(design, matrix) > design.slices
    ]
    if config.kv_heads != config.heads:
        found.append(f"its {config.heads} heads cannot share {config.kv_heads} key heads")
    return found


def slices_of(design: Loaded, matrix: Matrix) -> int:
    """How much of the buffer, and of the stored layout, one matrix takes."""
    across = -(-matrix.rows // design.slice_columns)
    return across * -(-blocks_of(design, matrix.inputs) // design.slice_blocks)


def blocks_of(design: Loaded, inputs: int) -> int:
    """Steps over the inputs, each with tables of its own."""
    return -(-inputs // (3 * design.tables))


def layout_bytes(design: Loaded, config: DecoderConfig) -> int:
    """What the stored weights of all layers take, padding and all."""
    groups = -(-design.slice_columns // design.beat_columns)
    region = design.slice_blocks * groups * design.beat_bytes
    slices = sum(slices_of(design, matrix) * matrix.count for matrix in matrices(config))
    return config.layers * slices * region


def lookup_cycles(design: Loaded, matrix: Matrix) -> float:
    """One token through one matrix: read the block, write the tables, then all columns."""
    block = 3 * design.tables + design.table_entries + design.latency
    steps = matrix.rows / design.columns
    return blocks_of(design, matrix.inputs) * (block + design.interval * steps) + steps


def decode_parts(design: Loaded, config: DecoderConfig, positions: int) -> list[Part]:
    """One token after so many positions: all keys, and only then all values."""
    ports = design.cache_ports
    seconds = stream_seconds(design, cache_bytes(config, positions), ports)
    how = f"keys, then values, through {counted(ports, 'port')}"
    return [
        _weights(design, config),
        _lookups(design, config, 1),
        Part("attention", seconds, stream_rate(design, ports)[1], how),
        *_host(design, config, 1),
    ]


def prefill_parts(design: Loaded, config: DecoderConfig, tokens: int) -> list[Part]:
    """A prompt, padded to whole chunks; a chunk's queries join on the diagonal."""
    chunk = design.chunk
    chunks = -(-tokens // chunk)
    row_steps = chunk * chunks * (chunks + 1) // 2
    cycles = config.layers * row_steps * design.attention_row_cycles
    # The constant is of the release's width; a narrower one takes proportionally less.
    cycles *= config.heads * config.head_size / design.slice_columns
    return [
        _weights(design, config),
        _lookups(design, config, chunks * chunk),
        Part(
            "attention",
            max(cycles * design.cycle, stream_seconds(design, cache_bytes(config, tokens))),
            "assumed",
            f"{row_steps} rows of the cache a layer, {design.attention_row_cycles:g} cycles each",
        ),
        *_host(design, config, tokens),
    ]


def _weights(design: Loaded, config: DecoderConfig) -> Part:
    size = layout_bytes(design, config)
    limit = stream_rate(design)[1]
    how = f"{size / 1e6:.2f} MB, loaded before use, nothing beside it"
    return Part("weights to the buffer", stream_seconds(design, size), limit, how)


def _lookups(design: Loaded, config: DecoderConfig, tokens: int) -> Part:
    layer = sum(lookup_cycles(design, matrix) * matrix.count for matrix in matrices(config))
    seconds = tokens * config.layers * layer * design.cycle
    how = f"{counted(tokens, 'token')}, {layer:,.0f} cycles a layer and token"
    return Part("table lookups", seconds, "clock", how)


def _host(design: Loaded, config: DecoderConfig, tokens: int) -> list[Part]:
    size = head_bytes(config)
    states = 2 * HALF * tokens * config.hidden  # in and out, which the call's range covers
    head = Part(
        "head", host_head_seconds(design, size), "A53", f"{size / 1e6:.1f} MB of int8 on the host"
    )
    seconds = (design.call_ms + design.sample_ms) * 1e-3
    return [head, Part("host", seconds, "assumed", f"a start, a sample, {states:,} B of states")]
