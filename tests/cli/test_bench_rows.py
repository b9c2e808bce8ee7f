"""What a benchmark's table and page say of figures that are easily misread."""

from __future__ import annotations

import io
import re
import sys
from dataclasses import replace

import pytest

from edgesdk.bench import (
    Agreement,
    BenchRecord,
    Comparison,
    Figure,
    Measured,
    OutputAgreement,
)
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


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 250])
@pytest.mark.parametrize("contenders", [1, 2, 4])
def test_a_narrow_terminal_has_no_longer_lines(
    monkeypatch: pytest.MonkeyPatch, columns: int, contenders: int
) -> None:
    long = Figure(1.0, "s", "measured", "a note of some length " * 9)
    one, two = record_of(4, load_time=long).results
    record = replace(record_of(4), results=(one, *[two] * (contenders - 1)))
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(sys, "stdout", Terminal())
    shown = as_text(record)
    least = 40 if contenders > 1 else 60  # of three columns, the last of which is wrapped
    assert max(map(len, shown.splitlines())) <= min(max(columns, least), 100)
    assert shown.count("slowest run") + shown.count("latency_max") >= 1


def test_one_run_is_no_runs() -> None:
    record = replace(record_of(1), settings={**SETTINGS, "runs": 1, "warmup": 2})
    assert "\n1 run, after 2 to warm up, those of a kind in turns" in as_text(record)


def test_what_models_in_one_process_share_is_said_where_memory_was_measured() -> None:
    growth = Figure(1 << 20, "B", "measured")
    assert "measure each alone" in " ".join(
        as_text(record_of(4, peak_memory_growth=growth)).split()
    )
    assert "measure each alone" not in as_text(record_of(4))


def test_a_board_and_an_emulator_are_told_apart() -> None:
    """In the table by words, in the page by charts of their own."""
    record = record_of(4)
    board, other = record.results
    emulator = replace(other, device="emu:x", emulated=True)
    table, shown = both(replace(record, results=(board, emulator)))
    assert table.count("measured, of an emulator") == 2  # the median, and the slowest
    boards, emulators = shown.split("Every figure")[0].split("Emulators, by the clock")
    assert "emu:x" not in boards.split("Devices, by the clock")[1]
    assert "cpu:" not in emulators.split("Answers")[0]


def test_a_band_is_in_the_unit_of_its_value_and_is_drawn() -> None:
    rests = "a guess of ours"
    modelled = Figure(0.002, "s", "modelled", rests, (0.001, 0.0125))
    record = record_of(4, device_latency=modelled, load_time=Figure(1.0, "s", "measured", "seen"))
    table, shown = both(record)
    for text in (table, shown):
        assert "1 to 12.5" in text
    assert f"modelled of A: {rests}" in table
    assert "seen" not in table  # of what was measured nothing is assumed
    drawn = page(record, [], "now").split("On the device")[1].split("</section>")[0]
    assert drawn.count('class="band"') == 2


def test_a_ratio_says_of_what_and_how_sure_it_is() -> None:
    found = Comparison(2.0, (1.5, 2.5, 3.5), "emulators, and no boards")
    table, shown = both(replace(record_of(4), comparisons=(found,)))
    said = "ratio of medians, B to A: 2.000; of pairs: 2.500 (p25 1.500, p75 3.500); emulators"
    assert said in table
    assert "B to A: 2.000, of medians; above 1 is slower" in shown
    assert "2.500 (half of them from 1.500 to 3.500); emulators, and no boards." in shown


def test_memory_is_told_by_its_name() -> None:
    memory = {"peak_memory": 3 << 20, "peak_memory_growth": 2 << 20}
    table = as_text(record_of(4, **{n: Figure(v, "B", "measured") for n, v in memory.items()}))
    assert re.search(r"\npeak +3.0 MiB", table)
    assert re.search(r"\ngrowth +2.0 MiB", table)


@pytest.mark.parametrize("values", [[1.0, 4.0], [1.0, 1000.0]], ids=["linear", "logarithmic"])
def test_the_greatest_value_is_at_the_end_of_its_axis(values: list[float]) -> None:
    axis = Axis(values, "s")
    assert axis.percent(max(values)) == pytest.approx(98.0)
    assert axis.percent(2.0) < 60
