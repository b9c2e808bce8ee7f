"""Designs that contradict themselves are refused, with the numbers that do."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from edgesdk.errors import UsageError
from edgesdk_backends.nand.design.consistency import TAG_BYTES, changed, check_spare, code_bytes
from edgesdk_backends.nand.design.preset import preset_names, read_preset
from edgesdk_backends.nand.ecc.page_code import CODE_START, PageCode, usual_mode


@pytest.mark.parametrize(
    ("preset", "values", "says"),
    [
        ("cambricon-s", {"page_bytes": 16000}, "page_bytes is 16000"),
        ("cambricon-s", {"slices": 5}, "slices is 5, page_bytes is 16384"),
        (
            "cambricon-s",
            {"spare_bytes": 754},
            "spare_bytes is 754, tag and correction code of 8-bit weights take 755",
        ),
        (
            "cambricon-s",
            {"page_bytes": 65536, "read_us": 60.0},
            "tag and correction code of 8-bit weights take 3071",
        ),
        ("cambricon-s", {"cell": "tlc"}, "cell is tlc, and a block has the 512 pages of lsb cells"),
        ("nvme", {"cell": "slc"}, "cell is slc, and a block has the 1536 pages of tlc cells"),
        ("cambricon-s", {"core_gmacs": 0.0}, "core_gmacs 0"),
        ("cambricon-s", {"core_buffer_bytes": 0}, "core_buffer_bytes 0"),
        ("cambricon-s", {"read_us": 1.0}, "a core takes 20.48 us for a page, the array 1 us"),
        ("cambricon-s", {"planes": 1}, "planes is 1"),
        (
            "cambricon-s",
            {"compute": False, "npu_helps": False},
            "compute is no and npu_helps is no",
        ),
        ("aif", {"compute": False}, "compute is no and npu_helps is no"),
        ("nvme", {"compute": True}, "core_gmacs 0"),
        ("cambricon-s", {"factory_bad": 0.5, "spare_blocks": 0.5}, "a share of 1 is bad"),
        ("cambricon-s", {"blocks": 1}, "a plane has 1 blocks"),
        ("cambricon-s", {"chips": 1024, "dies": 64, "blocks": 65536}, "bytes, at most"),
        ("cambricon-s", {"read_limit": 511.0}, "read_limit is 511, a block has 512 pages"),
        ("cambricon-s", {"die_area_mm2": 0.03}, "a core has 0.0398135 mm2, its die 0.03 mm2"),
    ],
)
def test_contradictions(preset: str, values: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=f"The design {preset} contradicts itself") as caught:
        changed(read_preset(preset).design, values)
    assert caught.value.id == "EDGE-02224"
    assert says in caught.value.evidence
    assert caught.value.next_step.startswith("Choose ")


@pytest.mark.parametrize(
    ("preset", "values"),
    [
        ("cambricon-s", {"spare_bytes": 755}),
        ("cambricon-s", {"page_bytes": 32768}),
        ("cambricon-s", {"page_bytes": 4096}),
        ("cambricon-s", {"planes": 1, "npu_helps": False}),
        ("cambricon-l", {"compute": False}),
        ("cambricon-l", {"slicing": False, "npu_helps": False}),
        ("cambricon-s", {"channels": 64, "chips": 128}),
        ("nvme", {"spare_bytes": 0}),
        ("cambricon-s", {"cell": "tlc", "pages": 1536}),
        ("cambricon-s", {"cell": "slc"}),
        ("cambricon-s", {"read_us": 4.0}),
        ("cambricon-s", {"die_area_mm2": 60.0}),
    ],
)
def test_designs_that_are_unusual_but_possible(preset: str, values: dict[str, Any]) -> None:
    made = changed(read_preset(preset).design, values)
    assert all(getattr(made, key) == value for key, value in values.items())


def test_the_code_of_a_page_is_what_the_paper_counts() -> None:
    # 72 + 163 * (14 + 5 + 16) = 5777 bits, which the paper rounds to 722 bytes.
    assert code_bytes(16384) == -(-(72 + 163 * 35) // 8) == 723
    assert code_bytes(32768) == -(-(72 + 327 * 36) // 8)


@pytest.mark.parametrize("page_bytes", [512, 2048, 4096, 16384, 32768, 65536])
@pytest.mark.parametrize("bits", [8, 4, 2])
def test_it_is_the_size_of_the_code_that_pages_get(page_bytes: int, bits: int) -> None:
    code = PageCode(usual_mode(bits), 2, "magnitude", bits, page_bytes, 1 << 17)
    assert code.size == code_bytes(page_bytes, bits)
    assert CODE_START == TAG_BYTES


def test_tag_and_code_fit_every_preset() -> None:
    for name, bits in product(preset_names(), (8, 4, 2)):
        check_spare(read_preset(name).design, bits)


@pytest.mark.parametrize(
    ("blocks", "bad", "spare", "usable"),
    [(50, 0.03, 0.07, 45), (100, 0.02, 0.07, 91), (256, 0.02, 0.02, 245), (7, 0.0, 0.0, 7)],
)
def test_whole_blocks_are_not_lost_to_rounding(
    blocks: int, bad: float, spare: float, usable: int
) -> None:
    values = {"blocks": blocks, "factory_bad": bad, "spare_blocks": spare}
    assert changed(read_preset("cambricon-s").design, values).usable_blocks == usable


def test_narrow_weights_need_more_spare_bytes() -> None:
    """1149 for 4 bits and 1152 for 2, behind the tag."""
    design = changed(read_preset("cambricon-s").design, {"spare_bytes": 1181})
    check_spare(design, 4)
    with pytest.raises(UsageError, match="too few spare bytes") as caught:
        check_spare(design, 2)
    assert caught.value.id == "EDGE-02224"
    assert "code of 2-bit weights take 1184" in caught.value.evidence
