"""How a matrix becomes slots: what all cores compute in one array read.

A row tile has ``tile.height`` rows. Over the inputs it takes as many full rounds as they fill, each
a slot, and what remains, fewer blocks than there are channels, is a partial round: several row
tiles share its slot, each on channels of its own, a power of two of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .tile import Tile


@dataclass(frozen=True)
class Slots:
    """``count`` slots alike: ``rows`` x ``inputs`` weights of the matrix in each.

    ``sharing``: row tiles that share the slot; 1 for a full round. ``row`` and ``column``: of the
    first slot's first weight; ``across`` full rounds follow one another before the next row tile.
    """

    count: int
    rows: int
    inputs: int
    row: int
    column: int
    sharing: int = 1
    across: int = 1

    @property
    def weights(self) -> int:
        """In one slot."""
        return self.rows * self.inputs


def matrix_slots(rows: int, inputs: int, tile: Tile) -> tuple[Slots, ...]:
    """The slots of a matrix [rows, inputs]; every weight is in exactly one."""
    full, rest = divmod(inputs, tile.width)
    return (*_full(rows, full, tile), *_partial(rows, full * tile.width, rest, tile))


def pages_of(group: Slots, tile: Tile) -> int:
    """Pages that one slot reads: the cores whose page holds a weight."""
    return -(-group.rows // tile.rows) * -(-group.inputs // tile.inputs)


def _full(rows: int, full: int, tile: Tile) -> Iterator[Slots]:
    whole, rest = divmod(rows, tile.height)
    if full and whole:
        yield Slots(whole * full, tile.height, tile.width, 0, 0, across=full)
    if full and rest:
        yield Slots(full, rest, tile.width, whole * tile.height, 0, across=full)


def _partial(rows: int, column: int, inputs: int, tile: Tile) -> Iterator[Slots]:
    if not inputs:
        return
    blocks = -(-inputs // tile.inputs)
    sharing = 1 << ((tile.channels // blocks).bit_length() - 1)
    whole, rest = divmod(rows, tile.height * sharing)
    if whole:
        yield Slots(whole, tile.height * sharing, inputs, 0, column, sharing)
    if rest:
        first = whole * tile.height * sharing
        yield Slots(1, rest, inputs, first, column, sharing)


def loads(inputs: int, tile: Tile) -> int:
    """How often the cores' input buffers are filled: once for each round over the inputs."""
    return -(-inputs // tile.width)
