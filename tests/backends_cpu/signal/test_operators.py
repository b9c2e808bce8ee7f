"""Every operator, and a whole front end, against what TensorFlow Lite Micro answers: to the bit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edgesdk_backends.cpu.signal import SignalGraph

from .cases import Case, cases, front_end
from .frames import FRAME, samples

CASES = list(cases())


def golden() -> dict[str, np.ndarray]:
    """The recorded outputs: ``case:output`` to an array [runs, ...]."""
    with np.load(Path(__file__).with_name("golden.npz")) as file:
        return dict(file)


GOLDEN = golden()


def answers(case: Case) -> Iterator[list[np.ndarray]]:
    graph = SignalGraph(case.model)
    for inputs in case.runs:
        named = {spec.name: array for spec, array in zip(graph.inputs, inputs, strict=True)}
        yield list(graph.run(named).values())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_equals_the_reference(case: Case) -> None:
    for number, column in enumerate(zip(*answers(case), strict=True)):
        expected = GOLDEN[f"{case.name}:{number}"]
        assert column[0].dtype == expected.dtype
        np.testing.assert_array_equal(np.stack(column), expected)


def test_every_recording_has_its_case() -> None:
    recorded = {name.rpartition(":")[0] for name in GOLDEN if "/" not in name}
    assert recorded == {case.name for case in CASES}


def test_state_is_kept_and_forgotten() -> None:
    graph, frames = SignalGraph(front_end()), samples(20, FRAME, 5)

    def stream(graph: SignalGraph) -> list[np.ndarray]:
        return [graph.run({"t0": frame[None]})["t42"] for frame in frames]

    first, second = stream(graph), stream(graph)
    assert not np.array_equal(first, second)
    graph.reset()
    np.testing.assert_array_equal(stream(graph), first)
    np.testing.assert_array_equal(stream(SignalGraph(front_end())), first)


def test_two_graphs_do_not_share_state() -> None:
    one, other = SignalGraph(front_end()), SignalGraph(front_end())
    loud = samples(21, FRAME, 1)[0][None]
    expected = one.run({"t0": loud})["t42"]
    np.testing.assert_array_equal(other.run({"t0": loud})["t42"], expected)


def test_outputs_are_the_callers_to_keep() -> None:
    graph, frames = SignalGraph(front_end()), samples(22, FRAME, 2)
    kept = graph.run({"t0": frames[0][None]})["t42"]
    copy = kept.copy()
    graph.run({"t0": frames[1][None]})
    np.testing.assert_array_equal(kept, copy)
    kept[:] = 0  # writeable
