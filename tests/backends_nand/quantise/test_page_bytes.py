"""A matrix as pages, and back."""

from __future__ import annotations

import numpy as np
import pytest

from edgesdk_backends.nand.mapping.placement import place
from edgesdk_backends.nand.mapping.tile import Tile
from edgesdk_backends.nand.quantise.codes import unpacked
from edgesdk_backends.nand.quantise.page_bytes import page_bytes

TILES = (Tile(4, 8, 2, 2), Tile(16, 2, 4, 1), Tile(2, 32, 1, 8))
SHAPES = ((1, 1), (16, 64), (37, 45), (100, 7), (3, 300))


@pytest.mark.parametrize("tile", TILES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("bits", [8, 4, 2])
def test_there_and_back(tile: Tile, shape: tuple[int, int], bits: int) -> None:
    codes = np.random.default_rng(0).integers(-1, 2, shape, np.int8)
    placement = place(*shape, tile)
    pages = page_bytes(codes, placement, tile, bits)
    assert pages.shape == (len(placement), tile.weights * bits // 8)
    found = np.zeros((shape[0] + tile.rows, shape[1] + tile.inputs), np.int8)
    tiles = unpacked(pages, tile.weights, bits).reshape(-1, tile.rows, tile.inputs)
    for block, row, column in zip(tiles, placement.row, placement.column, strict=True):
        found[row : row + tile.rows, column : column + tile.inputs] = block
    assert np.array_equal(found[: shape[0], : shape[1]], codes)
    assert not found[shape[0] :].any()
    assert not found[:, shape[1] :].any()


@pytest.mark.parametrize("shape", SHAPES)
def test_a_page_is_its_block_row_after_row(shape: tuple[int, int]) -> None:
    tile = TILES[0]
    codes = np.random.default_rng(0).integers(-128, 128, shape, np.int8)
    placement = place(*shape, tile)
    for page, row, column in zip(
        page_bytes(codes, placement, tile, 8).view(np.int8),
        placement.row,
        placement.column,
        strict=True,
    ):
        for index, value in enumerate(page):
            at = row + index // tile.inputs, column + index % tile.inputs
            inside = at[0] < shape[0] and at[1] < shape[1]
            assert value == (codes[at] if inside else 0)
