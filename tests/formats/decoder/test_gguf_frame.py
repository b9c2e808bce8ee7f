"""The frame of a GGUF file: gguf-py's own files, then every way to damage one."""

from __future__ import annotations

import struct
import tracemalloc
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest

from edgesdk.errors import EdgeError, ModelRefused
from edgesdk.formats.gguf.frame import GgufFile, read_frame

ALIGNMENT = 32


def text(value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(data)) + data


def entry(key: str | bytes, kind: int, value: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + value


def tensor(name: str, shape: tuple[int, ...], kind: int, offset: int) -> bytes:
    head = text(name) + struct.pack("<I", len(shape)) + struct.pack(f"<{len(shape)}Q", *shape)
    return head + struct.pack("<IQ", kind, offset)


def frame(entries: list[bytes], tensors: list[bytes], data: bytes = b"", version: int = 3) -> bytes:
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(entries))
    head += b"".join(entries) + b"".join(tensors)
    return head.ljust(-(-len(head) // ALIGNMENT) * ALIGNMENT, b"\0") + data


WHOLE = frame(
    [
        entry("a", 4, struct.pack("<I", 7)),
        entry("b", 8, text("tëxt")),
        entry("c", 9, struct.pack("<IQ", 8, 2) + text("x") + text("")),
        entry("d", 9, struct.pack("<IQ3h", 3, 3, -1, 2, 3)),
        entry("e", 7, b"\1"),
    ],
    [tensor("t", (4, 2), 0, 0), tensor("u", (32,), 8, 32)],
    bytes(32 + 34),
)


def opened(tmp_path: Path, content: bytes) -> GgufFile:
    path = tmp_path / "m.gguf"
    path.write_bytes(content)
    return read_frame(path)


def refusal(tmp_path: Path, content: bytes) -> ModelRefused:
    with pytest.raises(ModelRefused) as caught:
        opened(tmp_path, content)
    assert caught.value.id == "EDGE-02100"
    return caught.value


@pytest.mark.parametrize("version", [2, 3])
def test_known_bytes(tmp_path: Path, version: int) -> None:
    content = bytearray(WHOLE)
    content[4:8] = struct.pack("<I", version)
    found = opened(tmp_path, bytes(content))
    numbers = found.metadata["d"]
    assert {**found.metadata, "d": numbers.tolist()} == {
        "a": 7,
        "b": "tëxt",
        "c": ["x", ""],
        "d": [-1, 2, 3],
        "e": True,
    }
    assert found.version == version
    first, second = found.tensors["t"], found.tensors["u"]
    assert (first.shape, first.describe(), first.size) == ((2, 4), "F32 [2, 4]", 32)
    assert (second.offset, second.size) == (len(WHOLE) - 34, 34)


def test_the_same_as_gguf_py_reads(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    rng = np.random.default_rng(0)
    values: dict[str, Any] = {
        "u8": (3, gguf.GGUFValueType.UINT8),
        "i8": (-3, gguf.GGUFValueType.INT8),
        "u16": (40_000, gguf.GGUFValueType.UINT16),
        "i16": (-30_000, gguf.GGUFValueType.INT16),
        "u32": (2**32 - 1, gguf.GGUFValueType.UINT32),
        "i32": (-(2**31), gguf.GGUFValueType.INT32),
        "f32": (0.25, gguf.GGUFValueType.FLOAT32),
        "flag": (False, gguf.GGUFValueType.BOOL),
        "text": ("☺", gguf.GGUFValueType.STRING),
        "u64": (2**64 - 1, gguf.GGUFValueType.UINT64),
        "i64": (-(2**63), gguf.GGUFValueType.INT64),
        "f64": (1e300, gguf.GGUFValueType.FLOAT64),
    }
    for key, (value, kind) in values.items():
        writer.add_key_value(key, value, kind)
    writer.add_custom_alignment(64)
    arrays = {f"t{i}": rng.normal(size=(i + 1, 5)).astype(np.float32) for i in range(5)}
    for name, array in arrays.items():
        writer.add_tensor(name, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    found = read_frame(path)
    for key, (value, _) in values.items():
        assert found.metadata[key] == value
        assert type(found.metadata[key]) is type(value)
    for name, array in arrays.items():
        entry_ = found.tensors[name]
        assert entry_.offset % 64 == 0
        assert np.array_equal(found.file.array(entry_.offset, "<f4", entry_.shape), array)


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    for end in range(len(WHOLE)):
        refusal(tmp_path, WHOLE[:end])


def test_versions_that_are_not_read(tmp_path: Path) -> None:
    for version, why in ((1, "version is 1"), (4, "version is 4"), (3 << 24, "big-endian")):
        assert why in refusal(tmp_path, frame([], [], version=version)).evidence
    refusal(tmp_path, b"GGML" + WHOLE[4:])


@pytest.mark.parametrize(
    "entries",
    [
        [entry("a", 4, bytes(4)), entry("a", 4, bytes(4))],
        [entry(b"\xff", 4, bytes(4))],
        [entry("a", 8, text(b"\xff\xfe"))],
        [entry("a", 13, bytes(8))],
        [entry("a", 2**32 - 1, bytes(8))],
        [entry("a", 8, struct.pack("<Q", 2**64 - 1))],
        [entry("a", 9, struct.pack("<IQ", 9, 1) + struct.pack("<IQ", 9, 1) * 9)],
        [entry("a", 9, struct.pack("<IQ", 8, 2**63))],
        [entry("a", 9, struct.pack("<IQ", 12, 2**61))],
        [entry("a", 9, struct.pack("<IQ", 0, 2**22 + 1))],
        [entry("a" * 1025, 4, bytes(4))],
        [entry("general.alignment", 4, struct.pack("<I", 0))],
        [entry("general.alignment", 4, struct.pack("<I", 48))],
        [entry("general.alignment", 4, struct.pack("<I", 2**31))],
        [entry("general.alignment", 8, text("32"))],
    ],
    ids=range(15),
)
def test_metadata_that_cannot_be(tmp_path: Path, entries: list[bytes]) -> None:
    refusal(tmp_path, frame(entries, []))


@pytest.mark.parametrize(
    "tensors",
    [
        [tensor("t", (), 0, 0)],
        [tensor("t", (1, 1, 1, 1, 1), 0, 0)],
        [tensor("t", (0,), 0, 0)],
        [tensor("t", (2**40,), 0, 0)],
        [tensor("t", (2**30, 2**30), 0, 0)],
        [tensor("t", (2**63, 2), 0, 0)],
        [tensor("t", (31,), 8, 0)],
        [tensor("t", (33,), 0, 0)],
        [tensor("t", (8,), 0, 96)],
        [tensor("t", (8,), 0, 4)],
        [tensor("t", (8,), 0, 2**64 - 32)],
        [tensor("t", (8,), 0, 0), tensor("t", (8,), 0, 32)],
        [tensor("t", (16,), 0, 0), tensor("u", (8,), 0, 32)],
        [tensor("t", (8,), 0, 0), tensor("u", (8,), 0, 0)],
        [tensor("t" * 257, (8,), 0, 0)],
    ],
    ids=range(15),
)
def test_tensors_that_cannot_be(tmp_path: Path, tensors: list[bytes]) -> None:
    refusal(tmp_path, frame([], tensors, bytes(100)))


@pytest.mark.parametrize("counts", [(2**64 - 1, 0), (0, 2**64 - 1), (2**16 + 1, 0), (9, 0)])
def test_counts_that_the_file_has_not(tmp_path: Path, counts: tuple[int, int]) -> None:
    refusal(tmp_path, b"GGUF" + struct.pack("<IQQ", 3, *counts) + bytes(64))


def test_a_file_that_claims_much_takes_little(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    head = b"GGUF" + struct.pack("<IQQ", 3, 0, 9)
    head += entry("a", 9, struct.pack("<IQ", 12, 2**21))  # 16 MB of zeros, which the file has
    with path.open("wb") as file:
        file.write(head + bytes(16 << 20) + entry("b", 8, struct.pack("<Q", 2**30)))
        file.truncate(4 << 30)
    tracemalloc.start()
    with pytest.raises(EdgeError) as caught:
        read_frame(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "1073741824 bytes" in caught.value.evidence
    assert peak < 80 << 20
