"""A matrix as pages."""

from __future__ import annotations

import numpy as np

from ..mapping.placement import Numbers, Placement
from ..mapping.tile import Tile
from .codes import Bytes, Codes, packed


def page_bytes(codes: Codes, placement: Placement, tile: Tile, bits: int) -> Bytes:
    """The data of a matrix's pages: codes int8 [rows, inputs] as uint8 [pages, bytes of a page].

    A page is ``tile.rows`` x ``tile.inputs`` codes, row after row without a gap, and zeros where
    the matrix ends before it does.
    """
    blocks = _blocks(codes, tile)
    rows, inputs = _block_numbers(placement, tile)
    return packed(blocks[rows, :, inputs].reshape(len(placement), -1), bits)


def _blocks(codes: Codes, tile: Tile) -> Codes:
    """The matrix, filled up to whole blocks: [block of rows, rows, block of inputs, inputs]."""
    rows, inputs = codes.shape
    down, across = -(-rows // tile.rows), -(-inputs // tile.inputs)
    whole = np.zeros((down * tile.rows, across * tile.inputs), np.int8)
    whole[:rows, :inputs] = codes
    return whole.reshape(down, tile.rows, across, tile.inputs)


def _block_numbers(placement: Placement, tile: Tile) -> tuple[Numbers, Numbers]:
    """Which block of rows and which of inputs each page is: pages begin at whole blocks."""
    rows, row = np.divmod(placement.row, tile.rows)
    inputs, column = np.divmod(placement.column, tile.inputs)
    assert not row.any() and not column.any()
    return rows, inputs
