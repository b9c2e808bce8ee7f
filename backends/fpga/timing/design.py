"""The constants of a design: what a profile's file gives, in one of three cases.

``Streaming`` is ours: weights flow past the tables while they are used. ``Loaded`` is TeLLMe's: a
matrix is loaded whole, then used.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True)
class Board:
    """What every design has: memory, its ports, the processor beside the fabric, and power."""

    clock_mhz: float
    peak_gb_s: float  # of the memory's wires
    ddr_efficiency: float  # of the peak, for long reads
    ports: int  # that carry weights
    port_bytes: int  # a cycle
    port_efficiency: float  # of the port's cycles
    call_ms: float  # the host, around each start
    sample_ms: float  # the host, for each token that it makes
    host_head_gb_s: float  # bytes of a head on the host that the processor reads
    memory_gib: float  # of the board, for everything
    watts: float  # the board's, while it works

    @property
    def cycle(self) -> float:
        """Seconds."""
        return 1e-6 / self.clock_mhz


@dataclass(frozen=True)
class Streaming(Board):
    """Our design: what the fabric does at once, how long its pipelines are, what it can hold."""

    logit_ns: float  # the host, for each logit of a token that it makes
    head: str  # "fabric" or "host"
    tables: int  # groups of three inputs in a step
    lanes: int  # rows in a step
    chunk: int  # tokens that share a pass over the weights
    vector: int  # floats that norms, RoPE and copies take in a cycle
    summed: int  # floats of which the norm's sum of squares takes so many in a cycle
    activation: int  # floats that the activation takes in a cycle
    queries: int  # that attention serves in a cycle, 16 dimensions of each
    members: int  # query heads of a group that share a pass over the cache
    recurrence: int  # cycles before attention may touch a sum again
    heads: int  # key heads that attention serves at once where a token comes alone
    by_turns: int  # words of one head that come before the other's, then
    norms: int  # instances of the norm and of quantising, as the tool will make them
    joined: int  # neighbouring floats in one word of the large memories
    head_products: int  # a cycle
    row_gap: int  # cycles between two rows of the head
    read_latency_ns: float  # from an address to its first word
    fill: float  # what pipelines take to fill, of what the comments in hls/kernels say
    max_hidden: int
    max_width: int
    max_intermediate: int
    max_head_size: int

    @property
    def read_latency(self) -> int:
        """Cycles from an address to its first word."""
        return ceil(self.read_latency_ns * self.clock_mhz / 1000)


@dataclass(frozen=True)
class Loaded(Board):
    """TeLLMe's design, as its authors' release has it; the head is on the host."""

    tables: int  # groups of three inputs in a block
    columns: int  # outputs in a step
    interval: int  # cycles from one step to the next
    latency: int  # cycles that the steps of a block take to fill and drain
    table_entries: int  # written one a cycle
    slice_blocks: int  # of a slice of the buffer
    slice_columns: int
    slices: int  # that the buffer holds
    beat_columns: int  # that one beat of all ports carries
    beat_bytes: int
    chunk: int  # prompts are padded to a multiple
    attention_row_cycles: float  # prefill, a row of the cache for a chunk
    cache_ports: int  # that keys come through in decoding, and then values
    most_context: int


DESIGNS: dict[str, type[Streaming] | type[Loaded]] = {
    "streaming": Streaming,
    "loaded": Loaded,
}
