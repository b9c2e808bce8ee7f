"""The golden part: comes back equal, is read strictly, and compares as it says."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from edgesdk.bundle import Golden, Manifest, Tolerance, layout
from edgesdk.bundle.golden import compare, decode_vectors, encode_vectors
from edgesdk.errors import FormatRefused
from edgesdk.tensors import DTYPES, Array, TensorSpec

from . import builders
from .builders import Entry, build

PLAIN = [name for name in DTYPES if name != "string"]


def _manifest(
    inputs: tuple[TensorSpec, ...],
    outputs: tuple[TensorSpec, ...],
    vectors: int = 1,
    tolerance: Tolerance | None = None,
) -> Manifest:
    golden = Golden("golden.npz", vectors, tolerance or Tolerance(), "by hand")
    return replace(builders.manifest(), inputs=inputs, outputs=outputs, golden=golden)


def _random(dtype: str, shape: tuple[int, ...], seed: int = 0) -> Array:
    """Any bit pattern at all, but for truth values."""
    source = np.random.default_rng(seed)
    if dtype == "bool":
        return source.integers(0, 2, shape).astype(bool)
    size = int(np.prod(shape)) * DTYPES[dtype].itemsize
    return np.frombuffer(source.bytes(size), DTYPES[dtype]).reshape(shape)


@pytest.mark.parametrize("dtype", PLAIN)
@pytest.mark.parametrize("shape", [(), (3,), (0,), (2, 0, 3), (1, 2, 3), (1,) * 8])
def test_arrays_come_back_to_the_bit(dtype: str, shape: tuple[int, ...]) -> None:
    specs = (TensorSpec("t", dtype, shape),)
    given = [({"t": _random(dtype, shape, i)}, {"t": _random(dtype, shape, 9)}) for i in range(2)]
    got = decode_vectors(encode_vectors(specs, specs, given), _manifest(specs, specs, 2))
    for (a, b), (c, d) in zip(given, got, strict=True):
        for want, have in ((a["t"], c["t"]), (b["t"], d["t"])):
            assert have.dtype == want.dtype and have.shape == want.shape
            assert have.tobytes() == want.tobytes() and have.flags.writeable


@pytest.mark.parametrize(
    "texts", [[], [""], ["", ""], ["a", "", "猫と\0😀"], [" x\n"], ["x" * 1000]]
)
def test_texts_come_back(texts: list[str]) -> None:
    specs = (TensorSpec("t", "string", ("n",)),)
    array = np.array(texts, object)
    data = encode_vectors(specs, specs, [({"t": array}, {"t": array})])
    [(inputs, outputs)] = decode_vectors(data, _manifest(specs, specs))
    assert inputs["t"].dtype == object and outputs["t"].tolist() == texts


def test_other_memory_orders() -> None:
    specs = (TensorSpec("t", "float32", (2, 3)),)
    plain = np.arange(6, dtype=np.float32).reshape(2, 3)
    wanted = encode_vectors(specs, specs, [({"t": plain}, {"t": plain})])
    for array in (np.asfortranarray(plain), np.repeat(plain, 2, axis=1)[:, ::2]):
        assert encode_vectors(specs, specs, [({"t": array}, {"t": array})]) == wanted


def test_numpy_reads_it() -> None:
    inputs = (TensorSpec("a/b:0", "int8", ("n",)), TensorSpec("s", "string", (1,)))
    outputs = (TensorSpec("y", "complex64", ()),)
    vector = {"a/b:0": np.int8([1, -2]), "s": np.array(["é"], object)}
    answers = {"y": np.array(1 + 2j, np.complex64)}
    loaded = np.load(io.BytesIO(encode_vectors(inputs, outputs, [(vector, answers)] * 3)))
    assert loaded.files == [f"{v}/{k}" for v in range(3) for k in ("in/0", "in/1", "out/0")]
    assert loaded["2/in/0"].tolist() == [1, -2]
    assert loaded["2/in/1"].tolist() == ["é"]
    assert loaded["2/out/0"] == 1 + 2j


@pytest.mark.parametrize(
    ("spec", "array"),
    [
        (TensorSpec("t", "float32", (2,)), np.zeros(3, np.float32)),
        (TensorSpec("t", "float32", (2,)), np.zeros((1, 2), np.float32)),
        (TensorSpec("t", "float32", (2,)), np.zeros(2, np.float64)),
        (TensorSpec("t", "float32", (2,)), np.zeros(2, ">f4")),
        (TensorSpec("t", "string", (1,)), np.array(["a\0"], object)),
        (TensorSpec("t", "string", (1,)), np.array([b"a"], object)),
        (TensorSpec("t", "string", (1,)), np.array(["a"])),
        (TensorSpec("other", "float32", (2,)), np.zeros(2, np.float32)),
    ],
)
def test_arrays_that_do_not_fit_their_spec(spec: TensorSpec, array: Array) -> None:
    with pytest.raises(FormatRefused) as caught:
        encode_vectors((spec,), (), [({"t": array}, {})])
    assert caught.value.id == "EDGE-0817"


@pytest.mark.parametrize(("size", "fits"), [(2**31 - 1, True), (2**31, False)])
def test_the_size_of_an_axis_is_bounded(size: int, fits: bool) -> None:
    specs = (TensorSpec("t", "int8", ("rows", "columns")),)
    array = np.zeros((0, size), np.int8)
    if fits:
        data = encode_vectors(specs, specs, [({"t": array}, {"t": array})])
        assert decode_vectors(data, _manifest(specs, specs))[0][0]["t"].shape == (0, size)
        return
    with pytest.raises(FormatRefused) as caught:
        encode_vectors(specs, specs, [({"t": array}, {"t": array})])
    assert caught.value.id == "EDGE-0817"


def test_the_number_of_vectors_is_bounded() -> None:
    for count in (0, 1025):
        with pytest.raises(FormatRefused):
            encode_vectors((), (), [({}, {})] * count)


SPECS = (TensorSpec("x", "float32", (2,)),)
BOOLS = (TensorSpec("x", "bool", (2,)),)


def _members(data: bytes) -> list[Entry]:
    names = ["0/in/0.npy", "0/out/0.npy"]
    contents = layout.unpack(data, names)
    return [Entry(n.encode(), bytes(c)) for n, c in zip(names, contents, strict=True)]


def _valid(specs: tuple[TensorSpec, ...] = SPECS) -> bytes:
    array = np.ones(2, specs[0].numpy_dtype)
    return encode_vectors(specs, specs, [({"x": array}, {"x": array})])


def _with(content: bytes, specs: tuple[TensorSpec, ...] = SPECS) -> bytes:
    members = _members(_valid(specs))
    members[1].data = content
    return build(members)


def _wrong_crc() -> bytes:
    members = _members(_valid())
    members[1].local["crc"] = members[1].central["crc"] = 1
    return build(members)


def _saved(array: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


def _savez(save: Any) -> bytes:
    buffer = io.BytesIO()
    ones = np.ones(2, np.float32)
    save(buffer, **{"0/in/0": ones, "0/out/0": ones})
    return buffer.getvalue()


def _header(text: str, payload: bytes = bytes(8)) -> bytes:
    padded = text + " " * (-(10 + len(text) + 1) % 64) + "\n"
    return b"\x93NUMPY\1\0" + len(padded).to_bytes(2, "little") + padded.encode() + payload


def _described(descr: str, shape: str, payload: bytes = bytes(8)) -> bytes:
    return _header(f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}", payload)


HOSTILE: dict[str, bytes] = {
    "empty": b"",
    "no archive": b"x" * 100,
    "cut short": _valid()[:-1],
    "trailing data": _valid() + b"\0",
    "member missing": build(_members(_valid())[:1]),
    "member more": build([*_members(_valid()), Entry(b"evil.npy", b"")]),
    "members swapped": build(_members(_valid())[::-1]),
    "member renamed": build([_members(_valid())[0], Entry(b"0/out/1.npy", b"")]),
    "CRC-32 that lies": _wrong_crc(),
    "by numpy itself": _savez(np.savez),
    "compressed": _savez(np.savez_compressed),
    "content empty": _with(b""),
    "content a header's magic": _with(b"\x93NUMPY\1\0"),
    "header longer than the content": _with(b"\x93NUMPY\1\0\xff\xff"),
    "pickle": _with(_saved(np.array([{}, []], object), allow_pickle=True)),
    "dtype that differs": _with(_saved(np.ones(1))),
    "dtype of the other byte order": _with(_saved(np.ones(2, ">f4"))),
    "text for a number": _with(_saved(np.array(["ab"]))),
    "structured dtype": _with(_saved(np.zeros(2, [("a", "<f4")]))),
    "shape that differs": _with(_saved(np.ones(3, np.float32))),
    "rank that differs": _with(_saved(np.ones((1, 2), np.float32))),
    "Fortran order": _with(_saved(np.asfortranarray(np.ones((2, 2), np.float32)))),
    "less data than the shape": _with(_described("'<f4'", "(2,)", bytes(7))),
    "more data than the shape": _with(_described("'<f4'", "(2,)", bytes(9))),
    "shape that overflows": _with(_described("'<f4'", "(4294967296, 4294967296)")),
    "shape with an axis of 2**31": _with(_described("'<f4'", "(0, 2147483648)", b"")),
    "empty shape with an axis of 2**64": _with(
        _described("'<f4'", "(0, 18446744073709551616)", b"")
    ),
    "whole numbers for real ones": _with(_saved(np.ones(2, np.int32))),
    "shape of nine axes": _with(_described("'<f4'", "(1, 1, 1, 1, 1, 1, 1, 1, 2)")),
    "negative axis": _with(_described("'<f4'", "(-2,)")),
    "shape that is code": _with(_described("'<f4'", "(__import__('os').getpid(),)")),
    "shape with a leading zero": _with(_described("'<f4'", "(02,)")),
    "dtype with an object": _with(_described("'|O'", "(1,)")),
    "dtype with a void": _with(_described("'|V8'", "(1,)")),
    "key more": _with(_header("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'a': 1, }")),
    "spaces": _with(_header("{'descr':  '<f4', 'fortran_order': False, 'shape': (2,), }")),
    "format 2.0": _with(_described("'<f4'", "(2,)").replace(b"NUMPY\1\0", b"NUMPY\2\0")),
    "truth value of 2": _with(_described("'|b1'", "(2,)", b"\1\2"), BOOLS),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_golden_parts(data: bytes) -> None:
    specs = BOOLS if b"|b1" in data else SPECS
    with pytest.raises(FormatRefused) as caught:
        decode_vectors(data, _manifest(specs, specs))
    assert caught.value.id == "EDGE-0817"


def test_the_hostile_ones_are_built_on_a_good_one() -> None:
    for specs in (SPECS, BOOLS):
        good = _with(_saved(np.ones(2, specs[0].numpy_dtype)), specs)
        decode_vectors(good, _manifest(specs, specs))
        assert good == _valid(specs)
        with pytest.raises(FormatRefused):
            decode_vectors(good, _manifest(specs, specs, vectors=2))


@pytest.mark.parametrize("points", [[0x110000], [0xFFFFFFFF]])
def test_texts_beyond_unicode(points: list[int]) -> None:
    specs = (TensorSpec("x", "string", (1,)),)
    text = np.array(["a"], object)
    members = _members(encode_vectors(specs, specs, [({"x": text}, {"x": text})]))
    members[1].data = _described("'<U1'", "(1,)", np.array(points, "<u4").tobytes())
    with pytest.raises(FormatRefused) as caught:
        decode_vectors(build(members), _manifest(specs, specs))
    assert caught.value.id == "EDGE-0817"


# Comparison.


def _compared(want: Any, got: Any, dtype: str, rtol: float = 0.0, atol: float = 0.0) -> str | None:
    want, got = np.asarray(want, DTYPES[dtype]), np.asarray(got, DTYPES[dtype])
    spec = TensorSpec("y", dtype, tuple("?" * want.ndim))
    return compare(_manifest((), (spec,), 1, Tolerance(rtol, atol)), {"y": want}, {"y": got})


def test_it_names_output_index_and_values() -> None:
    said = _compared([[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [3.5, 9.0]], "float32", 0.1, 0.01)
    assert said == (
        "output 'y'[1, 0]: wanted 3.0, got 3.5 (2 of 4 values wrong; rtol 0.1, atol 0.01)"
    )
    assert _compared(1, 2, "int8") == (
        "output 'y': wanted 1, got 2 (1 of 1 values wrong; they must be equal)"
    )
    assert _compared(["a", "b"], ["a", "c"], "string") == (
        "output 'y'[1]: wanted 'b', got 'c' (1 of 2 values wrong; they must be equal)"
    )


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "complex128"])
def test_floating_point(dtype: str) -> None:
    for tolerance in ((0.0, 0.0), (0.1, 0.1)):
        for equal in (0.0, NAN, INF, -INF, 1.5):
            assert _compared([equal], [equal], dtype, *tolerance) is None
        for a, b in ((NAN, 0.0), (0.0, NAN), (INF, -INF), (INF, 1.0), (1.0, INF), (1.0, 2.0)):
            assert _compared([a], [b], dtype, *tolerance)
    assert _compared([0.0], [-0.0], dtype)  # equal to the bit
    assert _compared([0.0], [-0.0], dtype, 0.0, 1e-9) is None
    assert _compared([10.0], [10.5], dtype, 0.05) is None
    assert _compared([10.5], [10.0], dtype, 0.04)
    assert _compared([0.0], [0.05], dtype, 10.0)  # a relative tolerance allows nothing at zero
    assert _compared([0.0], [0.05], dtype, 0.0, 0.0625) is None


def test_no_warning_from_extreme_numbers() -> None:
    assert _compared([1e308], [-1e308], "float64", 0.1, 1e300)
    assert _compared([6e4], [-6e4], "float16", 0.1)
    signalling = np.uint32([0x7F800001]).view(np.float32)
    assert _compared(signalling, [NAN], "float32", 0.1) is None


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "uint64", "bool"])
def test_whole_numbers_are_exact_whatever_the_tolerance(dtype: str) -> None:
    assert _compared([1, 0], [1, 0], dtype, 9, 9) is None
    assert _compared([1, 0], [1, 1], dtype, 9, 9)


def test_large_whole_numbers_are_not_rounded() -> None:
    assert _compared([2**63 - 1], [2**63 - 2], "int64")
    assert _compared([2**64 - 1], [2**64 - 2], "uint64")


def test_what_is_missing_or_of_another_kind() -> None:
    given = _manifest((), (TensorSpec("y", "float32", (2,)),))
    want = {"y": np.zeros(2, np.float32)}
    assert compare(given, want, {}) == "output 'y' is missing"
    assert compare(given, want, {"y": np.zeros(2)}) == (
        "output 'y': wanted float32[2], got float64[2]"
    )
    assert compare(given, want, {"y": np.zeros((2, 1), np.float32)})
    assert compare(given, want, {"y": np.zeros(2, np.float32), "more": np.zeros(1)}) is None


@pytest.mark.parametrize(
    ("dtype", "theirs"),
    [
        ("bfloat16", "bfloat16"),
        ("float8e4m3fn", "float8_e4m3fn"),
        ("float8e4m3fnuz", "float8_e4m3fnuz"),
        ("float8e5m2", "float8_e5m2"),
        ("float8e5m2fnuz", "float8_e5m2fnuz"),
    ],
)
def test_types_that_numpy_lacks_mean_what_they_should(dtype: str, theirs: str) -> None:
    """Against ml_dtypes, for every bit pattern."""
    import ml_dtypes

    from edgesdk.bundle.comparison import _numbers

    bits = np.arange(1 << (8 * DTYPES[dtype].itemsize)).astype(DTYPES[dtype])
    want = bits.view(getattr(ml_dtypes, theirs)).astype(np.float32)
    np.testing.assert_array_equal(_numbers(bits, dtype), want)


def test_types_that_numpy_lacks_are_compared_as_numbers() -> None:
    one, near, negative_zero = 0x3F80, 0x3F81, 0x8000  # bfloat16: 1, 1.0078125, -0
    assert _compared([one], [near], "bfloat16", 0.01) is None
    assert _compared([one], [near], "bfloat16", 0.001)
    assert _compared([0], [negative_zero], "bfloat16")
    assert _compared([0x7F], [0xFF], "float8e4m3fn") is None  # both NaN
