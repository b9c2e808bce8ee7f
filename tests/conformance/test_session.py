"""What every session must do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from edgesdk import Session, UsageError
from tests.conformance.bench import Bench, equal
from tests.conformance.columns import RUN, column

pytestmark = column(RUN)


def test_runs(session: Session, bench: Bench) -> None:
    assert equal(session.run(bench.case.inputs), bench.case.answer(2))


def test_runs_again_with_other_inputs(session: Session, bench: Bench) -> None:
    session.run(bench.case.inputs)
    zeros = {name: np.zeros_like(array) for name, array in bench.case.inputs.items()}
    assert not equal(session.run(zeros), bench.case.answer(2))
    assert equal(session.run(bench.case.inputs), bench.case.answer(2))


def test_outputs_stay_after_the_next_run(session: Session, bench: Bench) -> None:
    first = session.run(bench.case.inputs)
    session.run({name: np.zeros_like(array) for name, array in bench.case.inputs.items()})
    assert equal(first, bench.case.answer(2))


def test_inputs_are_not_changed(session: Session, bench: Bench) -> None:
    given = {name: array.copy() for name, array in bench.case.inputs.items()}
    session.run(given)
    assert equal(given, bench.case.inputs)


def test_inputs_need_not_be_contiguous(session: Session, bench: Bench) -> None:
    spread = {n: np.repeat(a, 2, axis=-1)[..., ::2] for n, a in bench.case.inputs.items()}
    assert equal(session.run(spread), bench.case.answer(2))


def test_lists_are_taken(session: Session, bench: Bench) -> None:
    lists = {name: array.tolist() for name, array in bench.case.inputs.items()}
    assert equal(session.run(lists), bench.case.answer(2))


def test_specs_describe_what_goes_in_and_out(session: Session, bench: Bench) -> None:
    for specs, arrays in [
        (session.inputs, bench.case.inputs),
        (session.outputs, session.run(bench.case.inputs)),
    ]:
        assert [spec.name for spec in specs] == list(arrays)
        for spec in specs:
            assert spec.numpy_dtype == arrays[spec.name].dtype
            assert len(spec.shape) == arrays[spec.name].ndim


def test_out_arrays_are_filled_and_returned(session: Session, bench: Bench) -> None:
    out = {name: np.empty_like(array) for name, array in bench.case.answer(2).items()}
    results = session.run(bench.case.inputs, out)
    assert all(results[name] is out[name] for name in out)
    assert equal(out, bench.case.answer(2))


def test_runs_of_several_threads_do_not_mix(session: Session, bench: Bench) -> None:
    """They wait for each other, or go side by side: each has the answer to its own inputs."""
    zeros = {name: np.zeros_like(array) for name, array in bench.case.inputs.items()}
    answers = [(bench.case.inputs, bench.case.answer(2)), (zeros, session.run(zeros))]

    def right(number: int) -> bool:
        inputs, answer = answers[number % 2]
        return equal(session.run(inputs), answer)

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(right, range(12)))


def test_closing_twice_is_safe_and_running_after_it_is_an_error(
    session: Session, bench: Bench
) -> None:
    with session:
        pass
    session.close()
    with pytest.raises(UsageError) as caught:
        session.run(bench.case.inputs)
    assert caught.value.id == "EDGE-0207"


def test_it_is_a_session(session: Session) -> None:
    assert isinstance(session, Session)
