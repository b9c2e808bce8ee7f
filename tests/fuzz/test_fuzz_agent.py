"""Whatever comes over a link: frames end it cleanly, requests have a result or a known error."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import cbor2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import edgesdk
from edgesdk.agent.board import Board
from edgesdk.agent.calls.table import CALLS
from edgesdk.agent.dispatch import answer
from edgesdk.agent.inbox import Inbox
from edgesdk.agent.outgoing import Outgoing
from edgesdk.agent.wire import frames, messages
from edgesdk.agent.wire.arrays import ArrayHead, array_from_wire
from edgesdk.agent.wire.errors import error_from_plain
from edgesdk.agent.wire.plain import Wrong, from_plain, to_plain
from edgesdk.agent.wire.told import OpenedSession
from edgesdk.backend import DeviceInfo, FitReport, InstalledModel
from edgesdk.bench import Figure
from edgesdk.bundle import Bundle
from edgesdk.decoder.sampling import Sampling
from edgesdk.errors import EdgeError, LinkFailed
from edgesdk.sensing.counters import Counters
from tests.models.variants import X, llama2c, scale_onnx
from tests.own_user import own_user

EXAMPLES = int(os.environ.get("EDGESDK_FUZZ_EXAMPLES", "300"))
LONG = settings(max_examples=EXAMPLES)
SLOWER = settings(
    max_examples=EXAMPLES // 3,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

ITEMS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**65), 2**65)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8) | st.integers(), inner, max_size=4)
        | st.builds(cbor2.CBORTag, st.integers(0, 300), inner)
    ),
    max_leaves=10,
)


@LONG
@given(st.binary(max_size=200))
def test_bytes_are_a_frame_or_a_failed_link(data: bytes) -> None:
    for claim in (data, len(data).to_bytes(4, "big") + data):
        with suppress(LinkFailed):
            frames.read(io.BytesIO(claim))


@LONG
@given(ITEMS, st.integers(0, 300), st.binary(max_size=3))
def test_what_is_taken_is_what_was_sent(item: Any, place: int, changed: bytes) -> None:
    """An item with some bytes changed: refused, or plain values and nothing else."""
    body = cbor2.dumps({"kind": "ping", "x": item})
    place %= len(body)
    body = body[:place] + changed + body[place + len(changed) :]
    try:
        found = frames.decode(body)
    except LinkFailed as error:
        assert error.id == "EDGE-0650"
        return
    assert _is_plain(found)


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(type(k) is str and _is_plain(v) for k, v in value.items())
    if isinstance(value, list):
        return all(map(_is_plain, value))
    if type(value) is int:
        return -(2**63) <= value < 2**64
    return value is None or type(value) in (bool, float, str, bytes)


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=8)
    | st.sampled_from(["scale", "story", "cpu", "float32", "string", "0" * 64, "cpu:", "ssh://a/"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)
KINDS = [
    DeviceInfo, FitReport, InstalledModel, Figure, OpenedSession, Counters, Sampling, ArrayHead
]  # fmt: skip


@LONG
@given(st.sampled_from(KINDS), st.data(), st.booleans())
def test_a_value_is_read_or_wrong(kind: type[Any], data: st.DataObject, extras: bool) -> None:
    names = [*kind.__dataclass_fields__, "more"]
    value = data.draw(st.dictionaries(st.sampled_from(names), PLAIN))
    try:
        found = from_plain(kind, value, extras=extras)
    except (Wrong, EdgeError):
        return
    assert isinstance(found, kind)
    assert from_plain(kind, to_plain(found)) == found or _has_nan(found)


def _has_nan(value: Any) -> bool:
    return "nan" in repr(value)


@LONG
@given(st.lists(st.integers(-1, 2**40), max_size=4), st.sampled_from(["int8", "bool", "string"]),
       st.binary(max_size=64))  # fmt: skip
def test_an_array_is_read_or_wrong(shape: list[int], dtype: str, content: bytes) -> None:
    with suppress(Wrong):
        found = array_from_wire(ArrayHead("x", dtype, tuple(shape)), content)
        assert list(found.shape) == shape


@LONG
@given(st.dictionaries(st.sampled_from(["type", "code", "what", "evidence", "next", "x"]), PLAIN))
def test_an_error_is_read_or_wrong(value: dict[str, Any]) -> None:
    with suppress(Wrong):
        assert isinstance(error_from_plain(value), EdgeError)


MESSAGES = st.one_of(
    st.builds(
        messages.Request,
        st.integers(1, 5),
        st.sampled_from(["info", "run"]),
        st.just({}),
        st.lists(st.integers(0, 9), max_size=3).map(tuple),
    ),
    st.builds(messages.Data, st.integers(1, 5), st.binary(min_size=1, max_size=9)),
    st.builds(messages.Cancel, st.integers(1, 5)),
    st.just(messages.Pong()),
)


@LONG
@given(st.lists(MESSAGES, max_size=12))
def test_what_waits_has_all_its_bytes(sequence: list[messages.Message]) -> None:
    inbox, ready = Inbox(), 0
    with suppress(LinkFailed):
        for message in sequence:
            inbox.put(message)
            comes = isinstance(message, messages.Data | messages.Request)
            ready += comes and inbox._request is None
    for id in range(1, ready + 1):
        request, blobs = inbox.take()
        assert request.id == id and tuple(map(len, blobs)) == request.blobs


class Heard(Outgoing):
    """Keeps what an agent would send."""

    def __init__(self) -> None:
        self.said: list[messages.Message] = []

    def send(self, data: bytes) -> None:
        """See ``Outgoing``."""
        message = messages.receive(io.BytesIO(data))
        assert message is not None
        self.said.append(message)


@pytest.fixture(scope="module")
def bundle() -> Iterator[Bundle]:
    """A user with two installed models; one of them as a bundle."""
    with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch:
        folder = own_user(patch, Path(home))
        with edgesdk.connect("cpu:") as device:
            with edgesdk.compile(llama2c(folder, 2), "cpu", name="story") as story:
                edgesdk.deploy(story, device)
            with edgesdk.compile(scale_onnx(folder, 2), "cpu", name="scale") as scale:
                edgesdk.deploy(scale, device)
                yield scale


def plausible(bundle: Bundle) -> dict[str, st.SearchStrategy[Any]]:
    """For each argument, what it may be, and what it may not be."""
    part = to_plain(bundle.manifest.parts[0])
    head = to_plain(ArrayHead("x", "float32", (2, 3)))
    return {
        "session": st.integers(0, 3),
        "name": st.sampled_from(["scale", "story", "../scale", ""]),
        "address": st.sampled_from(["cpu:", "cpu:?threads=1", "cpu:x", "emu:", "", "ssh://a/cpu:"])
        | st.sampled_from(["cpu:?store=%00", "cpu:?store=/dev/null", "emu:fpga?name=%00"]),
        "part": st.just(part),
        "sha256": st.sampled_from([part["sha256"], "0" * 64, "x"]),
        "size": st.sampled_from([part["size"], 0, 5, 2**63]),
        "offset": st.sampled_from([0, 1, 2**63]),
        "key": st.binary(min_size=31, max_size=33),
        "inputs": st.lists(st.just(head), max_size=2),
        "runs": st.integers(0, 2),
        "warmup": st.integers(-1, 1),
        "seconds": st.sampled_from([0.0, 0.01, float("nan")]),
        "token": st.sampled_from([0, 5, -1, 2**63]),
        "length": st.sampled_from([0, 1, -1, 2**63]),
        "every": st.booleans(),
        "sampling": st.fixed_dictionaries({"temperature": st.sampled_from([0.0, 1.0, -1.0])}),
        "maximum": st.integers(-1, 3),
        "ends": st.lists(st.integers(-1, 3), max_size=2),
        "top": st.none() | st.integers(-1, 3),
        "facts": st.just({}),
        "first_tick": st.integers(0, 5),
        "wait": st.booleans(),
    }


def requests(bundle: Bundle) -> st.SearchStrategy[Any]:
    known, signed = plausible(bundle), bundle.signed
    part = bundle.read_part(bundle.manifest.parts[0])
    blob = st.sampled_from(
        [signed.data, signed.signature_member, part, X.tobytes(), np.int32([1, 2]).tobytes(), b"x"]
    )

    def call(name: str) -> st.SearchStrategy[Any]:
        fields = CALLS[name][0].__dataclass_fields__
        right = {f: known.get(f, PLAIN) for f in fields}
        mixed = {f: known.get(f, PLAIN) | PLAIN for f in fields}
        arguments = st.fixed_dictionaries(right) | st.fixed_dictionaries({}, optional=mixed)
        blobs = st.lists(blob, max_size=2) | st.just([signed.data, signed.signature_member])
        return st.tuples(st.just(name), arguments, blobs)

    return st.sampled_from(sorted(CALLS)).flatmap(call)


@SLOWER
@given(data=st.data())
def test_requests_have_a_result_or_a_known_error(bundle: Bundle, data: st.DataObject) -> None:
    board, inbox, out = Board(), Inbox(), Heard()
    sequence = data.draw(st.lists(requests(bundle), min_size=1, max_size=8))
    with_device = [("connect", {"address": "cpu:"}, []), ("open", {"name": "scale"}, [])]
    with_device += [("open", {"name": "story"}, []), *sequence]
    try:
        for id, (name, arguments, blobs) in enumerate(with_device, 1):
            sizes = tuple(map(len, blobs))
            request = messages.Request(id, name, arguments, sizes)
            answer(board, inbox, out, request, list(blobs))
            answers = [m for m in out.said if isinstance(m, messages.Result | messages.Failure)]
            assert len(answers) == id and answers[-1].id == id
    finally:
        board.close()
    for failure in (m for m in out.said if isinstance(m, messages.Failure)):
        error = error_from_plain(failure.error)
        assert error.code != 72, f"{error}: {with_device}"
