"""How long one slot takes, and how fast ordinary pages reach the NPU beside it.

A slot is one array read in which every core computes a page. Its commands and results take some of
the channel, and its results some of the link; slices of ordinary pages go through in the gaps.
``docs/nand-timing.md`` has the equations and where each comes from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..design.design import Design
from ..mapping.tile import Tile, tile_of
from .request import (
    COMMAND_CYCLES,
    STATUS_CYCLES,
    Compute,
    channel_rate,
    compute,
    cycle_seconds,
    link_seconds,
    load_seconds,
)

PAGE_CYCLES = COMMAND_CYCLES + STATUS_CYCLES
SLICE_CYCLES = COMMAND_CYCLES  # change read column, once for each slice

CHANNELS, PLANES, LINK, NPU, DRAM = "channels", "planes", "link", "npu", "dram"


@dataclass(frozen=True)
class Pace:
    """How fast a design is with weights of one size, for so many tokens at once. Times in seconds.

    ``slot_seconds``: of a slot. Of these, ``core_seconds``: a core multiplies; ``bus_seconds``:
    commands and results take a channel; ``link_seconds``: the results of all channels take the
    link. ``load_seconds``: to fill the input buffers of all cores, with ``input_bytes`` over the
    link and all channels.
    ``result_bytes``: of a page. ``page_seconds``: of a channel, for one ordinary page,
    ``page_cycles`` of them for commands. ``stream``: weights a second that reach the NPU while
    cores compute, by what limits it; empty where the NPU takes none. ``split_rate``: the same with
    pages in slices, from which the share of the NPU is chosen. ``idle_rate``: weights a second that
    can be read into DRAM while no core computes. ``tokens``: that are multiplied with each page,
    for which a slot reads it ``reads`` times.
    """

    tile: Tile
    weight_bits: int
    activation_bytes: int
    slot_seconds: float
    core_seconds: float
    bus_seconds: float
    link_seconds: float
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
    inputs = tile.inputs * activation_bytes * tokens  # bytes for the cores of one channel
    load, linked = load_seconds(design, inputs, tokens), link_seconds(design, inputs)
    times = compute(design, tile, weight_bits, activation_bytes, tokens)
    if each_slot:
        times = times.plus(Compute(max(load, linked), 0.0, load, linked))
    limits = _limits(design, tile, weight_bits, activation_bytes * tokens)
    stream, split_rate = _stream(design, tile, limits, times)
    return Pace(
        tile,
        weight_bits,
        activation_bytes,
        times.slot,
        times.core,
        times.bus,
        times.link,
        0.0 if each_slot else max(load, linked),
        page_seconds(design, design.slicing),
        _page_cycles(design, design.slicing),
        inputs * design.channels,
        tile.rows * design.result_bytes * tokens,
        stream,
        split_rate,
        _idle_rate(design, tile, limits),
        tokens,
        times.reads,
    )


def _stream(
    design: Design, tile: Tile, limits: Mapping[str, float], times: Compute
) -> tuple[dict[str, float], float]:
    """``stream`` and ``split_rate`` of a pace: what slots leave of the link and the channels."""
    if design.compute and not design.npu_helps:
        return {}, 0.0
    left = dict(limits)
    if LINK in left:
        left[LINK] *= 1 - times.link / times.slot
    sliced = _channels(design, tile, True) * (1 - times.bus / times.slot)
    passing = sliced if design.slicing else _channels(design, tile, False)
    return {CHANNELS: passing, **left}, min(sliced, *left.values())


def page_seconds(design: Design, slicing: bool) -> float:
    """Of a channel, for one ordinary page: whole, or in slices that each name their column."""
    return design.page_bytes / channel_rate(design) + _page_cycles(design, slicing)


def _page_cycles(design: Design, slicing: bool) -> float:
    cycles = PAGE_CYCLES + (SLICE_CYCLES * design.slices if slicing else 0)
    return cycles * cycle_seconds(design)


def _channels(design: Design, tile: Tile, slicing: bool) -> float:
    """Weights a second that all channels pass while nothing else is on them."""
    return design.channels * tile.weights / page_seconds(design, slicing)


def _limits(
    design: Design, tile: Tile, weight_bits: int, activation_bytes: int
) -> dict[str, float]:
    """Weights a second that anything but the channels lets pass."""
    weights = 8 / weight_bits  # in a byte
    idle = design.planes - 1 if design.compute else design.planes  # of a die
    found = {
        PLANES: idle * design.cores * tile.weights / (design.read_us * 1e-6),
        NPU: design.npu_gmacs * 1e9 / activation_bytes,
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
