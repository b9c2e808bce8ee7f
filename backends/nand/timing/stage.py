"""One stage of a token: what the cores compute, what the NPU takes, and how long that is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache

from ..design.design import Design
from ..mapping.rounds import Slots, loads, matrix_slots, pages_of
from ..mapping.split import split
from ..mapping.tile import Tile
from ..workload.workload import Matrix
from .slot import DRAM, Pace

FLASH, STREAM = "flash", "stream"


@dataclass(frozen=True)
class StageTime:
    """What one stage takes. Times in seconds; weights and pages counted.

    They are expectations where experts are drawn, and so no whole numbers. ``body_seconds`` is not
    the longest of the parts then, but what is expected of the longest.
    """

    name: str
    pace: Pace
    slots: float = 0  # that the cores compute
    pages: float = 0  # that they read
    core_weights: float = 0
    filled_pages: float = 0  # that core_weights would fill
    npu_pages: float = 0  # that pass to the NPU
    npu_weights: float = 0
    loads: float = 0  # of the cores' input buffers
    flash_seconds: float = 0.0  # of the slots
    bus_seconds: float = 0.0  # of a channel, for their commands and results
    link_seconds: float = 0.0  # of the link, for their results
    stream_seconds: float = 0.0  # of the NPU's pages
    dram_seconds: float = 0.0  # of experts that lie in DRAM
    body_seconds: float = 0.0  # of all weights
    load_seconds: float = 0.0
    attention_seconds: float = 0.0  # before the weights
    dram_weights: float = 0
    ahead_weights: float = 0  # of experts that are copied to DRAM
    passed_bytes: float = 0  # of the weights that pass to the NPU
    moved_bytes: float = 0  # of inputs and results on all channels

    @property
    def seconds(self) -> float:
        """Of the stage; the next one begins after it."""
        return self.attention_seconds + self.load_seconds + self.body_seconds

    @property
    def limit(self) -> str:
        """Which side takes longest over the weights."""
        parts = {FLASH: self.flash_seconds, STREAM: self.stream_seconds, DRAM: self.dram_seconds}
        return max(parts, key=parts.__getitem__)


_NUMBERS = tuple(f.name for f in fields(StageTime) if f.name not in ("name", "pace"))


def expected(name: str, pace: Pace, cases: Iterable[tuple[float, StageTime]]) -> StageTime:
    """The sum of every number, each case by how likely it is."""
    listed = tuple(cases)
    sums = {key: sum(p * getattr(case, key) for p, case in listed) for key in _NUMBERS}
    return StageTime(name, pace, **sums)


@dataclass(frozen=True)
class Shape:
    """``count`` matrices [rows, inputs], and how many different inputs they have together."""

    rows: int
    inputs: int
    count: int = 1
    vectors: int = 1


def shapes_of(matrices: Sequence[Matrix], hidden: int) -> tuple[Shape, ...]:
    """Matrices over the same inputs are laid out as one, their rows stacked.

    Experts are stacked each for itself: a token takes some of them. Those whose inputs are the
    layer's, ``hidden`` wide, share these; behind them each has its own.
    """
    rows: dict[tuple[int, int, int], int] = {}
    for matrix in matrices:
        key = (matrix.inputs, matrix.copies, matrix.used)
        rows[key] = rows.get(key, 0) + matrix.rows
    return tuple(
        Shape(height, inputs, used, used if copies > 1 and inputs != hidden else 1)
        for (inputs, copies, used), height in rows.items()
    )


@lru_cache(maxsize=4096)
def stage_slots(shapes: tuple[Shape, ...], tile: Tile) -> tuple[Slots, ...]:
    """The slots of all matrices of a stage."""
    return tuple(
        replace(group, count=group.count * shape.count)
        for shape in shapes
        if shape.count
        for group in matrix_slots(shape.rows, shape.inputs, tile)
    )


def matrices_time(
    name: str, shapes: tuple[Shape, ...], pace: Pace, design: Design, attention: float = 0.0
) -> StageTime:
    """The time of a stage of these matrices, after so many seconds of attention.

    With slices the slower side counts. Without, pages pass between slots only, so both sides add up
    on the channels, while planes, link and NPU still work beside the slots.
    """
    if not design.compute:
        return _streamed(name, shapes, pace, attention)
    groups = stage_slots(shapes, pace.tile)
    found = split(groups, pace.slot_seconds, pace.split_rate)
    weights = sum(group.count * group.weights for group in groups)
    pages, npu_pages = _pages(groups, found.taken, pace.tile)
    flash = found.flash * pace.slot_seconds
    stream = pace.stream_seconds(found.weights, npu_pages)
    beside = design.slicing or not npu_pages
    between = 0.0 if beside else pace.channel_seconds(found.weights, npu_pages)
    loaded = loads_of(shapes, pace.tile)
    return StageTime(
        name,
        pace,
        slots=found.flash,
        pages=pages,
        core_weights=weights - found.weights,
        filled_pages=(weights - found.weights) / pace.tile.weights,
        npu_pages=npu_pages,
        npu_weights=found.weights,
        loads=loaded,
        flash_seconds=flash,
        bus_seconds=found.flash * pace.bus_seconds,
        link_seconds=found.flash * pace.link_seconds,
        stream_seconds=stream,
        body_seconds=max(flash + between, stream),
        load_seconds=loaded * pace.load_seconds,
        attention_seconds=attention,
        passed_bytes=found.weights * pace.weight_bits / 8,
        moved_bytes=pages * pace.result_bytes + loaded * pace.input_bytes,
    )


def _pages(groups: Sequence[Slots], taken: Sequence[int], tile: Tile) -> tuple[int, int]:
    """Pages that cores read, and those of the slots that the NPU takes."""
    each = [pages_of(group, tile) for group in groups]
    npu = sum(pages * count for pages, count in zip(each, taken, strict=True))
    return sum(p * group.count for p, group in zip(each, groups, strict=True)) - npu, npu


def loads_of(shapes: Sequence[Shape], tile: Tile) -> int:
    """How often input buffers are filled: shared inputs once for each round over them."""
    vectors: dict[int, int] = {}
    for shape in shapes:
        if shape.count:
            vectors[shape.inputs] = max(vectors.get(shape.inputs, 0), shape.vectors)
    return sum(count * loads(inputs, tile) for inputs, count in vectors.items())


def _streamed(name: str, shapes: Sequence[Shape], pace: Pace, attention: float) -> StageTime:
    """Without cores: every weight passes the channels, and pages lie without gaps."""
    weights = sum(shape.rows * shape.inputs * shape.count for shape in shapes)
    pages = weights / pace.tile.weights
    seconds = weights / pace.stream_rate
    return StageTime(
        name,
        pace,
        npu_pages=pages,
        npu_weights=weights,
        stream_seconds=seconds,
        body_seconds=seconds,
        attention_seconds=attention,
        passed_bytes=weights * pace.weight_bits / 8,
    )
