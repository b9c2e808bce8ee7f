"""The area of our design, block by block, against what the part has."""

from __future__ import annotations

from dataclasses import dataclass

from edgesdk.predict import Use

from ..weights.index_code import TABLES
from . import operators
from .area import PART, SHARE, Area, bram, uram
from .design import Streaming

FLOAT, CODE, HALF, SUM, HEAD_CODE = 32, 8, 16, 21, 15  # bits
WIDENED, NARROWED = Area(lut=40), Area(lut=120)  # a half float to a float, and back: assumed
STEP = 16  # dimensions of a head that attention takes at once
KEYS_AHEAD, VALUES_AHEAD = 256, 512  # words that wait for each head (hls/kernels/rates.hpp)
BURST = 64  # words (hls/kernels/config.hpp)
HEAD_BANKS = 64  # of the codes of one row

# What yosys counts of hls/rtl (its budget.toml; a test compares): 32 lookups of one row for one
# token with their sum; what a token takes besides; the builder of the tables; and all else, the
# masters that read weights among it, which are counted once more below to be safe.
LANE, TOKEN = Area(367 + 256, 687), Area(147, 85.33)
BUILDER, REST = Area(1167, 1669), Area(3568, 3893)
# A master of the bus with its queues, and the control of the loops: assumed.
MASTER, CONTROL = Area(1200, 1800), Area(8000, 10000)


@dataclass(frozen=True)
class Block:
    """One line of the accounting."""

    name: str
    area: Area
    how: str


def blocks(design: Streaming) -> tuple[Block, ...]:
    """All blocks of the decoder."""
    steps = design.max_head_size // STEP
    return (
        Block("matmul: lookups", lookups(design), "yosys, of the RTL, for rows and tokens"),
        Block("matmul: sums", sums(design), "URAM, a bank for each lane"),
        Block("activations", activations(design), "URAM, as decoder.cpp binds and joins them"),
        Block("rows and codes", rows(design), "BRAM, likewise"),
        Block(
            "norms and codes",
            operators.norm(design).area.times(design.norms),
            "operators counted, estimates for each assumed",
        ),
        Block("RoPE, residual", operators.placing(design).area, "as above"),
        Block("activation", operators.activation(design).area, "as above"),
        Block("attention", attention(design, steps), "as above, its memories and rows"),
        *_head(design),
        Block("bus and control", _bus(design), "assumed"),
    )


def lookups(design: Streaming) -> Area:
    """Lanes for every token, one set of builders."""
    share = design.tables / TABLES  # of a step of the RTL
    lanes = LANE.times(share * design.lanes * design.chunk)
    return lanes + TOKEN.times(design.chunk) + BUILDER.times(share) + REST


def sums(design: Streaming) -> Area:
    """The tokens of a row side by side; the rows of a step in banks of their own."""
    depth = -(-design.max_intermediate // design.lanes)
    return uram(SUM * design.chunk, depth).times(design.lanes)


def activations(design: Streaming) -> Area:
    """Hidden, query, key, value; gate: a bank for each float of a cycle."""

    def banked(count: int) -> Area:
        depth = -(-design.chunk * count // design.vector)
        return uram(FLOAT * design.joined, depth).times(design.vector / design.joined)

    four = banked(design.max_hidden) + banked(design.max_width).times(3)
    return four + banked(design.max_intermediate)


def rows(design: Streaming) -> Area:
    """A row, the weights of its norm, rotations; codes, sixteen to a word."""

    def banked(count: int) -> Area:
        depth = -(-count // design.vector)
        return bram(FLOAT * design.joined, depth).times(design.vector / design.joined)

    row, turned = banked(design.max_intermediate), banked(design.chunk * design.max_head_size)
    codes = bram(CODE * 16, design.chunk * -(-design.max_intermediate // 16))
    # The codes of one row for the head, in a bank for each product of a cycle, lie in lookup
    # tables: 8 of them hold 64 x 7 bits.
    deep = -(-design.max_hidden // (64 * HEAD_BANKS))
    wide = HEAD_CODE * HEAD_BANKS * deep * 8 / 7 if design.head == "fabric" else 0
    return row.times(2) + turned + codes + Area(lut=wide)


def attention(design: Streaming, steps: int) -> Area:
    """Operators, what they work on, and half floats as they come and go."""
    memories = attention_memory(design) + held(steps)
    return operators.attention(design, steps).area + memories + _halves()


def attention_memory(design: Streaming) -> Area:
    """Queries twice, for this turn and the next; sums; the queues of keys and values."""
    steps = design.max_head_size // STEP
    depth = design.chunk * design.members // design.queries * steps
    sixteen = bram(FLOAT * STEP, depth).times(design.queries)
    queues = bram(HALF * STEP, KEYS_AHEAD) + bram(HALF * STEP, VALUES_AHEAD)
    return sixteen.times(3) + queues.times(design.heads)


def held(steps: int) -> Area:
    """A row of keys and one of values in registers, and what chooses one of its steps.

    A lookup table chooses one of four, so one of eight takes two and the multiplexer beside them.
    """
    bits = 2 * STEP * FLOAT
    return Area(lut=bits * -(-steps // 4), ff=bits * steps)


def second_banks(design: Streaming) -> Area:
    """What the tables take besides, if the tool makes a memory of each of their two banks.

    In the RTL both share one memory of 32 words, 8 lookup tables for each table, row and token.
    """
    return Area(lut=8 * design.tables * design.lanes * design.chunk)


def _halves() -> Area:
    """Keys and values as they come, and those that go to the cache, a quarter of them a cycle."""
    return WIDENED.times(2 * STEP) + NARROWED.times(STEP / 4)


def _head(design: Streaming) -> list[Block]:
    if design.head == "host":
        return []
    # A product of 15 bits and a byte is one DSP; their sum takes an addition of 26 bits each.
    products = Area(lut=26, ff=40, dsp=1).times(design.head_products)
    how = "a DSP for each product, and float operators"
    return [Block("head", products + operators.head().area, how)]


def _bus(design: Streaming) -> Area:
    """A master and a queue for each port of weights, and a master for all else."""
    queue = bram(128, 2 * BURST)
    reads = bram(128, 8 * BURST)
    return (MASTER + reads).times(design.ports + 1) + queue.times(design.ports) + CONTROL


def total(design: Streaming) -> Area:
    """All blocks."""
    whole = Area()
    for block in blocks(design):
        whole += block.area
    return whole


def uses(design: Streaming) -> tuple[Use, ...]:
    """Against the part, each with its two largest blocks."""
    found = []
    for name, available in PART.items():
        parts = {block.name: block.area.by_name()[name] for block in blocks(design)}
        largest = sorted(parts, key=lambda part: -parts[part])[:2]
        how = ", ".join(f"{part} {parts[part]:,.0f}" for part in largest)
        found.append(Use(name, sum(parts.values()), available, how, SHARE))
    return tuple(found)
