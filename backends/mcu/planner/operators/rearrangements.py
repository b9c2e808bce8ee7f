"""Lowerings of what changes the order of numbers, or repeats them: each is one copy, or few."""

from __future__ import annotations

from collections.abc import Sequence

from ..graph import Operation
from ..step import Step, lowers
from .operands import axis_of, given, is_shape, known_numbers, need, only_output
from .paddings import filled
from .slices import moves
from .walks import copy, strides_of


@lowers("TRANSPOSE")
def transpose(operation: Operation) -> Step:
    """Axes in another order."""
    source, target = given(operation, 0), only_output(operation)
    moves(source, target)
    rank = len(source.shape)
    order = [axis_of(axis, rank) for axis in known_numbers(operation, 1, "axes")]
    need(sorted(order) == list(range(rank)), "its axes are not each there once")
    shape = [source.shape[axis] for axis in order]
    is_shape(target, shape)
    strides = strides_of(source.shape)
    walk = 0, [strides[axis] for axis in order]
    return copy(source, target, shape, walk, (0, strides_of(shape)))


@lowers("REVERSE_V2")
def reverse(operation: Operation) -> Step:
    """Some axes from their ends."""
    source, target = given(operation, 0), only_output(operation)
    moves(source, target)
    is_shape(target, source.shape)
    axes = {axis_of(a, len(source.shape)) for a in known_numbers(operation, 1, "axes")}
    strides = strides_of(source.shape)
    start = sum((source.shape[axis] - 1) * strides[axis] for axis in axes)
    walk = start, [-step if axis in axes else step for axis, step in enumerate(strides)]
    return copy(source, target, source.shape, walk, (0, strides))


@lowers("TILE", "BROADCAST_TO")
def repeat(operation: Operation) -> Step:
    """The whole tensor, again and again along each axis."""
    source, target = given(operation, 0), only_output(operation)
    moves(source, target)
    rank = len(target.shape)
    shape = (1,) * (rank - len(source.shape)) + source.shape
    need(len(shape) == rank, "its output has fewer axes than its input")
    need(all(b % a == 0 for a, b in zip(shape, target.shape, strict=True)), "it does not fit")
    sizes: list[int] = []
    steps: list[int] = []
    for size, whole, stride in zip(shape, target.shape, strides_of(shape), strict=True):
        sizes += [whole // size, size]
        steps += [0, stride]
    return copy(source, target, sizes, (0, steps), (0, strides_of(sizes)))


@lowers("SPACE_TO_DEPTH", "DEPTH_TO_SPACE")
def blocks(operation: Operation) -> Step:
    """Blocks of pixels become channels, or come from them."""
    source, target = given(operation, 0), only_output(operation)
    moves(source, target)
    block = int(operation.options["block_size"])
    forward = operation.kind == "SPACE_TO_DEPTH"
    wide, deep = (source, target) if forward else (target, source)
    need(len(wide.shape) == 4, "its input does not have 4 axes")
    batches, height, width, channels = wide.shape
    is_shape(deep, (batches, height // block, width // block, channels * block**2))
    need(height % block == 0 and width % block == 0, "its sides are not multiples of its block")
    sizes = [batches, height // block, width // block, block, block, channels]
    rows = width * channels
    spread = [height * rows, block * rows, block * channels, rows, channels, 1]
    sides = (spread, strides_of(sizes)) if forward else (strides_of(sizes), spread)
    return copy(source, target, sizes, (0, sides[0]), (0, sides[1]))


@lowers("SPACE_TO_BATCH_ND", "BATCH_TO_SPACE_ND")
def batches(operation: Operation) -> list[Step]:
    """Pixels of each phase of a grid become a batch of their own, or come from it."""
    source, target = given(operation, 0), only_output(operation)
    moves(source, target)
    block = known_numbers(operation, 1, "block's sides")
    margins = known_numbers(operation, 2, "margins")
    forward = operation.kind == "SPACE_TO_BATCH_ND"
    space, batch = (source, target) if forward else (target, source)
    need(len(space.shape) in {3, 4} and len(block) == len(space.shape) - 2, "it has other axes")
    sides = _Grid(space.shape, batch.shape, block, margins)
    steps: list[Step] = [filled(target, target)] if forward else []
    for index in range(sides.phases):
        walk = sides.walk(index)
        if walk is not None:
            sizes, in_space, in_batch = walk
            ends = (in_space, in_batch) if forward else (in_batch, in_space)
            steps.append(copy(source, target, sizes, *ends))
    return steps


class _Grid:
    """Where the pixels of each phase lie: in the padded space, and in the batch."""

    def __init__(
        self,
        space: Sequence[int],
        batch: Sequence[int],
        block: Sequence[int],
        margins: Sequence[int],
    ) -> None:
        self.space, self.batch, self.block = space, batch, block
        self.before = margins[::2]
        self.phases = 1
        for axis, side in enumerate(block, 1):
            padded = space[axis] + margins[2 * axis - 2] + margins[2 * axis - 1]
            need(padded == batch[axis] * side, "its margins do not fit its block")
            self.phases *= side
        need(batch[0] == space[0] * self.phases and batch[-1] == space[-1], "it does not fit")

    def walk(
        self, index: int
    ) -> tuple[list[int], tuple[int, list[int]], tuple[int, list[int]]] | None:
        """Sizes, and starts and strides on both sides; None where the phase is all padding."""
        space, batch = strides_of(self.space), strides_of(self.batch)
        sizes, steps, strides = [self.space[0]], [space[0]], [batch[0]]
        start, at = 0, index * self.space[0] * batch[0]
        phase = index
        for axis in range(len(self.block), 0, -1):
            side, before = self.block[axis - 1], self.before[axis - 1]
            phase, offset = divmod(phase, side)
            first = max(0, -((offset - before) // side))
            last = (self.space[axis] - 1 - offset + before) // side
            if last < first:
                return None
            sizes.insert(1, last - first + 1)
            steps.insert(1, side * space[axis])
            strides.insert(1, batch[axis])
            start += (first * side + offset - before) * space[axis]
            at += first * batch[axis]
        return [*sizes, self.space[-1]], (start, [*steps, 1]), (at, [*strides, 1])
