"""What is refused at once, and does no harm."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgesdk
from edgesdk import InputMismatch, ModelRefused, Session, UsageError
from tests.conformance.bench import Bench, equal
from tests.conformance.columns import WRONG, column
from tests.conformance.conftest import Note

pytestmark = column(WRONG)


@pytest.mark.parametrize("wrong", ["name", "missing", "extra", "dtype", "rank", "length", "object"])
def test_wrong_inputs_are_refused_and_do_no_harm(
    session: Session, bench: Bench, wrong: str
) -> None:
    inputs = dict(bench.case.inputs)
    name, array = next(iter(inputs.items()))
    if wrong == "length" and isinstance(session.inputs[0].shape[-1], str):
        pytest.skip("does not apply: inputs of any length are right")
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


@pytest.mark.parametrize("wrong", ["huge", "no mapping", "nothing", "list of none"])
def test_what_is_no_input_at_all_is_refused(session: Session, bench: Bench, wrong: str) -> None:
    """Among it one of 2^40 numbers, which lie in no memory: they share one."""
    name, array = next(iter(bench.case.inputs.items()))
    given: Any = {
        "huge": {name: np.broadcast_to(array.dtype.type(1), (*array.shape[:-1], 1 << 40))},
        "no mapping": [array],
        "nothing": {name: array[..., :0]},
        "list of none": {name: [None]},
    }[wrong]
    with pytest.raises((InputMismatch, UsageError)):
        session.run(given)
    assert equal(session.run(bench.case.inputs), bench.case.answer(2))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_finite_number(session: Session, bench: Bench, value: float, note: Note) -> None:
    """It goes through a model of floats to its place; a model of whole numbers has none for it."""
    name, array = next(iter(bench.case.inputs.items()))
    given = array.astype(np.float32)
    given.flat[0] = value
    if array.dtype.kind == "f":
        want = bench.case.answer(2)["y"].copy()
        want.flat[0] = 2 * value
        assert np.array_equal(session.run({name: given})["y"], want, equal_nan=True)
    else:
        note("what is no finite number is refused: the model's inputs are whole numbers")
        for refused in (given, given.tolist()):
            with pytest.raises(InputMismatch):
                session.run({name: refused})
    assert equal(session.run(bench.case.inputs), bench.case.answer(2))


@pytest.mark.parametrize("wrong", ["negative", "beyond", "too many"])
def test_tokens_that_the_model_does_not_know(session: Session, bench: Bench, wrong: str) -> None:
    if "tokens" not in bench.case.inputs:
        pytest.skip("does not apply: the model knows every value of its inputs' type")
    prompt = bench.case.inputs["tokens"].copy()
    if wrong == "too many":
        prompt = np.resize(prompt, 100_000)
    else:
        prompt[1] = -1 if wrong == "negative" else np.iinfo(prompt.dtype).max
    with pytest.raises((InputMismatch, UsageError)):
        session.run({"tokens": prompt})
    assert equal(session.run(bench.case.inputs), bench.case.answer(2))


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
    assert equal(session.run(bench.case.inputs), bench.case.answer(2))


def test_an_unknown_address_option_is_refused(bench: Bench) -> None:
    address = bench.case.address(bench.folder)
    with pytest.raises(UsageError) as caught:
        edgesdk.connect(f"{address}{'&' if '?' in address else '?'}surprise=1")
    assert "surprise" in str(caught.value)


def test_an_unknown_compile_option_is_refused(bench: Bench) -> None:
    with pytest.raises(UsageError) as caught:
        bench.compile(2, options={"surprise": "1"})
    assert caught.value.id == "EDGE-0209"


def test_a_file_that_is_no_model_is_refused(bench: Bench, tmp_path: Path) -> None:
    readable = [name for name in ("onnx", "tflite") if find_spec(name) is not None]
    for suffix in (f".{name}" for name in [*readable, "png"]):
        path = tmp_path / f"bad{suffix}"
        path.write_bytes(b"no model at all" * 10)
        with pytest.raises(ModelRefused):
            edgesdk.compile(path, bench.case.target)
