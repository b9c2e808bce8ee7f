"""The area of the RTL against its budget, and the counting of cells."""

from __future__ import annotations

import shutil

import pytest

from tools.rtl_area import count_cells, excesses, measure, read_budget, rewritten, row

PART, TOLERANCE, BLOCKS = read_budget()

needs_yosys = pytest.mark.skipif(
    shutil.which("yosys") is None, reason="yosys is not installed: it counts the area"
)

REPORT = """
   Number of cells:                 3
     LUT6                            9

=== design hierarchy ===
   Number of cells:                 77
     BUFG                            1
     CARRY4                          3
     FDRE                            8
     FDSE                            1
     INV                             2
     LUT2                           10
     LUT6                           20
     RAM32M16                        4
     RAMB18E2                        3
     SRL16E                          5
     URAM288                         2

Warnings: none
"""
COUNTED = {"LUT": 32, "LUTRAM": 37, "FF": 9, "CARRY4": 3, "BRAM36": 1.5, "URAM": 2, "DSP": 0}


@needs_yosys
def test_a_lane_keeps_to_its_budget() -> None:
    """There are 32 of them: most of the area."""
    assert excesses(measure(BLOCKS["lane"]), BLOCKS["lane"], TOLERANCE) == []


@needs_yosys
@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in BLOCKS if name != "lane"])
def test_the_whole_keeps_to_its_budget(name: str) -> None:
    assert excesses(measure(BLOCKS[name]), BLOCKS[name], TOLERANCE) == []


def test_the_last_table_counts() -> None:
    assert count_cells(REPORT) == COUNTED


def test_a_cell_that_nobody_counts() -> None:
    with pytest.raises(SystemExit, match="GTYE4_CHANNEL"):
        count_cells(REPORT.replace("URAM288      ", "GTYE4_CHANNEL"))


def test_above_the_tolerance() -> None:
    block = BLOCKS["lane"]
    assert excesses({**block.counts, "FF": block.counts["FF"] * 1.09}, block, TOLERANCE) == []
    (said,) = excesses({**block.counts, "FF": block.counts["FF"] * 1.11}, block, TOLERANCE)
    assert said.startswith("lane: ")


def test_the_file_is_rewritten_for_one_block() -> None:
    text = "[blocks.a]\nLUT = 1\nFF = 2\n\n[blocks.b]\nLUT = 1\n"
    block = BLOCKS["lane"].__class__("a", "edge_a", {}, {})
    assert rewritten(text, block, {**COUNTED, "LUT": 7.0}).splitlines() == [
        "[blocks.a]", "LUT = 7", "FF = 9", "", "[blocks.b]", "LUT = 1",
    ]  # fmt: skip


def test_a_share_of_the_part_is_shown() -> None:
    assert "1171 (1.0%)" in row(BLOCKS["lane"], {**COUNTED, "LUT": 1171}, PART)


def test_all_of_it_leaves_four_fifths_of_the_part() -> None:
    """The matmul is one room of several: no resource of the part goes above a quarter for it."""
    counts = BLOCKS["matmul_8"].counts
    tables = counts["LUT"] + counts["LUTRAM"]  # both come from the same
    assert tables / PART["LUT"] < 0.25
    assert all(counts[key] / PART[key] < 0.25 for key in ("FF", "BRAM36", "URAM", "DSP"))
