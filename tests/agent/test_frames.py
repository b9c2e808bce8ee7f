"""One frame, each rule of it, and what frames carry."""

from __future__ import annotations

import io
import struct
from typing import Any

import cbor2
import numpy as np
import pytest

from edgesdk.agent.inbox import Inbox
from edgesdk.agent.wire import frames, messages
from edgesdk.agent.wire.arrays import ArrayHead, array_from_wire, array_to_wire
from edgesdk.agent.wire.blobs import Gathering, pieces
from edgesdk.agent.wire.errors import error_from_plain, error_to_plain
from edgesdk.agent.wire.plain import Wrong, from_plain, to_plain
from edgesdk.backend import DeviceInfo, Fit, FitReport, InstalledModel
from edgesdk.bench import Figure
from edgesdk.bundle import Part
from edgesdk.decoder.generation_pieces import Usage
from edgesdk.decoder.sampling import Sampling
from edgesdk.errors import (
    DeviceReverted,
    EdgeError,
    InternalFault,
    LinkFailed,
    MissingExtra,
    UsageError,
)
from edgesdk.sensing.counters import Counters, StageCounters
from edgesdk.sensing.engine import Decision, Event
from edgesdk.tensors import Quantisation, TensorSpec


def framed(body: bytes) -> io.BytesIO:
    return io.BytesIO(len(body).to_bytes(4, "big") + body)


def nested(levels: int) -> Any:
    """A list of lists of lists."""
    return [] if levels == 1 else [nested(levels - 1)]


WHOLE = {"a": 1, "b": [True, None, -1.5, "ü", b"\0"], "c": {"d": -(2**63), "e": 2**64 - 1}}
BROKEN = {
    "nothing": b"",
    "no map": cbor2.dumps([1]),
    "no CBOR": b"\xff\xff",
    "a tag": cbor2.dumps({"a": cbor2.CBORTag(1, 0)}),
    "a large number": cbor2.dumps({"a": 2**64}),
    "a low number": b"\xa1\x61a\x3b" + b"\xff" * 8,
    "an indefinite text": b"\xa1\x61a\x7f\x61x\xff",
    "an indefinite map": b"\xbf\x61a\x01\xff",
    "undefined": b"\xa1\x61a\xf7",
    "a simple value": b"\xa1\x61a\xf8\x20",
    "a key twice": b"\xa2\x61a\x01\x61a\x02",
    "a key twice, written in two ways": b"\xa2\x61a\x01\x78\x01a\x02",
    "a key of a number": cbor2.dumps({1: 1}),
    "a key of bytes": cbor2.dumps({b"a": 1}),
    "no text": b"\xa1\x61a\x61\xff",
    "half a surrogate": b"\xa1\x61a\x63\xed\xa0\x80",
    "something behind": cbor2.dumps({}) + b"\0",
    "an end too soon": cbor2.dumps({"a": b"12345"})[:-1],
    "a claim of much": b"\xa1\x61a\x5b" + (2**62).to_bytes(8, "big"),
    "a claim of many": b"\xa1\x61a\x9b" + (2**62).to_bytes(8, "big"),
    "many items": cbor2.dumps({"a": [0] * 65_536}),
    "many levels": cbor2.dumps({"a": nested(16)}),
}


def test_a_frame_comes_back() -> None:
    data = frames.encode(WHOLE)
    assert data[:4] == struct.pack(">I", len(data) - 4)
    assert frames.read(io.BytesIO(data)) == WHOLE
    assert frames.read(io.BytesIO()) is None


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_what_breaks_a_rule_is_refused(body: bytes) -> None:
    with pytest.raises(LinkFailed) as caught:
        frames.read(framed(body))
    assert caught.value.id == "EDGE-0650" and caught.value.evidence


@pytest.mark.parametrize("length", [0, (1 << 20) + 1, 2**32 - 1])
def test_a_wrong_length_is_refused_before_anything_is_read(length: int) -> None:
    class Counted(io.BytesIO):
        asked = 0

        def read(self, size: int | None = -1) -> bytes:
            self.asked += size or 0
            return super().read(size)

    stream = Counted(length.to_bytes(4, "big") + b"x" * 100)
    with pytest.raises(LinkFailed) as caught:
        frames.read(stream)
    assert caught.value.id == "EDGE-0650" and stream.asked == 4


def test_the_largest_frame_and_the_deepest_one_pass() -> None:
    for content in ({"a": nested(15)}, {"a": [0] * (65_536 - 3)}):
        assert frames.decode(cbor2.dumps(content)) == content
    empty = len(frames.encode({"a": b"1" * 70_000})) - 70_000
    full = {"a": b"x" * ((1 << 20) + 4 - empty)}
    assert frames.read(io.BytesIO(frames.encode(full))) == full
    with pytest.raises(LinkFailed):
        frames.encode({"a": full["a"] + b"x"})


@pytest.mark.parametrize("cut", [1, 3, 4, 5, -1])
def test_an_end_within_a_frame_is_told_from_one_between_two(cut: int) -> None:
    with pytest.raises(LinkFailed) as caught:
        frames.read(io.BytesIO(frames.encode(WHOLE)[:cut]))
    assert caught.value.id == "EDGE-0651"


def test_bytes_may_come_one_by_one() -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 0, 1))

    assert frames.read(Slow(frames.encode(WHOLE))) == WHOLE


MESSAGES: list[messages.Message] = [
    messages.Hello(1, "0.1.0", "3.10", "aarch64"),
    messages.Request(1, "run", {"session": 1}, (3, 0)),
    messages.Data(2, b"x"),
    messages.Event(3, {"done": 1}),
    messages.Result(4, {}, ()),
    messages.Failure(5, {"type": "LinkFailed"}),
    messages.Cancel(6),
    messages.Ping(),
    messages.Pong(),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: type(m).__name__)
def test_a_message_comes_back(message: messages.Message) -> None:
    assert messages.receive(io.BytesIO(messages.encode(message))) == message


@pytest.mark.parametrize(
    "frame",
    [
        {},
        {"kind": "nothing"},
        {"kind": ["ping"]},
        {"kind": "ping", "id": 1},
        {"kind": "cancel"},
        {"kind": "cancel", "id": 0},
        {"kind": "cancel", "id": True},
        {"kind": "data", "id": 1, "data": b""},
        {"kind": "data", "id": 1, "data": bytes(messages.MOST_DATA + 1)},
        {"kind": "request", "id": 1, "call": "run"},
        {"kind": "request", "id": 1, "call": 5, "arguments": {}},
        {"kind": "request", "id": 1, "call": "run", "arguments": {}, "blobs": [-1]},
        {"kind": "request", "id": 1, "call": "run", "arguments": {}, "blobs": [1 << 28, 1]},
        {"kind": "request", "id": 1, "call": "run", "arguments": {}, "blobs": [0] * 1025},
        {"kind": "request", "id": 1, "call": "run", "arguments": {}, "more": 1},
    ],
)
def test_a_frame_of_no_known_kind_is_refused(frame: dict[str, Any]) -> None:
    with pytest.raises(LinkFailed) as caught:
        messages.understood(frame)
    assert caught.value.id == "EDGE-0650"


def test_a_request_without_blobs_may_leave_them_out() -> None:
    message = messages.understood({"kind": "request", "id": 1, "call": "info", "arguments": {}})
    assert message == messages.Request(1, "info", {})


VALUES = [
    DeviceInfo("cpu:", "cpu", "cpu", "a board", {"ram": 5}, {"numpy": "2"}, ("k",), True),
    FitReport((Fit("ram", "1", "2", True), Fit("flash", "3", "2", False, "buy more"))),
    InstalledModel("scale", "1.0.0", 3, "a", None, "00", ""),
    Part("a.bin", "model", 2**40, "0" * 64),
    Figure(1, "B", "counted"),
    Figure(0.5, "s", "modelled", "a note", (0.25, 1.0)),
    TensorSpec("x", "int8", (1, "n"), "V", Quantisation((0.5,), (1,), 0), ("a", "b")),
    Counters(1, "first", 2, 3, 4, 5, 6, {"first": StageCounters(7, 8)}, {}),
    Event(1.0, 2.0, "cough", 0.5, 1.5),
    Decision(5, "first", -3, 0.25, True),
    Sampling(temperature=0.5, seed=2**64 - 1),
    Usage(3, 1, 2, None, 0.5, 0.25),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda v: type(v).__name__)
def test_a_value_comes_back(value: Any) -> None:
    over = frames.decode(cbor2.dumps({"v": to_plain(value)}))["v"]
    assert from_plain(type(value), over) == value
    assert from_plain(type(value), {**over, "of a newer version": 1}, extras=True) == value
    with pytest.raises(Wrong):
        from_plain(type(value), {**over, "of a newer version": 1})
    with pytest.raises(Wrong):
        from_plain(type(value), [over])


@pytest.mark.parametrize(
    "changed",
    [{"size": "1"}, {"size": 1.0}, {"size": True}, {"name": b"a"}, {"name": None}, {"role": ["m"]}],
)
def test_a_value_of_another_type_is_refused(changed: dict[str, Any]) -> None:
    plain = to_plain(Part("a.bin", "model", 1, "0" * 64))
    with pytest.raises(Wrong, match=r"value\.\w+ must be"):
        from_plain(Part, {**plain, **changed})


@pytest.mark.parametrize(
    "error",
    [
        UsageError("what", evidence="evidence", next_step="next", code=291),
        MissingExtra("onnxruntime", "cpu"),
        DeviceReverted("what"),
    ],
)
def test_an_error_is_the_same_on_the_other_side(error: EdgeError) -> None:
    back = error_from_plain(error_to_plain(error))
    assert type(back) is type(error) and back.as_dict() == error.as_dict()


def test_an_error_of_an_unknown_type_is_an_internal_fault() -> None:
    class Melted(InternalFault):
        """Of a version to come."""

    plain = error_to_plain(UsageError("what"))
    assert type(error_from_plain({**plain, "type": "Melted"})) is InternalFault
    assert error_to_plain(Melted("what"))["type"] == "InternalFault"
    for wrong in ({}, {**plain, "code": 0}, {**plain, "what": 1}):
        with pytest.raises(Wrong):
            error_from_plain(wrong)


ARRAYS = [
    np.arange(6, dtype=np.float32).reshape(2, 3)[:, ::2],
    np.asfortranarray(np.arange(6).reshape(2, 3)),
    np.array([1, 2], ">i4"),
    np.array(1 + 2j),
    np.zeros((0, 3), np.float16),
    np.array([True, False]),
    np.array([["a", "bü"], ["", "d\0"]], object),
]


@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: f"{a.dtype}{list(a.shape)}")
def test_an_array_comes_back(array: Any) -> None:
    head, content = array_to_wire("x", array)
    back = array_from_wire(head, bytes(content))
    assert back.shape == array.shape and np.array_equal(back, array)
    assert back.dtype == array.dtype.newbyteorder("=") and back.flags.writeable


@pytest.mark.parametrize(
    ("head", "content"),
    [
        (ArrayHead("x", "float32", (2,)), bytes(7)),
        (ArrayHead("x", "float32", (-1,)), b""),
        (ArrayHead("x", "float32", (1,) * 33), bytes(4)),
        (ArrayHead("x", "float32", (2**40, 2**40)), bytes(4)),
        (ArrayHead("x", "object", (1,)), bytes(8)),
        (ArrayHead("x", "<f4", (1,)), bytes(4)),
        (ArrayHead("x", "bfloat16", (1,)), bytes(2)),
        (ArrayHead("x", "bool", (1,)), b"\2"),
        (ArrayHead("x", "string", (1,)), b"\0\0\0\2a"),
        (ArrayHead("x", "string", (2,)), b"\0\0\0\1a"),
        (ArrayHead("x", "string", (1,)), b"\0\0\0\1\xff"),
    ],
)
def test_an_array_that_is_not_as_its_head_says_is_refused(head: ArrayHead, content: bytes) -> None:
    with pytest.raises(Wrong):
        array_from_wire(head, content)


def test_a_text_that_is_no_unicode_is_shown_and_stays_short() -> None:
    assert to_plain({"\udcff": ["a\udc80"]}) == {"\\udcff": ["a\\udc80"]}
    assert len(error_to_plain(UsageError("\udcff" * 16_384))["what"]) == 16_384


def test_what_no_array_can_have_is_refused_without_a_value_too() -> None:
    for dtype in ("int8", "string"):
        with pytest.raises(Wrong, match="has the shape"):
            array_from_wire(ArrayHead("x", dtype, (0, 1 << 40, 1 << 40)), b"")


def test_blobs_are_cut_and_put_together() -> None:
    blobs = [b"a" * 300_000, b"", b"b", bytes(262_144)]
    sent = list(pieces(7, blobs))
    assert max(len(piece.data) for piece in sent) == messages.MOST_DATA
    gathering = Gathering(7, [len(blob) for blob in blobs])
    for piece in sent:
        assert not gathering.complete
        gathering.add(piece)
    assert gathering.complete and gathering.blobs() == blobs
    with pytest.raises(LinkFailed):
        gathering.add(sent[0])
    across = Gathering(7, [2, 0, 3])
    across.add(messages.Data(7, b"aabb"))
    across.add(messages.Data(7, b"b"))
    assert across.complete and across.blobs() == [b"aa", b"", b"bbb"]
    assert Gathering(7, [0]).complete and Gathering(7, []).blobs() == []
    with pytest.raises(LinkFailed):
        Gathering(8, [5]).add(messages.Data(7, b"12345"))


def test_a_host_may_send_so_many_bytes_ahead_or_one_request_of_more() -> None:
    inbox = Inbox()
    for id, size in ((1, messages.AHEAD_DATA), (2, 0)):
        inbox.put(messages.Request(id, "upload", {}, (size,)))
        for at in range(0, size, messages.MOST_DATA):
            inbox.put(messages.Data(id, bytes(min(messages.MOST_DATA, size - at))))
    with pytest.raises(LinkFailed, match="wait for their answers"):
        inbox.put(messages.Request(3, "upload", {}, (1,)))
    alone = Inbox()
    alone.put(messages.Request(1, "upload", {}, (messages.MOST_BLOBS,)))
