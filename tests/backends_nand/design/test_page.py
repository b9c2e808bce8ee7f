"""docs/nand-design.md shows what the code says now."""

from __future__ import annotations

import re
from pathlib import Path

from edgesdk_backends.nand.design.preset import preset_names, read_preset
from tools.refresh_nand_design import PAGE, PRESETS, TABLES, refreshed


def test_the_page_is_current() -> None:
    text = PAGE.read_text()
    assert refreshed(text) == text, "run: python tools/refresh_nand_design.py"


def test_a_stale_number_would_be_seen() -> None:
    text = PAGE.read_text()
    assert text.count("| 39813.5 um2 |") == 1
    assert refreshed(text.replace("| 39813.5 um2 |", "| 39813.6 um2 |")) == text


def test_every_table_and_every_preset_has_its_place() -> None:
    for name in TABLES:
        assert PAGE.read_text().count(f"<!-- begin: {name} -->") == 1
    assert sorted(PRESETS) == preset_names()


def test_the_preset_that_the_page_shows_can_be_used(tmp_path: Path) -> None:
    [shown] = re.findall(r"```toml\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    (tmp_path / "slc.toml").write_text(shown)
    design = read_preset(str(tmp_path / "slc.toml")).design
    assert (design.cell, design.read_us, design.channels) == ("slc", 25.0, 8)
