"""How long one slot takes, and how fast ordinary pages reach the NPU beside it.

A slot is one array read in which every core computes a page. Its commands and results take some of
the channel; slices of ordinary pages go through in the gaps. ``docs/nand-timing.md`` has the
equations and where each comes from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from ..design.design import Design
from ..mapping.tile import SUM_BYTES, Tile, choose_tile

# Bus cycles of ONFI commands: a command byte, five of address, a command byte; or a status read.
COMMAND_CYCLES, STATUS_CYCLES = 7, 5
COMPUTE_CYCLES = COMMAND_CYCLES + STATUS_CYCLES + COMMAND_CYCLES  # and change column for results
PAGE_CYCLES = COMMAND_CYCLES + STATUS_CYCLES
SLICE_CYCLES = COMMAND_CYCLES  # change read column, once for each slice

CHANNELS, PLANES, LINK, NPU, DRAM = "channels", "planes", "link", "npu", "dram"


@dataclass(frozen=True)
class Pace:
    """How fast a design is with weights of one size, for so many tokens at once. Times in seconds.

    ``slot_seconds``: of a slot. ``core_seconds`` and ``bus_seconds``: of these, how long a core
    multiplies, and how long commands and results take a channel. ``load_seconds``: to fill the
    input buffers of all cores, with ``input_bytes`` over all channels. ``result_bytes``: of a page.
    ``page_seconds``: of a channel, for one ordinary page, ``page_cycles`` of them for commands.
    ``stream``: weights a second that reach
    the NPU while cores compute, by what limits it; empty where the NPU takes none. ``split_rate``:
    the same with pages in slices, from which the share of the NPU is chosen. ``idle_rate``: weights
    a second that can be read into DRAM while no core computes. ``tokens``: that are multiplied with
    each page, for which a slot reads it ``reads`` times.
    """

    tile: Tile
    weight_bits: int
    activation_bytes: int
    slot_seconds: float
    core_seconds: float
    bus_seconds: float
    load_seconds: float
    page_seconds: float
    page_cycles: float
    input_bytes: int
    result_bytes: int
    stream: Mapping[str, float]
    split_rate: float
    idle_rate: float
    tokens: int
    reads: int

    @property
    def busy(self) -> float:
        """The share of a channel that read-computes take while slots follow one another."""
        return self.bus_seconds / self.slot_seconds

    @property
    def stream_rate(self) -> float:
        """Weights a second that reach the NPU; 0 where it takes none."""
        return min(self.stream.values(), default=0.0)

    def stream_seconds(self, weights: float, pages: float) -> float:
        """Until so many weights have reached the NPU, which lie in so many pages: those partly
        empty take as many commands as others, and a plane as long."""
        if not pages:
            return 0.0
        planes = pages * self.tile.weights / self.stream[PLANES]
        return max(weights / self.stream_rate, planes, self.channel_seconds(weights, pages))

    def channel_seconds(self, weights: float, pages: float) -> float:
        """The same of the channels alone."""
        full = weights / self.tile.weights
        seconds = full * (self.page_seconds - self.page_cycles) + pages * self.page_cycles
        return seconds / self.page_seconds * self.tile.weights / self.stream[CHANNELS]

    @property
    def stream_limit(self) -> str:
        """What sets ``stream_rate``."""
        return min(self.stream, key=self.stream.__getitem__, default="")


def pace_of(
    design: Design,
    weight_bits: int,
    activation_bytes: int,
    tokens: int = 1,
    each_slot: bool = False,
) -> Pace:
    """The pace of a design. Raises ``UsageError`` (EDGE-02220) where no tile fits a core.

    ``tokens``: of a prompt, which share the reads of a page as far as a core's buffer holds their
    inputs and sums. ``each_slot``: inputs are sent again for every slot.
    """
    tile = tile_of(design, weight_bits, activation_bytes)
    load = _load_seconds(design, tile, activation_bytes) * tokens
    times = _compute(design, tile, weight_bits, activation_bytes, tokens)
    if each_slot:
        times = replace(times, slot=times.slot + load, bus=times.bus + load)
    limits = _limits(design, tile, weight_bits, activation_bytes * tokens)
    sliced = _channels(design, tile, True) * (1 - times.bus / times.slot)
    passing = sliced if design.slicing else _channels(design, tile, False)
    helped = design.npu_helps or not design.compute
    return Pace(
        tile,
        weight_bits,
        activation_bytes,
        times.slot,
        times.core,
        times.bus,
        0.0 if each_slot else load,
        page_seconds(design, design.slicing),
        _page_cycles(design, design.slicing),
        tile.width * activation_bytes * tokens,
        tile.rows * design.result_bytes * tokens,
        {CHANNELS: passing, **limits} if helped else {},
        min(sliced, *limits.values()) if helped else 0.0,
        _idle_rate(design, tile, limits),
        tokens,
        times.reads,
    )


@lru_cache(maxsize=256)
def tile_of(design: Design, weight_bits: int, activation_bytes: int) -> Tile:
    """What a page holds; without cores it is plain storage, a row of inputs."""
    if design.compute:
        return choose_tile(design, weight_bits, activation_bytes)
    page = design.page_bytes * 8 // weight_bits
    return Tile(1, page, design.cores_per_channel, design.channels)


@dataclass(frozen=True)
class _Compute:
    """Seconds of a slot, and of it those of a core and of a channel; and reads of its pages."""

    slot: float
    core: float
    bus: float
    reads: int


def _compute(
    design: Design, tile: Tile, weight_bits: int, activation_bytes: int, tokens: int
) -> _Compute:
    """A slot takes the longest of: the array, the core, the channel. Tokens that do not fit into
    the cores' buffers together take turns, and the array reads again for each."""
    if not design.compute:
        return _Compute(design.read_us * 1e-6, 0.0, 0.0, 1)
    each = tile.inputs * activation_bytes + tile.rows * SUM_BYTES
    together = min(tokens, max(design.core_buffer_bytes // each, 1))
    turns, rest = divmod(tokens, together)
    page = tile.weights * weight_bits / 8 / (design.core_gmacs * 1e9)
    slot = turns * _slot_seconds(design, tile, page, together)
    slot += _slot_seconds(design, tile, page, rest) if rest else 0.0
    bus = turns * _bus_seconds(design, tile, together)
    bus += _bus_seconds(design, tile, rest) if rest else 0.0
    return _Compute(slot, tokens * page, bus, turns + bool(rest))


def _slot_seconds(design: Design, tile: Tile, page: float, tokens: int) -> float:
    """``page``: seconds of a core on one page for one token."""
    return max(design.read_us * 1e-6, tokens * page, _bus_seconds(design, tile, tokens))


def _bus_seconds(design: Design, tile: Tile, tokens: int) -> float:
    """Commands and results of all dies of a channel, for one slot."""
    results = tokens * tile.height * design.result_bytes / _rate(design)
    return results + tile.cores * COMPUTE_CYCLES * _cycle(design)


def _load_seconds(design: Design, tile: Tile, activation_bytes: int) -> float:
    if not design.compute:
        return 0.0
    return tile.inputs * activation_bytes / _rate(design) + COMMAND_CYCLES * _cycle(design)


def page_seconds(design: Design, slicing: bool) -> float:
    """Of a channel, for one ordinary page: whole, or in slices that each name their column."""
    return design.page_bytes / _rate(design) + _page_cycles(design, slicing)


def _page_cycles(design: Design, slicing: bool) -> float:
    cycles = PAGE_CYCLES + (SLICE_CYCLES * design.slices if slicing else 0)
    return cycles * _cycle(design)


def _channels(design: Design, tile: Tile, slicing: bool) -> float:
    """Weights a second that all channels pass while nothing else is on them."""
    return design.channels * tile.weights / page_seconds(design, slicing)


def _limits(
    design: Design, tile: Tile, weight_bits: int, activation_bytes: int
) -> dict[str, float]:
    """Weights a second that anything but the channels lets pass."""
    weights = 8 / weight_bits  # in a byte
    idle = design.planes - 1 if design.compute else design.planes  # of a die
    elements = design.npu_rows * design.npu_columns * design.npu_macs
    found = {
        PLANES: idle * design.cores * tile.weights / (design.read_us * 1e-6),
        NPU: elements * design.npu_mhz * 1e6 / activation_bytes,
    }
    if design.link_gb_s > 0:
        found[LINK] = design.link_gb_s * 1e9 * weights
    if design.dram_passes:  # a host writes what it reads into its memory, and reads it again
        found[DRAM] = design.dram_gb_s * 1e9 * weights / design.dram_passes
    return found


def _idle_rate(design: Design, tile: Tile, limits: Mapping[str, float]) -> float:
    """All planes read, and the channels carry pages only."""
    planes = design.planes * design.cores * tile.weights / (design.read_us * 1e-6)
    return min(_channels(design, tile, design.slicing), planes, limits.get(LINK, planes))


def _rate(design: Design) -> float:
    """Bytes a second of one channel."""
    return design.channel_gb_s * 1e9


def _cycle(design: Design) -> float:
    """Seconds of a command, address or status cycle."""
    return design.cycle_ns * 1e-9
