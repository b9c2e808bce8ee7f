"""What a benchmark's table and page say of figures that are easily misread."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from edgesdk.bench import Agreement, BenchRecord, Figure, Measured, OutputAgreement
from edgesdk.cli.bench.charts import Axis
from edgesdk.cli.bench.numbers import NO_BREAK, unbroken
from edgesdk.cli.bench.page import page
from edgesdk.cli.bench.view import as_text

SETTINGS = {"runs": 4, "warmup": 0, "seconds": 1.0, "interleaved": True}
TIMES = {
    f"latency_{name}": Figure(value, "s", "measured")
    for name, value in {"min": 0.25, "p50": 0.5, "p99": 0.75, "max": 0.875}.items()
}
TOKENS = OutputAgreement("continuation", tokens=64, length=64)
LOGITS = OutputAgreement("logits", difference=0.143, top=64, rows=64)


def record_of(runs: int, **figures: Figure) -> BenchRecord:
    """A language model on two devices, the second's tokens equal and its logits not."""
    found = {**TIMES, **figures}
    first = Measured("m", "1.0.0", "cpu:", "cpu", "", found, runs=runs)
    answers = Agreement(4, 4, "the same", (TOKENS, LOGITS))
    return BenchRecord(SETTINGS, (first, replace(first, answers=answers)), {"edgesdk": "0"})


def both(record: BenchRecord) -> tuple[str, str]:
    """The table, and the page without its marks."""
    return as_text(record), re.sub("<[^>]*>", " ", page(record, [], "now")).replace(NO_BREAK, " ")


def test_equal_is_said_of_tokens_where_logits_are_not() -> None:
    table, shown = both(record_of(4))
    assert "4 of 4, tokens to the bit" in table
    assert "tokens equal to A&#x27;s, to the bit; logits: at most 0.143 apart" in shown


@pytest.mark.parametrize(("runs", "words"), [(4, "slowest"), (99, "slowest"), (100, "percentile")])
def test_few_runs_have_a_slowest_and_no_percentile(runs: int, words: str) -> None:
    table, shown = both(record_of(runs))
    charts = shown.split("Every figure")[0]
    for text in (table, charts):
        assert {word for word in ("slowest", "percentile") if word in text} == {words}
    assert ("875 ms" in table) == (runs < 100)


def test_needs_say_what_kind_of_memory_and_that_they_are_declared() -> None:
    table, shown = both(record_of(4, needs_cma=Figure(2 << 20, "B", "declared")))
    assert "2.0 MiB" in table
    assert "declared" in table
    assert "cma, declared" in shown.split("Every figure")[0]
    assert "Declared: the bundle asks for it" in shown


@pytest.mark.parametrize(("name", "of"), [("device_decode_rate", "token"), ("cycles", "run")])
def test_energy_says_of_what(name: str, of: str) -> None:
    record = record_of(4, energy=Figure(2.0, "J", "measured"), **{name: Figure(1.0, "", "counted")})
    assert f"energy, a {of} " in as_text(record)


def test_runs_are_told_of_each_where_they_differ() -> None:
    record = record_of(4)
    assert "\nruns " not in as_text(record)
    first, second = record.results
    table, shown = both(replace(record, results=(first, replace(second, runs=3))))
    assert re.search(r"\nruns +4 +3\n", table)
    assert "4 runs at most" in table
    assert "4 runs at most, after 0" in shown


def test_ticks_of_bytes_are_in_one_unit() -> None:
    axis = Axis([1.5 * (1 << 20), 0.4 * (1 << 20)], "B")
    assert {axis.label(value, "B").split()[-1] for value in axis.ticks()} == {"MiB"}
    assert axis.label(0.5 * (1 << 20), "B") == "0.5 MiB"


def test_a_range_is_not_cut() -> None:
    assert unbroken("115.8 to 2 086 ms").replace(NO_BREAK, "_") == "115.8_to_2_086 ms"
