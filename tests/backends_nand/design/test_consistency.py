"""Designs that contradict themselves are refused, with the numbers that do."""

from __future__ import annotations

from typing import Any

import pytest

from edgesdk.errors import UsageError
from edgesdk_backends.nand.design.consistency import TAG_BYTES, changed, code_bytes
from edgesdk_backends.nand.design.preset import preset_names, read_preset
from edgesdk_backends.nand.ecc.page_code import CODE_START, PageCode


@pytest.mark.parametrize(
    ("preset", "values", "says"),
    [
        ("cambricon-s", {"page_bytes": 16000}, "page_bytes is 16000"),
        ("cambricon-s", {"slices": 5}, "slices is 5, page_bytes is 16384"),
        (
            "cambricon-s",
            {"spare_bytes": 754},
            "spare_bytes is 754, tag and correction code take 755",
        ),
        (
            "cambricon-s",
            {"page_bytes": 65536, "read_us": 60.0},
            "tag and correction code take 3071",
        ),
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
def test_it_is_the_size_of_the_code_that_pages_get(page_bytes: int) -> None:
    code = PageCode(mode="exact", page_bytes=page_bytes, spare_bytes=1 << 17)
    assert code.size == code_bytes(page_bytes)
    assert CODE_START == TAG_BYTES


def test_tag_and_code_fit_every_preset() -> None:
    for name in preset_names():
        design = read_preset(name).design
        assert TAG_BYTES + code_bytes(design.page_bytes) <= design.spare_bytes
