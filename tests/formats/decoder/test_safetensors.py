"""The safetensors reader against the safetensors package, and against hostile headers."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from edgesdk.errors import EdgeError, ModelRefused
from edgesdk.formats.safetensors import Safetensors, read_safetensors, read_sharded
from tests.formats.decoder.folder_builder import raw_safetensors

RNG = np.random.default_rng(0)
TENSORS = {
    "f32": RNG.normal(size=(3, 5)).astype(np.float32),
    "f16": RNG.normal(size=(4,)).astype(np.float16),
    "u8": RNG.integers(0, 256, (2, 3, 4)).astype(np.uint8),
    "i8": RNG.integers(-128, 128, (7,)).astype(np.int8),
    "scalar": np.array(2.5, np.float32),
    "other": np.arange(3, dtype=np.int64),
}
ENTRY = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


def test_the_same_arrays_as_the_safetensors_package(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    save_file(TENSORS, path, metadata={"format": "pt"})
    found = read_safetensors(path)
    expected = load_file(path)
    assert set(found) == set(expected)
    for name in ("f32", "f16", "u8", "i8", "scalar"):
        value = found.read(name)
        assert value.dtype == expected[name].dtype
        assert np.array_equal(value, expected[name])
    assert found.dtype("other") == "I64"
    assert found.is_scalar("scalar")
    assert not found.is_scalar("f16")


def test_bfloat16_is_the_upper_half_of_float32(tmp_path: Path) -> None:
    words = np.array([0x3F80, 0xC000, 0x3DCC, 0x0000, 0x7F7F], "<u2")
    header = {"b": {"dtype": "BF16", "shape": [5], "data_offsets": [0, 10]}}
    (tmp_path / "m.safetensors").write_bytes(raw_safetensors(header, words.tobytes()))
    value = read_safetensors(tmp_path / "m.safetensors").read("b")
    assert value.dtype == np.float32
    assert value.tolist() == [1.0, -2.0, 0.099609375, 0.0, 3.3895313892515355e38]


def test_shards_and_their_index(tmp_path: Path) -> None:
    save_file({"a": TENSORS["f32"]}, tmp_path / "one.safetensors")
    save_file({"b": TENSORS["f16"], "c": TENSORS["i8"]}, tmp_path / "two.safetensors")
    index = tmp_path / "model.safetensors.index.json"
    names = {"a": "one.safetensors", "b": "two.safetensors"}
    index.write_text(json.dumps({"metadata": {}, "weight_map": names}))
    found = read_sharded(index)
    assert sorted(found) == ["a", "b"]
    assert np.array_equal(found.read("b"), TENSORS["f16"])
    assert sorted(file.name for file in found.files) == ["one.safetensors", "two.safetensors"]


@pytest.mark.parametrize(
    "names",
    [
        {"a": "../one.safetensors"},
        {"a": "/etc/passwd"},
        {"a": "sub\\one.safetensors"},
        {"a": "one.bin"},
        {"a": 5},
        {"b": "one.safetensors"},
        {},
        [],
        None,
    ],
)
def test_an_index_that_names_what_is_not_there(tmp_path: Path, names: object) -> None:
    save_file({"a": TENSORS["f32"]}, tmp_path / "one.safetensors")
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": names}))
    with pytest.raises(ModelRefused):
        read_sharded(index)


def opened(tmp_path: Path, content: bytes) -> Safetensors:
    path = tmp_path / "m.safetensors"
    path.write_bytes(content)
    return read_safetensors(path)


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    save_file(TENSORS, tmp_path / "whole.safetensors")
    whole = (tmp_path / "whole.safetensors").read_bytes()
    for end in range(len(whole)):
        with pytest.raises(ModelRefused) as caught:
            opened(tmp_path, whole[:end])
        assert caught.value.id == "EDGE-02100"
    with pytest.raises(ModelRefused):
        opened(tmp_path, whole + b"\0")


@pytest.mark.parametrize(
    "entry",
    [
        {**ENTRY, "dtype": "F7"},
        {**ENTRY, "dtype": ["F32"]},
        {**ENTRY, "shape": [3]},
        {**ENTRY, "shape": [-2]},
        {**ENTRY, "shape": [2.0]},
        {**ENTRY, "shape": [True, 2]},
        {**ENTRY, "shape": "2"},
        {**ENTRY, "shape": [1] * 9},
        {**ENTRY, "shape": [2**47, 2**47]},
        {**ENTRY, "data_offsets": [4, 12]},
        {**ENTRY, "data_offsets": [0, 2**60]},
        {**ENTRY, "data_offsets": [8, 0]},
        {**ENTRY, "data_offsets": [0]},
        {**ENTRY, "data_offsets": {}},
        {"shape": [2]},
        [],
        None,
    ],
)
def test_an_entry_that_contradicts_itself_or_the_file(tmp_path: Path, entry: object) -> None:
    assert "a" in opened(tmp_path, raw_safetensors({"a": ENTRY}, bytes(8)))
    with pytest.raises(ModelRefused) as caught:
        opened(tmp_path, raw_safetensors({"a": entry}, bytes(8)))
    assert caught.value.id == "EDGE-02100"


@pytest.mark.parametrize("second", [[0, 8], [4, 12], [12, 20]])
def test_tensors_must_follow_one_another(tmp_path: Path, second: list[int]) -> None:
    header = {"a": ENTRY, "b": {**ENTRY, "data_offsets": second}}
    with pytest.raises(ModelRefused, match="well-formed"):
        opened(tmp_path, raw_safetensors(header, bytes(max(second))))


@pytest.mark.parametrize(
    "text",
    [
        b"[]",
        b"5",
        b"{",
        b'{"a":1,"a":2}',
        b'{"a":NaN}',
        b"\xff\xfe{}",
        b"[" * 100_000,
        b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    ],
)
def test_a_header_that_is_no_object(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(ModelRefused):
        opened(tmp_path, raw_safetensors(text, b""))


@pytest.mark.parametrize("length", [0, 1, 2**63, 2**64 - 1, 100_000_001])
def test_a_header_of_an_impossible_length(tmp_path: Path, length: int) -> None:
    with pytest.raises(ModelRefused) as caught:
        opened(tmp_path, raw_safetensors({"a": ENTRY}, bytes(8), length))
    assert str(length) in caught.value.evidence


def test_a_file_of_many_gigabytes_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    with path.open("wb") as file:
        file.write(struct.pack("<Q", 99_999_999))
        file.truncate((64 << 30) + 1)
    with pytest.raises(EdgeError) as caught:
        read_safetensors(path)
    assert caught.value.id == "EDGE-0270"
