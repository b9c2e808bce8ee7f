"""The benchmark record: its figures, their honesty, and the comparison of two."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from edgesdk.backend import Arrays
from edgesdk.bench import Contender, Figure, bench
from edgesdk.errors import UsageError
from edgesdk.peak_memory import PeakMemory
from edgesdk.session import BaseSession
from edgesdk.tensors import TensorSpec

SPEC = (TensorSpec("x", "float32", (1,)),)
LATENCY = ["latency_min", "latency_p50", "latency_p90", "latency_p99", "latency_max"]


class Sleeper(BaseSession):
    """A model that takes a while, and remembers in which order models ran."""

    def __init__(self, seconds: float, name: str, order: list[str]) -> None:
        super().__init__(SPEC, SPEC)
        self.seconds, self.name, self.order = seconds, name, order

    def _run(self, arrays: Arrays) -> Arrays:
        assert not gc.isenabled() or len(self.order) < 100
        self.order.append(self.name)
        time.sleep(self.seconds)
        return arrays


class Counter(Sleeper):
    """A model on a device that counts what the host cannot see."""

    def figures(self) -> Mapping[str, Figure]:
        return {
            "energy": Figure(2e-6, "J", "modelled", "3 pJ per operation", (1e-6, 4e-6)),
            "prefill_rate": Figure(3.0, "tokens/s", "measured"),
        }


def contender(session: BaseSession, local: bool = True) -> Contender:
    inputs = {"x": np.zeros(1, np.float32)}
    return Contender("m", "1.0.0", "cpu:", "cpu", lambda: session, lambda s: inputs, "zeros", local)


def test_the_figures_of_one() -> None:
    session = Sleeper(0.001, "a", [])
    record = bench([contender(session)], runs=30, warmup=3)
    assert len(session.order) == 33
    assert record.settings["runs"] == 30
    assert record.comparisons == ()
    assert record.results[0].answers is None
    figures = record.results[0].figures
    values = [figures[name].value for name in LATENCY]
    assert values == sorted(values)
    assert values[0] >= 0.001
    assert figures["throughput"].value == pytest.approx(1 / figures["latency_mean"].value)
    assert {f.how for f in figures.values()} == {"measured", "not measured"}
    assert (figures["energy"].value, figures["energy"].how) == (None, "not measured")
    assert json.loads(json.dumps(record.as_dict()))["record"] == "edgesdk-bench"


@pytest.mark.parametrize("local", [True, False])
def test_what_is_measured_of_an_emulator_says_so(local: bool) -> None:
    emulated = replace(contender(Counter(0.0, "a", []), local), emulated=True)
    figures = bench([emulated], runs=2, warmup=0).results[0].figures
    measured = [figure for figure in figures.values() if figure.how == "measured"]
    assert len(measured) >= len(LATENCY) + 2
    assert all("an emulator, and no board" in figure.note for figure in measured)
    assert figures["energy"].note == "3 pJ per operation"
    own = bench([contender(Counter(0.0, "a", []), local)], runs=2, warmup=0).results[0].figures
    assert not any("no board" in figure.note for figure in own.values())


def test_several_run_in_turns_and_are_compared_with_the_first() -> None:
    order: list[str] = []
    three = [contender(Sleeper(s, n, order)) for s, n in ((0.001, "a"), (0.003, "b"), (0.004, "c"))]
    record = bench(three, runs=20, warmup=0)
    assert order == [*"abc", *"abc" * 20]  # once for the answers, then in turns
    assert record.settings["interleaved"] is True
    for found in record.comparisons:
        assert found.of_pairs is not None
        assert found.ratio_of_medians is not None
    assert [m.answers and m.answers.equal for m in record.results] == [None, 1, 1]


def test_times_of_different_kinds_have_no_ratio() -> None:
    board = contender(Sleeper(0.0, "a", []))
    emulated, other = (replace(contender(Sleeper(0.0, name, [])), emulated=True) for name in "bc")
    [found] = bench([board, emulated], runs=2, warmup=0).comparisons
    assert (found.ratio_of_medians, found.of_pairs) == (None, None)
    assert "the device itself, and an emulator" in found.note
    two = replace(contender(Sleeper(0.0, "d", [])), emulated=True)
    [found] = bench([two, other], runs=2, warmup=0).comparisons
    assert found.ratio_of_medians is not None
    assert found.note == "emulators, and no boards"


def test_a_ratio_says_where_one_of_both_times_holds_a_link() -> None:
    for local in ((True, False), (False, True), (False, False)):
        pair = [contender(Sleeper(0.0, "a", []), one) for one in local]
        [found] = bench(pair, runs=2, warmup=0).comparisons
        note = "the link is in the times of one, and not in those of the other"
        assert found.note == (note if any(local) else "")


def test_times_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six rounds of two, whose times the clock is told: every statistic by its definition."""
    took = [(0.25, 0.5), (1.0, 0.5), (0.5, 1.5), (2.0, 1.0), (0.75, 3.0), (4.0, 2.0)]
    monkeypatch.setattr("edgesdk.bench.measuring.rounds", lambda *_: np.array(took))
    record = bench([contender(Sleeper(0.0, name, [])) for name in "ab"], runs=6, warmup=0)
    figures = record.results[0].figures
    hand = {"min": 0.25, "max": 4.0, "mean": 8.5 / 6, "p50": 0.875, "p90": 3.0, "p99": 3.9}
    for name, value in hand.items():
        assert figures[f"latency_{name}"].value == pytest.approx(value)
        assert figures[f"latency_{name}"].unit == "s"
    assert figures["throughput"].value == pytest.approx(6 / 8.5)
    assert figures["throughput"].unit == "1/s"
    assert figures["device_latency"].value == 0.875
    [found] = record.comparisons
    assert found.ratio_of_medians == pytest.approx(1.25 / 0.875)
    assert found.of_pairs == pytest.approx((0.5, 1.25, 2.75))


def test_the_clock_counts_nanoseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(0, 100_000_000, 2_500_000))
    monkeypatch.setattr(time, "perf_counter_ns", lambda: next(ticks))
    figures = bench([contender(Sleeper(0.0, "a", []))], runs=3, warmup=0).results[0].figures
    assert [figures[name].value for name in LATENCY] == [pytest.approx(0.0025)] * 5


def test_every_figure_is_in_a_unit_of_the_specification() -> None:
    figures = bench([contender(Counter(0.0, "a", []))], runs=1, warmup=0).results[0].figures
    units = {"s": ("latency", "load"), "B": ("peak",), "J": ("energy",), "1/s": ("throughput",)}
    for name, figure in figures.items():
        if "rate" not in name:
            assert name.removeprefix("device_").startswith(units[figure.unit]), name


def test_what_was_loaded_by_compiling_is_said() -> None:
    """Or the opening of an earlier model."""
    one, two, three = (contender(Sleeper(0.0, name, [])) for name in "abc")
    first, second = bench([one, two], runs=1, warmup=0).results
    [after] = bench([replace(three, fresh=False)], runs=1, warmup=0).results
    for result, words in ((first, False), (second, True), (after, True)):
        assert ("libraries may be there already" in result.figures["load_time"].note) == words
        if result.figures["peak_memory"].how == "measured":
            assert ("done before it" in result.figures["peak_memory"].note) == words
            assert ("is not in it" in result.figures["peak_memory_growth"].note) == words


def test_devices_take_no_turns_with_emulators() -> None:
    order: list[str] = []
    told: list[tuple[int, int]] = []
    four = [contender(Sleeper(0.0, name, order)) for name in "aBcD"]
    mixed = [replace(c, emulated=index % 2 == 1) for index, c in enumerate(four)]
    record = bench(mixed, runs=3, warmup=0, on_run=lambda done, of: told.append((done, of)))
    assert order == [*"aBcD", *"ac" * 3, *"BD" * 3]
    assert told == [(done, 6) for done in range(1, 7)]
    assert record.settings["interleaved"] is True
    assert [result.runs for result in record.results] == [3] * 4
    assert record.comparisons[1].of_pairs is not None


def test_an_emulator_takes_no_time_from_a_device() -> None:
    device, slow = contender(Sleeper(0.0, "a", [])), contender(Sleeper(0.02, "b", []))
    record = bench([device, replace(slow, emulated=True)], runs=50, warmup=0, seconds=0.1)
    assert record.settings["interleaved"] is False
    runs = [result.runs for result in record.results]
    assert runs[0] == record.settings["runs"] == 50
    assert 1 <= runs[1] <= 6


def test_time_ends_it_after_a_whole_round() -> None:
    record = bench([contender(Sleeper(0.01, "a", []))], runs=1000, warmup=0, seconds=0.001)
    assert record.settings["runs"] == 1


def test_a_device_elsewhere_has_no_memory_of_ours_and_may_count() -> None:
    figures = bench([contender(Counter(0, "a", []), local=False)], runs=2).results[0].figures
    assert figures["peak_memory"].value is None
    assert figures["peak_memory"].how == "not measured"
    assert figures["energy"].how == "modelled"
    assert figures["energy"].band == (1e-6, 4e-6)


def test_the_garbage_collector_is_off_while_timing_and_back_after() -> None:
    seen: list[bool] = []

    class Watcher(Sleeper):
        def _run(self, arrays: Arrays) -> Arrays:
            seen.append(gc.isenabled())
            return arrays

    bench([contender(Watcher(0, "a", []))], runs=3, warmup=2)
    assert seen == [True, True, False, False, False]
    assert gc.isenabled()


@pytest.mark.parametrize(
    "settings", [{"runs": 0}, {"warmup": -1}, {"seconds": 0}, {"seconds": float("nan")}]
)
def test_settings_that_measure_nothing(settings: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as caught:
        bench([contender(Sleeper(0, "a", []))], **settings)
    assert caught.value.id == "EDGE-0233"
    assert caught.value.next_step
    with pytest.raises(UsageError):
        bench([])


def test_peak_memory_sees_what_was_freed_again() -> None:
    meter = PeakMemory()
    block = np.ones(64 << 20, np.uint8)
    del block
    peak, growth, method = meter.read()
    if peak is None:
        assert "does not tell" in method
        return
    assert growth is not None
    assert growth >= 60 << 20
