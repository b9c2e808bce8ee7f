"""One read-compute request: how long array, cores, channels and link take for it."""

from __future__ import annotations

from dataclasses import dataclass

from ..design.design import Design
from ..mapping.tile import SUM_BYTES, Tile

# Bus cycles of ONFI commands: a command byte, five of address, a command byte; or a status read.
COMMAND_CYCLES, STATUS_CYCLES = 7, 5
COMPUTE_CYCLES = COMMAND_CYCLES + STATUS_CYCLES + COMMAND_CYCLES  # and change column for results


@dataclass(frozen=True)
class Compute:
    """Seconds of a slot, and of it those of a core, a channel, the link; and reads of its pages."""

    slot: float = 0.0
    core: float = 0.0
    bus: float = 0.0
    link: float = 0.0
    reads: int = 0

    def plus(self, other: Compute, times: int = 1) -> Compute:
        """And so many times the other."""
        return Compute(
            self.slot + times * other.slot,
            self.core + times * other.core,
            self.bus + times * other.bus,
            self.link + times * other.link,
            self.reads + times * other.reads,
        )


def compute(
    design: Design, tile: Tile, weight_bits: int, activation_bytes: int, tokens: int
) -> Compute:
    """Tokens that do not fit into the cores' buffers together take turns, and the array reads again
    for each turn."""
    if not design.compute:
        return Compute(design.read_us * 1e-6, reads=1)
    each = tile.inputs * activation_bytes + tile.rows * SUM_BYTES
    together = min(tokens, max(design.core_buffer_bytes // each, 1))
    turns, rest = divmod(tokens, together)
    page = tile.weights * weight_bits / 8 / (design.core_gmacs * 1e9)
    found = Compute().plus(_turn(design, tile, page, together), turns)
    return found.plus(_turn(design, tile, page, rest)) if rest else found


def _turn(design: Design, tile: Tile, page: float, tokens: int) -> Compute:
    """One read for so many tokens, ``page`` seconds of a core for each.

    It takes the longest of: the array, the core, the channel with commands and results of all its
    dies, the link with the results of all channels.
    """
    results = tokens * tile.height * design.result_bytes  # bytes, of a channel
    core, link = tokens * page, link_seconds(design, results)
    bus = results / channel_rate(design) + tile.cores * COMPUTE_CYCLES * cycle_seconds(design)
    return Compute(max(design.read_us * 1e-6, core, bus, link), core, bus, link, 1)


def load_seconds(design: Design, inputs: int, tokens: int) -> float:
    """``inputs``: bytes for the cores of a channel; each token's have a command."""
    if not design.compute:
        return 0.0
    return inputs / channel_rate(design) + tokens * COMMAND_CYCLES * cycle_seconds(design)


def link_seconds(design: Design, size: int) -> float:
    """Of so many bytes of every channel: inputs or results."""
    if not (design.compute and design.link_gb_s):
        return 0.0
    return size * design.channels / (design.link_gb_s * 1e9)


def channel_rate(design: Design) -> float:
    """Bytes a second of one channel."""
    return design.channel_gb_s * 1e9


def cycle_seconds(design: Design) -> float:
    """Of a command, address or status cycle."""
    return design.cycle_ns * 1e-9
