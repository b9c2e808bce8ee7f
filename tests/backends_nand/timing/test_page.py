"""docs/nand-timing.md shows what the code says now."""

from __future__ import annotations

from tools.refresh_nand_timing import PAGE, TABLES, refreshed


def test_the_page_is_current() -> None:
    text = PAGE.read_text()
    assert refreshed(text) == text, "run: python tools/refresh_nand_timing.py"


def test_a_stale_number_would_be_seen() -> None:
    text = PAGE.read_text()
    assert "| opt-6.7b | 3.56 | 3.57 |" in text
    stale = text.replace("| opt-6.7b | 3.56 | 3.57 |", "| opt-6.7b | 3.56 | 3.58 |")
    assert refreshed(stale) == text


def test_every_table_has_its_place() -> None:
    for name in TABLES:
        assert PAGE.read_text().count(f"<!-- begin: {name} -->") == 1
