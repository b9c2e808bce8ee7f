"""The tiles that the paper states, and the limit of a core's buffer."""

from __future__ import annotations

import pytest

from edgesdk.errors import UsageError
from edgesdk_backends.nand.design.consistency import changed
from edgesdk_backends.nand.design.preset import read_preset
from edgesdk_backends.nand.mapping.tile import SUM_BYTES, choose_tile


@pytest.mark.parametrize(
    ("preset", "height", "width"),
    [("cambricon-s", 256, 2048), ("cambricon-m", 256, 8192), ("cambricon-l", 512, 16384)],
)
def test_the_tile_moves_the_fewest_bytes(preset: str, height: int, width: int) -> None:
    """S: 256 x 2048 is stated in arXiv 2409.15654; the others follow from its equation."""
    tile = choose_tile(read_preset(preset).design, 8, 1)
    assert (tile.height, tile.width) == (height, width)


@pytest.mark.parametrize(("bits", "activation"), [(8, 1), (8, 2), (4, 2), (2, 1)])
def test_inputs_and_sums_fit_into_the_buffer(bits: int, activation: int) -> None:
    design = read_preset("cambricon-l").design
    tile = choose_tile(design, bits, activation)
    assert tile.weights == design.page_bytes * 8 // bits
    assert tile.inputs * activation + tile.rows * SUM_BYTES <= design.core_buffer_bytes


def test_no_shape_fits_into_a_tiny_buffer() -> None:
    design = changed(read_preset("cambricon-s").design, {"core_buffer_bytes": 64})
    with pytest.raises(UsageError, match="buffer of a core") as found:
        choose_tile(design, 8, 1)
    assert found.value.id == "EDGE-02220"
    assert "core_buffer_bytes is 64" in found.value.evidence
