"""docs/fpga-timing.md shows what the code says now."""

from __future__ import annotations

from tools.refresh_timing import FIGURE, PAGE, TABLES, fingerprint, points, refreshed


def test_the_page_is_current() -> None:
    text = PAGE.read_text()
    assert refreshed(text) == text, "run: python tools/refresh_timing.py"


def test_the_figure_is_of_the_same_points() -> None:
    assert fingerprint(points()) in FIGURE.read_text(), "run: python tools/refresh_timing.py"
    assert fingerprint(points()[1:]) not in FIGURE.read_text()


def test_a_stale_number_would_be_seen() -> None:
    text = PAGE.read_text()
    assert refreshed(text.replace("175.28 MB,", "175.29 MB,")) == text


def test_every_table_has_its_place() -> None:
    for name in TABLES:
        assert PAGE.read_text().count(f"<!-- begin: {name} -->") == 1
