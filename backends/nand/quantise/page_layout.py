"""Which page of a device holds which weights of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..design.design import Design
from ..mapping.placement import Placement, place
from ..mapping.rounds import matrix_slots
from ..mapping.tile import Tile, choose_tile
from .codes import Bytes
from .model_file import ModelFile
from .page_bytes import page_bytes
from .shape import Matrix, ModelShape


@dataclass(frozen=True)
class PlacedMatrix:
    """A matrix's pages. ``first``: the logical number of the first; the others follow it."""

    matrix: Matrix
    tile: Tile
    placement: Placement
    first: int

    @property
    def end(self) -> int:
        """The logical number after its last page."""
        return self.first + len(self.placement)


class PageLayout:
    """The pages of a model on a device of some design.

    ``placed``: its matrices by name, in the order of their use, which is that of their pages.
    ``count``: pages in all. ``taken``: slots that the NPU takes of a matrix, as
    ``edgesdk_backends.nand.mapping.placement.place`` has it; none of those that are not named,
    and all where dies have no cores.
    """

    def __init__(
        self,
        shape: ModelShape,
        design: Design,
        taken: Mapping[str, Sequence[int]] | None = None,
    ) -> None:
        tiles: dict[tuple[int, int], Tile] = {}
        self.placed: dict[str, PlacedMatrix] = {}
        self.count = 0
        for matrix in shape.matrices():
            kind = matrix.bits, matrix.activation_bytes
            if kind not in tiles:
                tiles[kind] = laid_out_tile(design, *kind)
            tile = tiles[kind]
            slots = taken.get(matrix.name, ()) if taken else ()
            if not design.compute:
                slots = [group.count for group in matrix_slots(matrix.rows, matrix.inputs, tile)]
            placement = place(matrix.rows, matrix.inputs, tile, slots)
            self.placed[matrix.name] = PlacedMatrix(matrix, tile, placement, self.count)
            self.count += len(placement)

    def contents(self, file: ModelFile, name: str) -> Bytes:
        """The data of a matrix's pages, uint8 [pages, bytes of a page]."""
        placed = self.placed[name]
        return page_bytes(file.matrix(name), placed.placement, placed.tile, placed.matrix.bits)


def laid_out_tile(design: Design, bits: int, activation_bytes: int) -> Tile:
    """The tile of pages as they are written: a core's. Where there are no cores, none has a buffer
    that a block of weights must fit to.

    Raises ``UsageError`` (EDGE-02220) where no tile fits a core.
    """
    if design.compute:
        return choose_tile(design, bits, activation_bytes)
    free = replace(design, core_buffer_bytes=design.page_bytes * 64)
    return choose_tile(free, bits, activation_bytes)
