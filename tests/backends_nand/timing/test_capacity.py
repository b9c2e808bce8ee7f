"""What lies in DRAM, and spare bytes: the same numbers before a device is bought and after."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgesdk.errors import ModelRefused, UsageError
from edgesdk.predict.model import named_shape
from edgesdk_backends.nand.design.design import Design
from edgesdk_backends.nand.mapping.capacity import check_capacity, dram_bytes, embedding_in_flash
from edgesdk_backends.nand.workload.decoder import workload
from edgesdk_backends.nand.workload.dram import Kept


def test_the_embedding_lies_in_dram_where_it_fits_beside_the_cache(small: Design) -> None:
    """Qwen2.5-7B: 28 layers of 4 heads of 128, their scales, and 152064 rows of 3584 in float16."""
    work = workload(named_shape("qwen2.5-7b").shape)
    cache, embedding = 2 * 28 * 4 * (128 + 4) * 32000, 152064 * 3584 * 2
    assert cache < 2e9 < cache + embedding
    assert dram_bytes(replace(small, dram_gb=2.1), work, 32000) == cache + embedding
    assert dram_bytes(small, work, 32000) == cache
    assert embedding_in_flash(small, work, 32000)
    check_capacity(small, work, 32000)
    with pytest.raises(ModelRefused) as caught:
        check_capacity(replace(small, dram_gb=0.9), work, 32000)
    assert caught.value.id == "EDGE-02241"


def test_wide_elements_have_no_scales() -> None:
    assert Kept(3, 2, 64, 2, 10, 128).size(5) == 2 * 3 * 2 * 64 * 2 * 5 + 10 * 128 * 2
    assert Kept(3, 2, 64, 1, 10, 128, 4).size(5) == 2 * 3 * 2 * (64 + 4) * 5 + 10 * 128 * 4


def test_narrow_weights_need_room_for_their_correction(small: Design) -> None:
    """755 bytes hold that of 8-bit weights; what would be refused when written is refused here."""
    tight = replace(small, spare_bytes=755)
    shape = named_shape("opt-6.7b").shape
    check_capacity(tight, workload(shape))
    for weights in ("w4a16", "ternary"):
        with pytest.raises(UsageError, match="too few spare bytes") as caught:
            check_capacity(tight, workload(shape, weights=weights))
        assert caught.value.id == "EDGE-02224"
