"""Sessions whose own machine takes their times, and what that machine does for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from edgesdk.backend import Arrays
from edgesdk.bench import Contender, Enough, Figure, Opening, TimesItself, bench, measure_here
from edgesdk.session import BaseSession
from edgesdk.tensors import TensorSpec

SPEC = (TensorSpec("x", "float32", (1,)),)
INPUTS = {"x": np.zeros(1, np.float32)}


class Echo(BaseSession):
    """Answers what it is given, and counts its runs."""

    def __init__(self) -> None:
        super().__init__(SPEC, SPEC)
        self.runs = 0

    def _run(self, arrays: Arrays) -> Arrays:
        self.runs += 1
        return arrays

    def figures(self) -> Mapping[str, Figure]:
        return {"cycles": Figure(7, "cycles", "measured")}


class Distant(Echo):
    """A stand-in for a board at a distance: its clock says 2 s for each run."""

    def timed(
        self,
        inputs: Arrays,
        *,
        warmup: int,
        runs: int,
        seconds: float,
        on_run: Callable[[int, int], None],
    ) -> Sequence[float]:
        times, self.told = measure_here(
            Echo(), self.opening, inputs, warmup=warmup, runs=runs, seconds=seconds, on_run=on_run
        )
        return [2.0] * len(times)

    opening = Opening(local=True)

    def figures(self) -> Mapping[str, Figure]:
        return self.told


def contender(session: BaseSession, local: bool) -> Contender:
    return Contender("m", "1.0.0", "x:", "x", lambda: session, lambda s: INPUTS, "", local)


def test_times_and_memory_are_those_of_the_other_machine() -> None:
    distant, told = Distant(), list[tuple[int, int]]()
    assert isinstance(distant, TimesItself)
    record = bench(
        [contender(Echo(), True), contender(distant, False)],
        runs=3,
        warmup=2,
        on_run=lambda done, of: told.append((done, of)),
    )
    here, there = record.results
    assert there.figures["latency_p50"].value == 2.0
    assert "the link is not in it" in there.figures["latency_p50"].note
    assert (here.clock, there.clock) == ("this machine", "the device's own machine")
    assert there.figures["peak_memory"].how == "measured"
    assert there.figures["cycles"].value == 7
    assert distant.runs == 1  # for the answers: its own machine does all others
    assert there.answers is not None
    assert there.answers.equal == 1
    assert told[:2] == [(0, 3)] * 2
    assert told[2:] == [(done, 6) for done in (1, 2, 3, 3, 3, 4, 5, 6)]
    assert record.settings["interleaved"] is False
    assert record.comparisons[0].of_pairs is None
    assert record.comparisons[0].ratio_of_medians is not None


def test_two_that_time_themselves_ran_in_no_turns() -> None:
    record = bench([contender(Distant(), False) for _ in range(2)], runs=3, warmup=0)
    [found] = record.comparisons
    assert record.settings["interleaved"] is False
    assert (found.ratio_of_medians, found.of_pairs) == (1.0, None)
    assert found.note == "not in turns: each on a machine of its own"


@pytest.mark.parametrize(("stop", "done"), [(0, 0), (2, 2)])
def test_enough_gives_what_there_is(stop: int, done: int) -> None:
    def tell(runs: int, of: int) -> None:
        if runs == stop:
            raise Enough

    opening = Opening(local=False)
    session = opening.open(Echo)
    times, figures = measure_here(
        session, opening, INPUTS, warmup=3, runs=5, seconds=10.0, on_run=tell
    )
    assert times.shape == (done,)
    assert {"load_time", "cycles"} <= figures.keys()


@pytest.mark.parametrize("emulated", [True, False])
def test_a_board_says_itself_what_is_of_an_emulator(emulated: bool) -> None:
    opening = Opening(local=True, emulated=emulated)
    session = opening.open(Echo)
    _, figures = measure_here(
        session, opening, INPUTS, warmup=0, runs=1, seconds=1.0, on_run=lambda done, of: None
    )
    for name in ("cycles", "load_time"):
        assert ("an emulator" in figures[name].note) == emulated


class Reader(Echo):
    """A stand-in for a decoder: each run reads ten tokens, in 1 s, 2 s, 10 s."""

    @property
    def took(self) -> Mapping[str, tuple[int, float]]:
        return {"prefill_rate": (10, (10.0, 1.0, 2.0)[self.runs % 3])}

    def figures(self) -> Mapping[str, Figure]:
        return {"prefill_rate": Figure(-1.0, "tokens/s", "measured", "10 tokens, the last run")}


def test_speeds_are_of_all_timed_runs_and_not_of_the_last() -> None:
    figures = bench([contender(Reader(), True)], runs=3, warmup=3).results[0].figures
    assert figures["prefill_rate"].value == 5.0
    assert figures["prefill_rate"].note == "10 tokens, median of 3 runs"
    assert figures["device_prefill_rate"].value == 5.0
    opening = Opening(local=False)
    session = opening.open(Reader)
    _, told = measure_here(
        session, opening, INPUTS, warmup=0, runs=3, seconds=10.0, on_run=lambda done, of: None
    )
    assert told["prefill_rate"].value == 5.0


def test_a_real_device_is_measured_and_its_model_stands_beside() -> None:
    class Modelled(Reader):
        def figures(self) -> Mapping[str, Figure]:
            modelled = Figure(4.0, "tokens/s", "modelled", "", (3.0, 5.0))
            return {**super().figures(), "device_prefill_rate": modelled}

    figures = bench([contender(Modelled(), True)], runs=3, warmup=0).results[0].figures
    assert figures["device_prefill_rate"].how == "measured"
    assert figures["modelled_prefill_rate"].value == 4.0
    emulated = replace(contender(Modelled(), True), emulated=True)
    figures = bench([emulated], runs=3, warmup=0).results[0].figures
    assert figures["device_prefill_rate"].value == 4.0
    assert figures["device_latency"].how == "not measured"
    assert "modelled_prefill_rate" not in figures


def test_a_device_that_gave_no_times_has_no_latency() -> None:
    class Silent(Distant):
        def timed(self, inputs: Arrays, **settings: object) -> Sequence[float]:  # type: ignore[override]
            self.told: dict[str, Figure] = {}
            return []

    record = bench([contender(Echo(), True), contender(Silent(), False)], runs=1, warmup=0)
    assert "latency_p50" not in record.results[1].figures
    assert record.comparisons[0].note == "not both were timed"
