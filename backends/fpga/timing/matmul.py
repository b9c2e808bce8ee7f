"""The time of one ternary matmul: the RTL's cycles, and what differs from it.

``lookup_cycles`` of ``cycles.py`` is exact for ``hls/rtl``. The block that decodes is made of
``hls/kernels/matmul.hpp``: the same steps from the same words, but its builder first fetches a
token's codes, and its lookups pause between two tiles, while their words go on coming. Another
number of tables, lanes or ports, and a memory that is slower, are differences too.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..weights.index_code import ENTRY, GROUP, LANES, TABLES, padded_rows
from .cycles import MOST_LATENCY, build_cycles, lookup_cycles, use_cycles
from .design import Streaming
from .memory import stream_seconds

BANK = 3  # cycles from a table's last entry to its first use, as in cycles.py
FETCHED = 16  # codes of a token in a cycle: 6 cycles for 96 of them (hls/kernels/tables.hpp)
PAUSE = 40  # cycles between the lookups of two tiles, at the most (hls/kernels/weights.hpp)


@dataclass(frozen=True)
class Tile:
    """Cycles of one tile: its words are used while the tables of the next one are built."""

    use: float
    build: float

    @property
    def round(self) -> float:
        """From one tile to the next. A bank of tables is built only after its last use."""
        return max(self.use, self.build, (self.use + self.build + BANK) / 2)


def matmul_seconds(design: Streaming, rows: int, inputs: int, tokens: int) -> float:
    """A matrix, for up to a chunk of tokens; its sums stay on the chip.

    Before the first tile is used, and after the last one is built, there is nothing beside.
    """
    height, tiles = padded_rows(rows), tiles_of(design, inputs)
    rtl = Tile(use_cycles(height), build_cycles(tokens))
    own = tile(design, rows, tokens)
    counted = lookup_cycles(height, tiles, tokens, latency=design.read_latency)
    ends = own.use + own.build - rtl.use - rtl.build
    return (counted + ends + (tiles - 1) * (own.round - rtl.round)) * design.cycle


def tile(design: Streaming, rows: int, tokens: int) -> Tile:
    """A tile of this design, with its memory."""
    height = padded_rows(rows)
    share = design.tables / TABLES  # of a tile of the RTL
    # A port has at most so many words on their way as the queues of MOST_LATENCY cycles hold.
    words = use_cycles(height) * share * LANES / design.ports
    waits = max(1, design.read_latency / MOST_LATENCY)
    memory = stream_seconds(design, height * ENTRY * share) / design.cycle
    steps = height / design.lanes + PAUSE
    fetch = GROUP * design.tables / FETCHED
    return Tile(max(words * waits, steps, memory), build_cycles(tokens) + fetch * tokens)


def tiles_of(design: Streaming, inputs: int) -> int:
    """Tiles of so many inputs."""
    return -(-inputs // (GROUP * design.tables))


def matrix_bytes(design: Streaming, rows: int, inputs: int) -> int:
    """What a matrix takes: an index of five bits for each table, row and tile."""
    return tiles_of(design, inputs) * padded_rows(rows) * ENTRY * design.tables // TABLES


def matmul_limit(design: Streaming, rows: int, tokens: int) -> str:
    """What sets the time of a tile: "clock" for the lookups, "tables", or what memory says."""
    found = tile(design, rows, tokens)
    if found.build > found.use:
        return "tables"
    return "clock" if padded_rows(rows) / design.lanes + PAUSE >= found.use else ""
