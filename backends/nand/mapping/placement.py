"""Where the pages of a matrix go: to which core's die, in which slot, or to the NPU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .rounds import Slots, matrix_slots
from .tile import Tile

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Placement:
    """The pages of one matrix, each field [pages].

    ``row`` and ``column``: of the first weight in the page, whose block is ``tile.rows`` x
    ``tile.inputs``; what lies beyond the matrix is zeros. ``slot``: slots are computed in this
    order; no two pages of one have the same core. ``by_npu``: read as an ordinary page, and
    multiplied by the NPU; such pages lie evenly over the channels, and their slots say only in
    which order they are read.
    """

    row: Numbers
    column: Numbers
    channel: Numbers
    core: Numbers  # of the channel
    slot: Numbers
    by_npu: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.row)


def place(rows: int, inputs: int, tile: Tile, taken: Sequence[int] = ()) -> Placement:
    """The pages of a matrix [rows, inputs].

    ``taken``: of each group that ``matrix_slots`` gives, how many slots the NPU takes, as
    ``split`` says; none where it is empty.
    """
    groups = matrix_slots(rows, inputs, tile)
    chosen = tuple(taken) or (0,) * len(groups)
    parts = [_pages(group, tile, npu) for group, npu in zip(groups, chosen, strict=True)]
    return _ordered(_joined(parts), tile, (rows, inputs))


def _pages(group: Slots, tile: Tile, npu: int) -> Placement:
    """The pages of one group, slot by slot; those of its last ``npu`` slots are the NPU's."""
    slots = np.arange(group.count)[:, None, None]
    sharing = np.arange(group.sharing)[:, None]
    blocks = -(-group.inputs // tile.inputs)
    first = group.row + slots // group.across * _height(group, tile) + sharing * tile.height
    column = group.column + slots % group.across * tile.width
    shape = (group.count, group.sharing, blocks, tile.cores)
    block = np.arange(blocks)[:, None]
    core = np.arange(tile.cores)
    row = np.broadcast_to(first[..., None] + core * tile.rows, shape)
    page = Placement(
        row,
        np.broadcast_to(column[..., None] + block * tile.inputs, shape),
        np.broadcast_to(sharing[..., None] * blocks + block, shape),
        np.broadcast_to(core, shape),
        np.broadcast_to(slots[..., None], shape),
        np.broadcast_to(slots[..., None] >= group.count - npu, shape),
    )
    return _selected(page, row < _end(group, tile, slots)[..., None])


def _height(group: Slots, tile: Tile) -> int:
    """Rows from one slot of a group to the next below it."""
    return tile.height * group.sharing


def _end(group: Slots, tile: Tile, slots: Numbers) -> Numbers:
    """The first row below each slot: a page that begins there has nothing of it."""
    return group.row + slots // group.across * _height(group, tile) + group.rows


def _selected(pages: Placement, which: NDArray[Any]) -> Placement:
    return Placement(*(getattr(pages, field.name)[which] for field in fields(pages)))


def _joined(parts: Sequence[Placement]) -> Placement:
    """The groups one after the other: a slot's number counts on from the last group's."""
    first = np.cumsum([0, *(int(part.slot.max()) + 1 for part in parts[:-1])])
    columns = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(Placement)
    }
    columns["slot"] = np.concatenate(
        [part.slot + start for part, start in zip(parts, first, strict=True)]
    )
    return Placement(**columns)


def _ordered(pages: Placement, tile: Tile, matrix: tuple[int, int]) -> Placement:
    """Slots in the order of the rounds over the inputs, since buffers are filled once for each.

    The NPU's pages follow, the fullest first, so that every channel is dealt as many weights.
    """
    empty = np.where(pages.by_npu, -_weights(pages, tile, matrix), 0)
    keys = (pages.core, pages.channel, pages.slot, _round(pages, tile), empty, pages.by_npu)
    order = np.lexsort(keys)
    found = _selected(pages, order)
    _, slot = np.unique(_steps(found.slot, found.by_npu), return_inverse=True)
    npu = np.cumsum(found.by_npu) - 1
    return Placement(
        found.row,
        found.column,
        np.where(found.by_npu, npu % tile.channels, found.channel),
        np.where(found.by_npu, npu // tile.channels % tile.cores, found.core),
        slot.reshape(-1),
        found.by_npu,
    )


def _round(pages: Placement, tile: Tile) -> Numbers:
    return pages.column // tile.width


def _weights(pages: Placement, tile: Tile, matrix: tuple[int, int]) -> Numbers:
    """Of the matrix [rows, inputs] in each page."""
    rows = np.minimum(matrix[0] - pages.row, tile.rows)
    found: Numbers = rows * np.minimum(matrix[1] - pages.column, tile.inputs)
    return found


def _steps(slot: Numbers, by_npu: NDArray[np.bool_]) -> Numbers:
    """A number that grows by one wherever another slot begins."""
    changes = (np.diff(slot) != 0) | (np.diff(by_npu.astype(np.int8)) != 0)
    return np.concatenate([[0], np.cumsum(changes)]).astype(np.int64)
