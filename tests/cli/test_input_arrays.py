"""Inputs from arrays: each kind read rightly, each wrong one refused by its id."""

from __future__ import annotations

import io
import pickle
from pathlib import Path

import numpy as np
import pytest

from edgesdk.cli.inputs import read_inputs
from edgesdk.cli.inputs.array import read_csv
from edgesdk.errors import InputMismatch, UsageError
from edgesdk.tensors import Array, Quantisation, TensorSpec

from .reading import SOUND, read, refused


def test_npy_is_taken_as_it_is(tmp_path: Path) -> None:
    want = np.arange(8, dtype=np.float32).reshape(1, 8)
    np.save(tmp_path / "x.npy", want)
    array, notes = read(tmp_path / "x.npy", SOUND)
    np.testing.assert_array_equal(array, want)
    assert array.dtype == np.float32
    assert notes == []


def test_a_shape_of_the_same_count_is_taken_with_a_note(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.arange(8, dtype=np.float32))
    array, notes = read(tmp_path / "x.npy", SOUND)
    assert array.shape == (1, 8)
    assert "[8] is reshaped to [1, 8]" in notes[0]


def test_dynamic_axes_take_what_is_given(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((3, 5), np.float32))
    array, _ = read(tmp_path / "x.npy", TensorSpec("x", "float32", ("batch", 3, "length")))
    assert array.shape == (1, 3, 5)
    any_shape = TensorSpec("x", "float32", ("...",))
    assert read(tmp_path / "x.npy", any_shape)[0].shape == (3, 5)


def test_a_shape_that_needs_a_guess_is_left_to_the_session(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((3, 5), np.float32))
    assert read(tmp_path / "x.npy", SOUND)[0].shape == (3, 5)
    assert read(tmp_path / "x.npy", TensorSpec("x", "float32", (4, "n", 1)))[0].shape == (3, 5)


def test_npz_gives_inputs_by_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", a=np.zeros(2, np.float32), b=np.ones(2, np.float32))
    specs = [TensorSpec(name, "float32", (2,)) for name in "ab"]
    arrays = read_inputs([str(tmp_path / "x.npz")], specs, lambda text: None)
    assert arrays["b"].tolist() == [1, 1]
    assert refused(tmp_path / "x.npz", SOUND, "EDGE-0228")


def test_an_npz_of_one_array_is_the_one_input(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", other=np.zeros((1, 8), np.float32))
    array, notes = read(tmp_path / "x.npz", SOUND)
    assert array.shape == (1, 8)
    assert "'other' is taken as input 'audio'" in notes[0]


@pytest.mark.parametrize(
    ("content", "suffix"),
    [
        (pickle.dumps([1, 2]), ".npy"),
        (b"", ".npy"),
        (b"\x93NUMPY\x01\x00", ".npy"),
        (b"PK\x03\x04 not a zip", ".npz"),
        (b"1,2,three", ".csv"),
        (b"", ".csv"),
        (b"\xff\xfe\x00", ".csv"),
        (b"RIFF....WAVE", ".wav"),
        (b"no sound at all", ".wav"),
        (b"no sound at all", ".flac"),
        (b"no picture", ".png"),
    ],
)
def test_a_file_that_is_not_what_its_name_says(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    path.write_bytes(content)
    spec = TensorSpec("x", "uint8", (4, 4, 3)) if suffix == ".png" else SOUND
    refused(path, spec, "EDGE-0223")


def test_an_array_of_objects_is_never_unpickled(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, ...]:
            return (pytest.fail, ("it was unpickled",))

    np.save(tmp_path / "x.npy", np.array([Bomb()], dtype=object), allow_pickle=True)
    refused(tmp_path / "x.npy", SOUND, "EDGE-0223")


def test_a_header_that_promises_too_much_is_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    header = {"descr": "<f4", "fortran_order": False, "shape": (1 << 50,)}
    np.lib.format.write_array_header_1_0(stream, header)
    (tmp_path / "x.npy").write_bytes(stream.getvalue())
    refused(tmp_path / "x.npy", SOUND, "EDGE-0223")


def test_missing_file_wrong_kind_and_unknown_name(tmp_path: Path) -> None:
    refused(tmp_path / "none.npy", SOUND, "EDGE-0222")
    refused(tmp_path, TensorSpec("x", "float32", (1,)), "EDGE-0229")
    refused("video=x.npy", SOUND, "EDGE-0228")


def test_several_inputs_need_names(tmp_path: Path) -> None:
    np.save(tmp_path / "a=b.npy", np.zeros(2, np.float32))
    specs = [TensorSpec(name, "float32", (2,)) for name in "ab"]
    named = [f"{name}={tmp_path / 'a=b.npy'}" for name in "ab"]
    assert set(read_inputs(named, specs, print)) == {"a", "b"}
    for texts in ([str(tmp_path / "a=b.npy")], [named[0], named[0]]):
        with pytest.raises(UsageError) as caught:
            read_inputs(texts, specs, print)
        assert caught.value.id == "EDGE-0228"


def test_csv_of_whole_numbers_and_of_reals(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("1,2\n3,-4\n")
    array, _ = read(path, TensorSpec("x", "int8", (2, 2)))
    assert array.dtype == np.int8
    assert array.tolist() == [[1, 2], [3, -4]]
    path.write_text("1.5, nan,inf,\n")
    array, _ = read(path, TensorSpec("x", "float32", (3,)))
    np.testing.assert_array_equal(array, np.array([1.5, np.nan, np.inf], np.float32))
    path.write_text("1,2\n3\n4\n")
    assert read(path, TensorSpec("x", "float64", (4,)))[0].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        (np.array([1.5]), "int8"),
        (np.array([300]), "int8"),
        (np.array([-1]), "uint8"),
        (np.array([2]), "bool"),
        (np.array([1e300]), "float32"),
        (np.array([1 + 2j]), "float32"),
        (np.array([np.nan]), "int32"),
        (np.array(["text"]), "float32"),
        (np.array([1.0]), "string"),
        (np.array([1.0]), "bfloat16"),
        (np.array([2**53 + 1]), "float32"),
    ],
)
def test_a_dtype_that_would_lose_values_is_refused(
    tmp_path: Path, array: Array, dtype: str
) -> None:
    np.save(tmp_path / "x.npy", array)
    error = refused(tmp_path / "x.npy", TensorSpec("x", dtype, (1,)), "EDGE-0226")
    assert isinstance(error, InputMismatch)
    assert str(array.dtype) in error.what


@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        (np.array([1, -2]), "int8"),
        (np.array([1, -2]), "float32"),
        (np.array([0.1, np.inf]), "float32"),
        (np.array([0, 1]), "bool"),
        (np.array([1.0, 2.0]), "complex64"),
        (np.array(["a", "b"]), "string"),
    ],
)
def test_a_dtype_that_keeps_the_values_is_taken(tmp_path: Path, array: Array, dtype: str) -> None:
    np.save(tmp_path / "x.npy", array)
    spec = TensorSpec("x", dtype, (2,))
    got, _ = read(tmp_path / "x.npy", spec)
    assert got.dtype == spec.numpy_dtype
    assert got.tolist() == array.astype(spec.numpy_dtype).tolist()


def test_reals_are_quantised_and_stored_integers_stay(tmp_path: Path) -> None:
    spec = TensorSpec("x", "int8", (5,), quantisation=Quantisation((0.5,), (3,)))
    np.save(tmp_path / "x.npy", np.array([0, 0.25, -0.25, 1000, -1], np.float32))
    array, notes = read(tmp_path / "x.npy", spec)
    assert array.tolist() == [3, 4, 2, 127, 1]  # halves go away from zero
    assert "scale 0.5, zero point 3" in notes[0]
    assert "1 clipped" in notes[0]
    np.save(tmp_path / "x.npy", array)
    again, notes = read(tmp_path / "x.npy", spec)
    np.testing.assert_array_equal(again, array)
    assert notes == []


def test_quantised_per_channel(tmp_path: Path) -> None:
    spec = TensorSpec("x", "uint8", (2, 2), quantisation=Quantisation((1.0, 0.1), (0, 10), 1))
    np.save(tmp_path / "x.npy", np.array([[1.0, 1.0], [2.0, 2.0]]))
    assert read(tmp_path / "x.npy", spec)[0].tolist() == [[1, 20], [2, 30]]
    np.save(tmp_path / "x.npy", np.array([[1.0, np.nan], [2.0, 2.0]]))
    refused(tmp_path / "x.npy", spec, "EDGE-0226")


def test_csv_with_names_in_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("Accel x,Accel y\n1,2\n3,4\n")
    assert read_csv(path).tolist() == [[1, 2], [3, 4]]
    path.write_text("nan,inf\n1,2\n")
    assert len(read_csv(path)) == 2
