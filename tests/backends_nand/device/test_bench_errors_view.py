"""The table and the plot of ``edgesdk bench --errors``, of figures that are hard to show."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest

from edgesdk.cli.bench.bit_errors_view import as_csv, as_text
from edgesdk.error_study import ErrorRow, ErrorTable, Range

NAN, INFINITE = Range(*[float("nan")] * 3), Range(*[float("inf")] * 3)
ONE = Range(1, 1, 1)


@pytest.mark.parametrize(
    "rows",
    [
        [ErrorRow(0, "none", {}, ONE, ONE, ONE, {}), ErrorRow(0, "words", {}, ONE, ONE, ONE, {})],
        [ErrorRow(1e-3, "none", {}, NAN, ONE, INFINITE, {})],
        [ErrorRow(0, "none", {}, ONE, ONE, ONE, {}), ErrorRow(0.1, "none", {}, NAN, NAN, NAN, {})],
    ],
    ids=["no errors", "nothing finite", "only the rate 0 finite"],
)
def test_plots_of_what_no_axis_can_show(tmp_path: Path, rows: list[ErrorRow]) -> None:
    """Nor a title with the signs of formulas."""
    pytest.importorskip("matplotlib")
    from edgesdk.cli.bench.bit_errors_plot import plot

    plot(tmp_path / "p.svg", ErrorTable(tuple(rows), 8, 1, 7, 4.5), "a$x_{$.edge")
    drawn = (tmp_path / "p.svg").read_text()
    assert "a$x_{$.edge" in drawn
    assert ("no finite value" in drawn) == any(row.rate > 0 for row in rows)


def test_what_has_no_probability_is_said() -> None:
    change, counts = Range(9, 10, 11), {"flipped_bits": 3.0}
    row = ErrorRow(0.5, "none", {}, change, Range(0, 0, 0), INFINITE, counts)
    table = ErrorTable((row,), 8, 1, 7, 4.5)
    assert "no probability" in as_text(table)
    assert "inf" in as_csv(table)
    lost = as_text(ErrorTable((replace(row, change=NAN, perplexity=None),), 8, 1, 0, None))
    assert "no number" in lost
    assert "no probability" not in lost


def test_seeds_are_counted_in_words() -> None:
    row = ErrorRow(0.1, "none", {}, ONE, ONE, None, {})
    one, three = (as_text(ErrorTable((row,), 8, seeds, 0, None)) for seeds in (1, 3))
    assert one.endswith("; of one seed")
    assert three.endswith("; mean of 3 seeds, lowest and highest in brackets")


def test_counts_and_rates_have_all_their_digits() -> None:
    counts = {"flipped_bits": 11531523.0, "fixed": 2.5}
    row = ErrorRow(1.23456789e-4, "none", {}, Range(1, 2, 4), ONE, None, counts)
    table = ErrorTable((row,), 8, 1, 0, None)
    [found] = csv.DictReader(io.StringIO(as_csv(table)))
    assert (found["rate"], found["flipped_bits"]) == ("0.000123456789", "11531523")
    assert found["fixed"] == "2.5"
    assert [found[name] for name in ("change_low", "change", "change_high")] == ["1", "2", "4"]
    assert "flipped_bits 11 531 523, fixed 2.5" in as_text(table)
