"""The firmware's CBOR against cbor2, and the host's own reading of bodies."""

from __future__ import annotations

import ctypes
from typing import Any

import cbor2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edgesdk_backends.mcu.smp import body
from tests.backends_mcu.smp.device import library

keys = st.text("abcdefgh", min_size=1, max_size=6)
scalars = (
    st.integers(-(2**40), 2**40) | st.booleans() | st.none() | st.binary(max_size=40) | st.text()
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=8,
)
bodies = st.dictionaries(keys, values, max_size=8)


class Span(ctypes.Structure):
    """A map or span of the firmware: where, and how many bytes."""

    _fields_ = (("data", ctypes.c_void_p), ("bytes", ctypes.c_uint32))


class Writer(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("room", ctypes.c_uint32),
        ("bytes", ctypes.c_uint32),
        ("full", ctypes.c_bool),
    )


class Map:
    """An encoded map in memory that stays, and what the firmware reads of it."""

    def __init__(self, data: bytes) -> None:
        self._memory = ctypes.create_string_buffer(data, len(data))
        self.span = Span(ctypes.addressof(self._memory), len(data))
        library().edge_cbor_check.restype = ctypes.c_bool

    def is_whole(self) -> bool:
        return bool(library().edge_cbor_check(self.span))

    def get(self, kind: str, key: str, out: Any) -> Any:
        getter = getattr(library(), f"edge_cbor_{kind}")
        getter.restype = ctypes.c_bool
        arguments = (ctypes.byref(out),) if out is not None else ()
        return bool(getter(self.span, key.encode(), *arguments))


def depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    return 0


def read(map_: Map, key: str) -> Any:
    """A value as the firmware sees it: one getter at most may take it."""
    number, truth, span = ctypes.c_uint32(), ctypes.c_bool(), Span()
    found: list[Any] = []
    if map_.get("get_u32", key, number):
        found.append(number.value)
    if map_.get("get_bool", key, truth):
        found.append(truth.value)
    if map_.get("get_bytes", key, span):
        found.append(ctypes.string_at(span.data, span.bytes))
    if map_.get("get_text", key, span):
        found.append(ctypes.string_at(span.data, span.bytes).decode())
    if map_.get("get_map", key, span):
        found.append(cbor2.loads(ctypes.string_at(span.data, span.bytes)))
    assert len(found) <= 1
    return found[0] if found else None


def visible(value: Any) -> Any:
    """What the firmware has a getter for."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    seen = 0 <= value < 2**32 if is_number else not isinstance(value, list)
    return value if seen else None


@given(bodies, st.booleans())
def test_the_firmware_reads_what_cbor2_writes(content: dict[str, Any], canonical: bool) -> None:
    map_ = Map(cbor2.dumps(content, canonical=canonical))
    assert map_.is_whole() == (depth(content) <= 4)
    if not map_.is_whole():
        return
    for key, value in content.items():
        assert map_.get("has", key, None) == (value is not None)
        assert read(map_, key) == visible(value)
    assert not map_.get("has", "absent", None)


@given(st.binary(max_size=60))
@example(b"\xbf\x61a\x01\xff")
@example(b"\xa1\x61a\x5f\x41x\xff")
def test_what_the_firmware_takes_cbor2_takes(data: bytes) -> None:
    if Map(data).is_whole():
        assert isinstance(cbor2.loads(data), dict)


@given(
    st.lists(
        st.tuples(
            keys,
            st.integers(0, 2**64 - 1) | st.booleans() | st.binary(max_size=300) | st.text("abc"),
        ),
        max_size=6,
    ),
    st.integers(0, 400),
)
def test_cbor2_reads_what_the_firmware_writes(pairs: list[tuple[str, Any]], room: int) -> None:
    memory = ctypes.create_string_buffer(room + 1)
    writer = Writer(ctypes.addressof(memory), room, 0, False)
    here = ctypes.byref(writer)
    library().edge_cbor_open_map(here, None)
    for key, value in pairs:
        name = key.encode()
        if isinstance(value, bool):
            library().edge_cbor_put_bool(here, name, ctypes.c_bool(value))
        elif isinstance(value, int):
            library().edge_cbor_put_u64(here, name, ctypes.c_uint64(value))
        elif isinstance(value, bytes):
            library().edge_cbor_put_bytes(here, name, value, ctypes.c_uint32(len(value)))
        else:
            library().edge_cbor_put_text(here, name, value.encode())
    library().edge_cbor_close(here)
    assert memory.raw[room] == 0  # nothing behind the room
    whole = 2 + len(b"".join(cbor2.dumps(part) for pair in pairs for part in pair))
    assert writer.full == (whole > room)
    if not writer.full:
        assert cbor2.loads(memory.raw[: writer.bytes]) == dict(pairs)


@given(bodies)
def test_bodies_come_back(content: dict[str, Any]) -> None:
    expected = content if depth(content) <= body.DEEPEST else None
    assert body.decode(body.encode(content)) == expected


@given(st.binary(max_size=80))
def test_any_bytes_are_a_plain_map_or_nothing(data: bytes) -> None:
    found = body.decode(data)
    assert found is None or all(type(key) is str for key in found)


@pytest.mark.parametrize(
    "data",
    [
        cbor2.dumps([1]),
        cbor2.dumps({"a": 1.5}),
        cbor2.dumps({"a": cbor2.CBORTag(35, "(x+x+)+y")}),
        cbor2.dumps({"a": 2**70}),
        cbor2.dumps({1: 2}),
        b"\xa1\x61a" + b"\x81" * 5000 + b"\x01",
        b"\xa1\x61a\x5b\x7f" + b"\xff" * 7,  # a byte string of nine exabytes
        b"\xbb" + b"\xff" * 8,
        b"\xa1\x61a",
        cbor2.dumps({}) + b"\x00",
    ],
)
def test_hostile_bodies_are_nothing(data: bytes) -> None:
    assert body.decode(data) is None
