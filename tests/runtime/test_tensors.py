"""The check of inputs: what is taken as it is, what is converted, what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edgesdk import InputMismatch, TensorSpec
from edgesdk.tensors import DTYPES, InputChecker

X = TensorSpec("x", "float32", (2, "n"))


def check(spec: TensorSpec, value: object) -> np.ndarray:
    return InputChecker([spec])({spec.name: value})[spec.name]


def test_an_array_is_passed_on_without_a_copy() -> None:
    array = np.zeros((2, 5), np.float32)
    assert check(X, array) is array


def test_dynamic_axes_take_any_length() -> None:
    for length in (0, 1, 100):
        assert check(X, np.zeros((2, length), np.float32)).shape == (2, length)


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        ("float32", [1, 2.5]),
        ("float64", [1, 2]),
        ("int8", [-128, 127]),
        ("uint8", [0, 255]),
        ("int64", [1, 2]),
        ("bool", [True, False]),
        ("string", ["a", "é"]),
    ],
)
def test_lists_are_taken_where_nothing_is_lost(dtype: str, value: list[object]) -> None:
    array = check(TensorSpec("x", dtype, (2,)), value)
    assert array.dtype == DTYPES[dtype]
    assert array.tolist() == value


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        ("int8", [1, 128]),
        ("uint8", [-1, 0]),
        ("int64", [1.5, 2]),
        ("float32", ["a", "b"]),
        ("bool", [2, 0]),
        ("string", [1, 2]),
        ("float32", [[1, 2], [3]]),
        ("float32", None),
        ("float32", [1, 1e300]),
        ("float32", np.ma.masked_array([1, 2], [0, 1])),
        ("float32", np.zeros(2).view(np.matrix)),
    ],
)
def test_lists_are_refused_where_something_would_be_lost(dtype: str, value: object) -> None:
    with pytest.raises(InputMismatch):
        check(TensorSpec("x", dtype, (2,)), value)


@pytest.mark.parametrize("dtype", ["float64", "float16", "int32", "object"])
def test_an_array_of_another_dtype_is_refused(dtype: str) -> None:
    with pytest.raises(InputMismatch) as caught:
        check(X, np.zeros((2, 3), dtype))
    assert "float32[2, n]" in caught.value.what
    assert dtype in caught.value.what


@pytest.mark.parametrize("kind", ["U", "S"])
def test_fixed_width_texts_are_taken(kind: str) -> None:
    array = np.array(["a", "b"]).astype(kind)
    assert check(TensorSpec("x", "string", (2,)), array).tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("inputs", "given"),
    [(np.zeros((2, 3), np.float32), "ndarray"), ([1], "list"), ("x", "str"), (None, "None")],
)
def test_inputs_are_a_mapping(inputs: object, given: str) -> None:
    with pytest.raises(InputMismatch) as caught:
        InputChecker([X, replace(X, name="h")])(inputs)  # type: ignore[arg-type]
    assert caught.value.what.endswith(f"got {given}")
    assert caught.value.next_step == "Call session.run({'x': array, 'h': array})"


def test_inputs_have_the_models_names() -> None:
    with pytest.raises(InputMismatch) as caught:
        InputChecker([X])({"y": 1})
    assert (caught.value.what, caught.value.evidence) == (
        "The model's inputs are 'x'",
        "given: 'y'",
    )


@pytest.mark.parametrize("shape", [(2,), (3, 4), (2, 4, 1), ()])
def test_an_array_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputMismatch) as caught:
        check(X, np.zeros(shape, np.float32))
    assert caught.value.id == "EDGE-0202"
