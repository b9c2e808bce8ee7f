"""Every weight lies in exactly one page, and no core has two pages in one slot."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgesdk_backends.nand.mapping.placement import Placement, place
from edgesdk_backends.nand.mapping.rounds import loads, matrix_slots
from edgesdk_backends.nand.mapping.split import split
from edgesdk_backends.nand.mapping.tile import Tile

TILES = st.builds(
    Tile,
    rows=st.sampled_from([1, 2, 8, 32]),
    inputs=st.sampled_from([4, 16, 64]),
    cores=st.integers(1, 6),
    channels=st.sampled_from([1, 2, 3, 4, 8, 12]),
)
SIZES = st.integers(1, 300)


def covered(pages: Placement, rows: int, inputs: int, tile: Tile) -> np.ndarray:
    count = np.zeros((rows + tile.rows, inputs + tile.inputs), int)
    for row, column in zip(pages.row, pages.column, strict=True):
        count[row : row + tile.rows, column : column + tile.inputs] += 1
    return count[:rows, :inputs]


@settings(max_examples=150)
@given(rows=SIZES, inputs=SIZES, tile=TILES, share=st.floats(0, 2))
def test_every_weight_is_in_one_page(rows: int, inputs: int, tile: Tile, share: float) -> None:
    groups = matrix_slots(rows, inputs, tile)
    chosen = split(groups, 1.0, share * tile.weights * tile.cores * tile.channels)
    pages = place(rows, inputs, tile, chosen.taken)
    assert (covered(pages, rows, inputs, tile) == 1).all()
    assert sum(group.count * group.weights for group in groups) == rows * inputs
    assert len(np.unique(pages.slot[~pages.by_npu])) == chosen.flash


@settings(max_examples=150)
@given(rows=SIZES, inputs=SIZES, tile=TILES)
def test_a_core_has_one_page_in_a_slot(rows: int, inputs: int, tile: Tile) -> None:
    pages = place(rows, inputs, tile)
    assert (pages.channel < tile.channels).all()
    assert (pages.core < tile.cores).all()
    seats = np.stack([pages.slot, pages.channel, pages.core])
    assert np.unique(seats, axis=1).shape[1] == len(pages)


@settings(max_examples=100)
@given(rows=SIZES, inputs=SIZES, tile=TILES)
def test_channels_fill_their_buffers_once_a_round(rows: int, inputs: int, tile: Tile) -> None:
    pages = place(rows, inputs, tile)
    fills = 0
    for channel in range(tile.channels):
        mine = pages.channel == channel
        columns = pages.column[mine][np.argsort(pages.slot[mine], kind="stable")]
        fills = max(fills, int((np.diff(columns) != 0).sum()) + bool(len(columns)))
    assert fills <= loads(inputs, tile)


def test_the_pages_of_the_npu_lie_evenly_over_the_channels() -> None:
    tile = Tile(rows=8, inputs=16, cores=2, channels=4)
    groups = matrix_slots(200, 160, tile)
    pages = place(200, 160, tile, [group.count for group in groups])
    assert pages.by_npu.all()
    counts = np.bincount(pages.channel, minlength=4)
    assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize(("inputs", "sharing"), [(16, 4), (32, 2), (33, 1), (48, 1)])
def test_narrow_matrices_share_a_slot(inputs: int, sharing: int) -> None:
    tile = Tile(rows=8, inputs=16, cores=2, channels=4)
    [slots] = matrix_slots(16 * sharing * 3, inputs, tile)
    assert (slots.count, slots.sharing) == (3, sharing)


def test_full_and_nearly_empty_pages_are_dealt_evenly() -> None:
    """Two rounds over the inputs, of which the second fills one input of each page."""
    tile = Tile(rows=8, inputs=16, cores=1, channels=2)
    rows, inputs = 8 * 20, 16 + 1
    pages = place(rows, inputs, tile, [g.count for g in matrix_slots(rows, inputs, tile)])
    weights = 8 * np.minimum(inputs - pages.column, 16)
    dealt = np.bincount(pages.channel, weights)
    assert dealt.max() - dealt.min() <= 8 * 16
