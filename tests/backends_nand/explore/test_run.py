"""Evaluating a grid: in this process, in several, on a cluster; the same figures everywhere."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from edgesdk.errors import MissingExtra, UsageError
from edgesdk.explore import run
from edgesdk.explore.grid import Grid, read_grid
from edgesdk.explore.run import PIECE, Evaluator, Piece, evaluate, here, on_cluster
from edgesdk.predict import ask
from edgesdk.predict.model import named_shape
from edgesdk_backends.nand.explore import OBJECTIVES, NandEvaluator

GRID = read_grid(["channels=1..32:1", "chips=1..20:1", "planes=1,2"])


def nand(grid: Grid) -> NandEvaluator:
    """Most designs with one plane contradict themselves; those with few chips are too small."""
    question = ask(named_shape("llama-2-7b"), "nand:cambricon-s", {"blocks": "64"}, contexts=[10])
    return NandEvaluator.of(question, grid.axes)


def gathered(pieces: Iterator[Piece]) -> tuple[list[tuple[float, ...]], dict[str, int]]:
    rows: dict[int, tuple[float, ...]] = {}
    refused: dict[str, int] = {}
    for piece in pieces:
        for offset, figures in enumerate(piece.figures):
            rows[piece.first + offset] = tuple(np.nan_to_num(figures, nan=-1.0))
        for found in piece.refused:
            refused[found.id] = refused.get(found.id, 0) + found.count
    assert sorted(rows) == list(range(GRID.count))
    return [rows[number] for number in sorted(rows)], refused


@pytest.fixture(scope="module")
def alone() -> tuple[list[tuple[float, ...]], dict[str, int]]:
    return gathered(here(nand(GRID), GRID, len(OBJECTIVES), 1))


def test_in_this_process(alone: tuple[list[tuple[float, ...]], dict[str, int]]) -> None:
    rows, refused = alone
    assert refused["EDGE-02224"] == 640
    assert 0 < refused["EDGE-02240"] < 640
    assert sum(row[0] > 0 for row in rows) == 1280 - sum(refused.values())


def test_few_designs_do_not_wait_for_other_processes(
    monkeypatch: pytest.MonkeyPatch, alone: tuple[list[tuple[float, ...]], dict[str, int]]
) -> None:
    """Where they take as long as is given to one process, no other is started; where they take
    longer, the rest goes to one for each processor."""
    started: list[int] = []

    def shared(
        evaluator: Evaluator, grid: Grid, width: int, bounds: Sequence[tuple[int, int]], jobs: int
    ) -> Iterator[Piece]:
        started.append(jobs)
        return (evaluate(evaluator, grid, width, *bound) for bound in bounds)

    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 5}, raising=False)
    monkeypatch.setattr(run, "_shared", shared)
    work = nand(GRID), GRID, len(OBJECTIVES), 0
    assert gathered(here(*work, alone=600.0)) == alone
    assert started == []
    assert gathered(here(*work, alone=0.0)) == alone
    assert started == [3]


def test_several_processes(alone: tuple[list[tuple[float, ...]], dict[str, int]]) -> None:
    assert gathered(here(nand(GRID), GRID, len(OBJECTIVES), 2)) == alone


@dataclass(frozen=True)
class Ending:
    """Its process ends at one of the designs."""

    settings: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, values: Sequence[str], /) -> Sequence[float]:
        if values[0] == "17":
            os._exit(3)
        return (1.0,)


def test_a_process_that_ends_is_told() -> None:
    grid = read_grid(["a=1..20:1", "b=1..40:1"])
    with pytest.raises(UsageError) as caught:
        list(here(Ending(), grid, 1, 2))
    assert caught.value.id == "EDGE-02251"


def test_a_fault_is_no_refusal() -> None:
    """Only known errors are counted as designs that cannot be."""

    def faulty(values: Sequence[str], /) -> Sequence[float]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        evaluate(faulty, read_grid(["a=1,2"]), 1, 0, 2)


class StandIn:
    """As much of ``distributed`` as a sweep uses, done at once, with its arguments pickled."""

    def __init__(self, address: str, timeout: float) -> None:
        if not address.startswith("tcp://"):
            raise ValueError(f"unknown address scheme {address!r}")
        if address.endswith(":1"):
            raise OSError("Timed out trying to connect")
        self.address = address

    def __enter__(self) -> StandIn:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def wait_for_workers(self, count: int, timeout: float) -> None:
        if self.address.endswith(":2"):
            raise TimeoutError

    def close(self) -> None:
        self.closed = True

    def scatter(self, value: Any, broadcast: bool) -> Any:
        return value

    def submit(self, function: Any, *arguments: Any, pure: bool) -> Any:
        arguments = pickle.loads(pickle.dumps(arguments))
        return SimpleNamespace(result=lambda: function(*arguments))


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    module = SimpleNamespace(Client=StandIn, as_completed=reversed)
    monkeypatch.setitem(sys.modules, "distributed", module)


@pytest.mark.usefixtures("stand_in")
def test_a_cluster(alone: tuple[list[tuple[float, ...]], dict[str, int]]) -> None:
    pieces = on_cluster(nand(GRID), GRID, len(OBJECTIVES), "tcp://127.0.0.1:8786")
    assert gathered(pieces) == alone


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "tcp://127.0.0.1:2", "nowhere", ""])
def test_a_scheduler_that_is_not_there(address: str) -> None:
    with pytest.raises(UsageError) as caught:
        list(on_cluster(nand(GRID), GRID, len(OBJECTIVES), address))
    assert caught.value.id == "EDGE-02250"


def _broken(values: Sequence[str], /) -> Sequence[float]:
    raise ModuleNotFoundError("No module named 'edgesdk_backends.nand'")


@pytest.mark.usefixtures("stand_in")
def test_a_worker_without_edgesdk() -> None:
    with pytest.raises(UsageError) as caught:
        list(on_cluster(_broken, GRID, 1, "tcp://127.0.0.1:8786"))
    assert caught.value.id == "EDGE-02251"
    assert "No module named" in caught.value.evidence


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtra, match="distributed"):
        list(on_cluster(nand(GRID), GRID, 1, "tcp://127.0.0.1:8786"))


@pytest.mark.filterwarnings("default")
def test_a_real_cluster(alone: tuple[list[tuple[float, ...]], dict[str, int]]) -> None:
    """Its workers are threads of this process; without the extra, the stand-in is all there is."""
    distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")
    cluster = distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
    )
    with cluster:
        address = cluster.scheduler_address
        assert gathered(on_cluster(nand(GRID), GRID, len(OBJECTIVES), address)) == alone


def test_pieces_are_small_enough_to_be_stopped() -> None:
    sizes = [len(piece.figures) for piece in here(nand(GRID), GRID, len(OBJECTIVES), 1)]
    assert max(sizes) == PIECE
