"""Answers of a board that lies: nothing of them becomes a value here."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgesdk import EdgeError, LinkFailed, UsageError, VerificationMismatch
from edgesdk.agent.wire.messages import Data, Event, Failure, Message, Result, encode
from edgesdk.agent.wire.plain import to_plain
from edgesdk.agent.wire.told import DECODER, SENSING, TEXT, OpenedSession
from edgesdk.decoder.generation_pieces import Usage
from edgesdk.decoder.sampling import Sampling
from edgesdk.decoder.writing import Wanted
from edgesdk.errors import DoesNotFit
from edgesdk.tensors import TensorSpec
from edgesdk_backends.ssh.abilities import device_of
from edgesdk_backends.ssh.sessions.decoder import BoardDecoder
from edgesdk_backends.ssh.sessions.on_board import OnBoard
from tests.backends_ssh.conftest import Fake

X = np.zeros((2,), np.float32)
INFO = {"address": "cpu:", "backend": "cpu", "target": "cpu", "description": "x"}
MODEL = {"name": "m", "version": "1", "security_counter": 0, "slot": "a", "previous_version": None}


NO_MORE = {"evidence": "", "next": ""}


def frames(*messages: Message) -> bytes:
    return b"".join(map(encode, messages))


def answer(value: Any, *blobs: bytes, number: int = 1) -> bytes:
    """A result and its blobs."""
    sizes = tuple(map(len, blobs))
    return frames(Result(number, value, sizes), *(Data(number, blob) for blob in blobs if blob))


def device(fake: Fake, *answers: bytes) -> Any:
    return device_of(fake(*answers), ("log", "doubts", "firmware", "listening"))


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("models", {}),
        ("models", {"models": 3}),
        ("models", {"models": [MODEL | {"security_counter": "9"}]}),
        ("models", {"models": [{"name": "m"}]}),
        ("info", {"info": INFO | {"memory": {"ram": "much"}}}),
        ("info", {"info": INFO | {"address": "no address"}}),
        ("info", {"info": INFO | {"address": "cpu:?ssh_config=/tmp/x"}}),
        ("log", {"entries": [["a", "b"]], "counters": {}}),
        ("log", {"entries": [], "counters": {"a": 1.5}}),
        ("doubts", {"doubts": None}),
        ("listening", {}),
        ("listening", {"session": 7}),
    ],
)
def test_values_of_another_type(fake: Fake, call: str, value: Any) -> None:
    board = device(fake, answer(value))
    with pytest.raises(LinkFailed) as caught:
        found = getattr(board, call)
        found()
    assert caught.value.id == "EDGE-0657"


def test_what_a_newer_board_adds_is_passed_over(fake: Fake) -> None:
    board = device(fake, answer({"models": [MODEL | {"colour": "red"}], "more": 1}))
    assert [model.name for model in board.models()] == ["m"]


def test_texts_of_a_board_are_no_commands_to_a_terminal(fake: Fake) -> None:
    """In an error, a description and a log; a forged line stands in like all evidence."""
    evil = {"type": "DoesNotFit", "code": 6, "what": "no\x1b[2J", "evidence": "e", "next": "\x9b"}
    forged = frames(Failure(1, evil | {"evidence": "e\r\nerror: all is lost"}))
    info = answer({"info": INFO | {"description": "a\x1b]0;b\7\x9bc"}}, number=2)
    log = answer({"entries": [["\0a", "b\x7f", 1]], "counters": {"c\x1b": 2}}, number=3)
    board = device(fake, forged, info, log)
    with pytest.raises(DoesNotFit) as caught:
        board.models()
    error = caught.value
    assert (error.what, error.evidence, error.next_step) == ("no[2J", "e\n  error: all is lost", "")
    assert board.info.description == "a]0;bc, at me@there"
    told = board.log()
    assert (told.entries, told.counters) == ((("a", "b", 1),), {"c": 2})


SPEC = TensorSpec("y", "float32", (2,))
OPENED = OpenedSession(1, (TensorSpec("x", "float32", (2,)),), (SPEC,))
TOKENS = OpenedSession(
    1,
    (TensorSpec("tokens", "int32", ("tokens",)),),
    (TensorSpec("continuation", "int32", (2,)),),
    (DECODER,),
    vocabulary=8,
    context=16,
)


def told(opened: OpenedSession, **changes: Any) -> bytes:
    return answer({"session": to_plain(opened) | changes})


@pytest.mark.parametrize(
    ("opened", "changes"),
    [
        (OPENED, {"session": "1"}),
        (OPENED, {"inputs": [{"name": "x", "dtype": "float31", "shape": [2]}]}),
        (OPENED, {"abilities": [TEXT]}),
        (OPENED, {"abilities": [SENSING]}),
        (TOKENS, {"vocabulary": 0}),
        (TOKENS, {"vocabulary": 1 << 40}),
        (TOKENS, {"context": 0}),
        (TOKENS, {"position": 17}),
        (TOKENS, {"outputs": []}),
        (TOKENS, {"outputs": [{"name": "continuation", "dtype": "int32", "shape": []}]}),
        (TOKENS, {"outputs": [{"name": "continuation", "dtype": "int32", "shape": ["n"]}]}),
        (TOKENS, {"inputs": []}),
        (TOKENS, {"inputs": [{"name": "x", "dtype": "int32", "shape": ["tokens"]}]}),
    ],
)
def test_a_session_that_cannot_be(fake: Fake, opened: OpenedSession, changes: Any) -> None:
    board = device(fake, told(opened, **changes))
    with pytest.raises(LinkFailed) as caught:
        board.open("m")
    assert caught.value.id == "EDGE-0657"


def head(**changes: Any) -> dict[str, Any]:
    return {"name": "y", "dtype": "float32", "shape": [2]} | changes


@pytest.mark.parametrize(
    ("outputs", "blobs", "identity"),
    [
        ([head(name="z")], [b"\0" * 8], "EDGE-0780"),
        ([], [], "EDGE-0780"),
        ([head(dtype="int32")], [b"\0" * 8], "EDGE-0780"),
        ([head(shape=[1, 2])], [b"\0" * 8], "EDGE-0780"),
        ([head(shape=[1])], [b"\0" * 4], "EDGE-0780"),
        ([head()], [b"\0" * 4], "EDGE-0657"),
        ([head()], [b"\0" * 4, b"\0" * 4], "EDGE-0657"),
        ([head()], [b"\0" * 9], "EDGE-0657"),
        ([head(), head()], [b"\0" * 4, b"\0" * 4], "EDGE-0780"),
    ],
)
def test_outputs_that_are_not_the_model_s(
    fake: Fake, outputs: Any, blobs: list[bytes], identity: str
) -> None:
    board = device(fake, told(OPENED), answer({"outputs": outputs}, *blobs, number=2))
    session = board.open("m")
    with pytest.raises((LinkFailed, VerificationMismatch)) as caught:
        session.run({"x": X})
    assert caught.value.id == identity


@pytest.mark.parametrize(
    "times",
    [
        b"",
        b"\0" * 7,
        np.array([np.nan]).tobytes(),
        np.array([-1.0]).tobytes(),
        np.ones(4).tobytes(),
    ],
)
def test_times_that_cannot_be(fake: Fake, times: bytes) -> None:
    board = device(fake, told(OPENED), answer({"figures": {}}, times, number=2))
    session = board.open("m")
    assert isinstance(session, OnBoard)
    with pytest.raises(LinkFailed):
        session.timed({"x": X}, warmup=0, runs=3, seconds=1.0, on_run=lambda done, runs: None)


def test_times_of_a_million_runs(fake: Fake) -> None:
    count, data = 1_100_000, bytes(memoryview(np.ones(1 << 15)).cast("B"))
    result = Result(2, {"figures": {}}, (8 * count,))
    whole, rest = divmod(8 * count, len(data))
    times = frames(result, *[Data(2, data)] * whole, Data(2, data[:rest]))
    session = device(fake, told(OPENED), times).open("m")
    found = session.timed({"x": X}, warmup=0, runs=count, seconds=9.0, on_run=lambda done, of: None)
    assert len(found) == count


def decoder(fake: Fake, *answers: bytes, position: int = 0) -> BoardDecoder:
    session = device(fake, told(TOKENS, position=position), *answers).open("m")
    assert isinstance(session, BoardDecoder)
    return session


@pytest.mark.parametrize(("position", "size"), [(2, 32), (1, 28), (1, 31), (-1, 32)])
def test_logits_or_a_cache_of_another_size(fake: Fake, position: int, size: int) -> None:
    session = decoder(fake, answer({"position": position}, b"\0" * size, number=2))
    with pytest.raises(LinkFailed):
        session.prefill([1])


USAGE = to_plain(Usage(prompt=1))


@pytest.mark.parametrize(
    "event",
    [
        {"token": 8, "usage": USAGE},
        {"token": -1, "usage": USAGE},
        {"token": 1, "top": [[9, 0.5]], "usage": USAGE},
        {"token": 1},
        {"token": 1, "usage": {"prompt": "one"}},
        {"usage": USAGE},
    ],
)
def test_a_choice_that_cannot_be(fake: Fake, event: dict[str, Any]) -> None:
    session = decoder(fake, frames(Event(2, event)))
    wanted = Wanted(Sampling(seed=1), 4, frozenset())
    with pytest.raises(EdgeError) as caught:
        next(session.write([1], wanted, Usage()))
    assert caught.value.id == "EDGE-0657"


def test_a_generation_that_the_board_refused_leaves_an_empty_cache(fake: Fake) -> None:
    """Nobody knows what is in it there: it is emptied before it is used again."""
    refused = frames(Failure(2, {"type": "DoesNotFit", "code": 6, "what": "no"} | NO_MORE))
    emptied, logits = answer({"position": 0}, number=3), {"position": 1}
    session = decoder(fake, refused, emptied, answer(logits, b"\0" * 32, number=4), position=2)
    with pytest.raises(DoesNotFit):
        list(session.write([1], Wanted(Sampling(seed=1), 2, frozenset()), Usage()))
    assert session.position == 0
    session.prefill([1])
    assert session.position == 1


def test_numbers_that_no_frame_carries_are_refused_here(fake: Fake) -> None:
    board = device(fake, answer({}))
    with pytest.raises(UsageError):
        board._connection.call("rewind", {"length": 1 << 80})
    assert board._connection.call("models").value == {}
