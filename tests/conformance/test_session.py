"""What every session must do."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from edgesdk import DeviceUnavailable, InputMismatch, Session, UsageError
from edgesdk.backend import Device
from tests.conformance.conftest import Bench, equal


@pytest.fixture
def session(device: Device, installed: Callable[[], bool]) -> Session:
    return device.open("scale")


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


@pytest.mark.parametrize("wrong", ["name", "missing", "extra", "dtype", "rank", "length", "object"])
def test_wrong_inputs_are_refused_and_do_no_harm(
    session: Session, bench: Bench, wrong: str
) -> None:
    inputs = dict(bench.case.inputs)
    name, array = next(iter(inputs.items()))
    if wrong == "length" and isinstance(session.inputs[0].shape[-1], str):
        wrong = "rank"  # any length is right
    if wrong == "name":
        inputs[f"{name}2"] = inputs.pop(name)
    elif wrong == "missing":
        del inputs[name]
    elif wrong == "extra":
        inputs["more"] = array
    else:
        inputs[name] = {
            "dtype": array.astype(np.complex64),
            "rank": array[None],
            "length": np.concatenate([array, array], axis=-1),
            "object": object(),
        }[wrong]
    with pytest.raises(InputMismatch) as caught:
        session.run(inputs)
    assert caught.value.id == "EDGE-0202"
    assert name in str(caught.value)
    assert equal(session.run(bench.case.inputs), bench.case.answer(2))


def test_out_arrays_are_filled_and_returned(session: Session, bench: Bench) -> None:
    out = {name: np.empty_like(array) for name, array in bench.case.answer(2).items()}
    results = session.run(bench.case.inputs, out)
    assert all(results[name] is out[name] for name in out)
    assert equal(out, bench.case.answer(2))


@pytest.mark.parametrize("wrong", ["name", "dtype", "shape", "order", "read-only"])
def test_wrong_out_arrays_are_refused(session: Session, bench: Bench, wrong: str) -> None:
    name, array = next(iter(bench.case.answer(2).items()))
    locked = np.empty_like(array)
    locked.flags.writeable = False
    out = {
        "name": {"nothing": np.empty_like(array)},
        "dtype": {name: array.astype(np.complex64)},
        "shape": {name: np.empty((*array.shape, 2), array.dtype)},
        "order": {name: np.empty((*array.shape, 2), array.dtype)[..., 0]},
        "read-only": {name: locked},
    }[wrong]
    with pytest.raises(InputMismatch) as caught:
        session.run(bench.case.inputs, out)
    assert caught.value.id == "EDGE-0211"


def test_closing_twice_is_safe_and_running_after_it_is_an_error(
    session: Session, bench: Bench
) -> None:
    with session:
        pass
    session.close()
    with pytest.raises(UsageError) as caught:
        session.run(bench.case.inputs)
    assert caught.value.id == "EDGE-0207"


def test_two_sessions_do_not_disturb_each_other(
    session: Session, device: Device, bench: Bench
) -> None:
    if bench.case.one_session:
        with pytest.raises(DeviceUnavailable):
            device.open("scale")
        assert equal(session.run(bench.case.inputs), bench.case.answer(2))
        session.close()
    with device.open("scale") as other:
        assert equal(other.run(bench.case.inputs), bench.case.answer(2))
        session.close()
        assert equal(other.run(bench.case.inputs), bench.case.answer(2))


def test_it_is_a_session(session: Session) -> None:
    assert isinstance(session, Session)
