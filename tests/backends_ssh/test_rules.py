"""A board that breaks the protocol's rules, falls silent or goes away in the middle."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import edgesdk
from edgesdk import EdgeError, LinkFailed
from edgesdk.agent.wire.messages import (
    Cancel,
    Data,
    Event,
    Failure,
    Message,
    Ping,
    Pong,
    Request,
    Result,
    encode,
)
from edgesdk.agent.wire.plain import to_plain
from edgesdk.agent.wire.told import OpenedSession
from edgesdk.errors import DoesNotFit, InternalFault, UsageError
from edgesdk_backends.ssh import connection
from edgesdk_backends.ssh.abilities import device_of
from edgesdk_backends.ssh.connection import exchange, line
from tests.backends_ssh.conftest import Fake
from tests.backends_ssh.small import interrupt
from tests.waiting import until


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_LOOK", 0.05)


ERROR = {"type": "DoesNotFit", "code": 6, "what": "no", "evidence": "e", "next": "n", "new": 1}


def frames(*messages: Message) -> bytes:
    return b"".join(map(encode, messages))


def failure(fake: Fake, answer: bytes, most: int = 0) -> EdgeError:
    """What the first call raises; the second one is told that it is over."""
    there = fake(answer)
    with pytest.raises(EdgeError) as caught:
        there.call("models", most=most)
    with pytest.raises(LinkFailed) as after:
        there.call("models")
    assert after.value.id == "EDGE-0658"
    assert caught.value.id in after.value.evidence
    return caught.value


@pytest.mark.parametrize(
    ("what", "answer"),
    [
        ("an answer to nothing", frames(Result(2, {}))),
        ("an error for nothing", frames(Failure(7, ERROR))),
        ("an event of nothing", frames(Event(2, {}))),
        ("data before its result", frames(Data(1, b"x"))),
        ("data for another", frames(Result(1, {}, (4,)), Data(2, b"abcd"))),
        ("two results", frames(Result(1, {}, (4,)), Result(1, {}))),
        ("a result, then an error", frames(Result(1, {}, (4,)), Failure(1, ERROR))),
        ("more than was asked for", frames(Result(1, {}, (5,)))),
        ("a request", frames(Request(1, "models", {}))),
        ("an error that is none", frames(Failure(1, {"type": "DoesNotFit"}))),
        ("an error without a place", frames(Failure(1, ERROR | {"code": 0}))),
    ],
)
def test_a_rule_that_is_broken_ends_the_connection(fake: Fake, what: str, answer: bytes) -> None:
    assert failure(fake, answer, most=4).id == "EDGE-0657", what


@pytest.mark.parametrize(
    ("what", "answer", "identity"),
    [
        ("no frame", b"\xff" * 64, "EDGE-0650"),
        ("no CBOR", b"\0\0\0\1\xff", "EDGE-0650"),
        ("more data than promised", frames(Result(1, {}, (2,)), Data(1, b"abc")), "EDGE-0650"),
        ("a claim of 256 MiB", frames(Result(1, {}, (1 << 28,))), "EDGE-0657"),
        ("a claim of more", frames(Result(1, {}, (1 << 28, 1 << 28))), "EDGE-0650"),
    ],
)
def test_what_is_no_frame_ends_the_connection(
    fake: Fake, what: str, answer: bytes, identity: str
) -> None:
    assert failure(fake, answer, most=4).id == identity, what


@pytest.mark.parametrize(
    ("answer", "identity"),
    [(b"", "EDGE-0655"), (frames(Result(1, {}, (4,)))[:9], "EDGE-0651")],
)
def test_the_end_in_the_middle(fake: Fake, answer: bytes, identity: str) -> None:
    there = fake(answer, then="echo 'the power went' >&2; exit 7")
    with pytest.raises(LinkFailed) as caught:
        there.call("models")
    assert caught.value.id == identity
    if not answer:
        assert caught.value.evidence.split("\n  ") == ["ssh ended with 7", "the power went"]


def test_an_end_while_nobody_asks_is_told_at_the_next_call(fake: Fake) -> None:
    there = fake(frames(Result(1, {})), then="exit 0")
    there.call("models")
    with pytest.raises(LinkFailed):
        there.call("models")


def test_errors_of_the_board_are_raised_here(fake: Fake) -> None:
    """A class that this version does not know is an internal fault; the connection lives on."""
    newer = ERROR | {"type": "TooHot"}
    there = fake(*map(frames, (Failure(1, ERROR), Failure(2, newer), Result(3, {"a": 1}))))
    with pytest.raises(DoesNotFit) as known:
        there.wait(first := there.submit("models"))
    assert first.done
    assert (known.value.id, known.value.evidence) == ("EDGE-0906", "e")
    with pytest.raises(InternalFault):
        there.call("models")
    assert there.call("models").value == {"a": 1}


def test_events_that_nobody_takes_are_bounded(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "MOST_UNREAD", 1000)
    there = fake(frames(*[Event(1, {"text": "x" * 100})] * 20))
    request = there.submit("stage", tells=True)
    with pytest.raises(LinkFailed) as caught:
        there.wait(request)
    assert caught.value.id == "EDGE-0657"


def test_events_that_are_taken_are_not_counted(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times as much as may lie unread, each piece taken before the next one comes."""
    monkeypatch.setattr(exchange, "MOST_UNREAD", 1000)
    event = frames(Event(1, {"text": "x" * 500}))
    there = fake(*[event] * 20, frames(Result(1, {"a": 1})))
    request, found = there.submit("stage", tells=True), []
    for event_found in there.events(request):
        found.append(event_found)
        with there._exchange.lock:
            there._exchange.urgent.append(Request(99, "next", {}))
            there._exchange.changed.notify_all()
    assert found == [{"text": "x" * 500}] * 20
    assert there.wait(request).value == {"a": 1}


def test_events_of_a_call_that_wants_none_are_dropped(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "MOST_UNREAD", 1000)
    there = fake(frames(*[Event(1, {"text": "x" * 100})] * 20, Result(1, {"a": 1})))
    assert there.call("stage").value == {"a": 1}


def test_silence_has_an_end(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "SILENCE", 0.3)
    assert failure(fake, b"").id == "EDGE-0656"


def test_a_board_that_answers_pings_is_not_silent(fake: Fake) -> None:
    """However long it computes."""
    there = fake(b"")
    now = time.monotonic()
    ago = there._exchange.moved = now - 2 * connection.SILENCE
    for heard, silent in ((now, False), (ago, True)):
        there._exchange.heard = heard
        assert (there._too_long(ago, None, None) is not None) is silent


def test_a_board_whose_frame_is_slow_to_come_is_not_silent() -> None:
    """Whatever comes is a sign of life."""
    ours, theirs = os.pipe()
    shared = exchange.Exchange()
    shared.heard = 0.0
    with os.fdopen(ours, "rb") as stream, os.fdopen(theirs, "wb", 0) as board:
        board.write(b"\0\0")
        assert line._Heard(stream, shared).read(4) == b"\0\0"
    assert shared.heard > 0.0


def test_pings_of_a_board_that_reads_nothing_are_bounded() -> None:
    shared = exchange.Exchange()
    for _ in range(1000):
        shared.received(Ping())
    assert list(shared.urgent) == [Pong()]


def test_what_this_machine_cannot_take_in_ends_the_connection(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, and not when nothing was heard for half a minute."""

    def full(self: object, message: object) -> None:
        raise MemoryError

    there = fake(frames(Result(1, {})))
    monkeypatch.setattr(exchange.Exchange, "_result", full)
    with pytest.raises(LinkFailed) as caught:
        there.call("models")
    assert caught.value.id == "EDGE-0659"
    assert "MemoryError" in caught.value.evidence


def test_the_host_asks_when_it_has_said_nothing_and_answers_when_asked(
    fake: Fake, user_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "ASKED_AFTER", 0.05)
    said = user_folder / "said"
    there = fake(frames(Ping()), then=f"cat >{said}")
    there.submit("models")
    comes(said, lambda heard: encode(Pong()) in heard and heard.count(encode(Ping())) >= 2)


def comes(said: Path, wanted: Callable[[bytes], bool]) -> None:
    """What the host has said to a fake agent becomes what is wanted."""
    until = time.monotonic() + 20
    while not wanted(heard := said.read_bytes() if said.exists() else b""):
        assert time.monotonic() < until, heard
        time.sleep(0.02)


def test_a_call_whose_events_are_read_is_cancelled_by_an_interrupt(
    fake: Fake, user_folder: Path
) -> None:
    there = fake(frames(Event(1, {"done": 1})), then=f"cat >{user_folder / 'said'}")

    def tell(event: Mapping[str, Any]) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        there.follow(there.submit("bench", tells=True), tell)
    comes(user_folder / "said", lambda heard: encode(Cancel(1)) in heard)


def test_the_board_is_told_goodbye(fake: Fake, user_folder: Path) -> None:
    there = fake(frames(Result(1, {})), then=f"cat >{user_folder / 'said'}")
    there.goodbye()
    assert b"disconnect" in (user_folder / "said").read_bytes()


def test_an_answer_after_the_close_does_not_cut_the_agent_short(
    fake: Fake, user_folder: Path
) -> None:
    """A call was under way: its answer comes while the agent is given its time to end."""
    late, ended = user_folder / "late", user_folder / "ended"
    late.write_bytes(frames(Result(1, {})))
    there = fake(b"", then=f"cat >/dev/null; cat {late}; sleep 0.3; touch {ended}")
    there.submit("models")
    there.close()
    assert ended.exists()


def test_a_close_does_not_wait_until_all_that_is_large_has_gone(
    fake: Fake, user_folder: Path
) -> None:
    """The board reads again only when the connection is being closed."""
    said, go = user_folder / "said", user_folder / "go"
    there = fake(b"", then=f"until [ -e {go} ]; do sleep 0.05; done; cat >{said}")
    call = there.submit("run", {}, [bytes(1 << 24)])
    until(lambda: call.unsent is None)  # it is being sent

    def closing() -> None:
        until(lambda: there._exchange.closing)
        go.touch()

    waiting = threading.Thread(target=closing)
    waiting.start()
    there.close()
    waiting.join()
    assert said.stat().st_size < 1 << 20


def test_an_interrupt_while_a_call_is_made_leaves_a_connection_that_works(board: Path) -> None:
    """Whether it was made or not: nobody knows; but the next one has the id that is due."""
    with edgesdk.connect("ssh://there/cpu:") as device:
        there = device._connection  # type: ignore[attr-defined]
        made = 0
        for count in range(1, 200):
            sys.setprofile(after(count))
            try:
                there.wait(there.submit("info"))
            except KeyboardInterrupt:
                made += 1
            else:
                break
            finally:
                sys.setprofile(None)
            assert not there._exchange.changed._is_owned()
            assert device.models() == ()
    assert 10 < made < 199


def after(count: int) -> Any:
    """Interrupts where Python looks for signals: as a function begins, and behind a call of C.

    ``count``: which of these; those within a wait are not counted.
    """
    left, files = count, {connection.__file__, exchange.__file__, threading.__file__}

    def profile(frame: FrameType, event: str, _: Any) -> None:
        nonlocal left
        code = frame.f_code
        if code.co_filename in files and code.co_name != "wait" and event in ("call", "c_return"):
            left -= 1
            if left == 0:
                raise KeyboardInterrupt

    return profile


def test_nothing_waits_behind_a_call_that_was_interrupted(fake: Fake, user_folder: Path) -> None:
    """The end of its input stops an agent."""
    there = fake(b"", then=f"cat >{user_folder / 'said'}")
    there.abandon(there.submit("run"))
    there.goodbye()
    assert b"disconnect" not in (user_folder / "said").read_bytes()


def test_a_session_that_is_closed_is_closed_on_the_board(fake: Fake, user_folder: Path) -> None:
    opened = Result(1, {"session": to_plain(OpenedSession(7, (), ()))})
    there = fake(frames(opened), then=f"cat >{user_folder / 'said'}")
    device_of(there, ()).open("m").close()
    close = encode(Request(2, "close", {"session": 7}))
    comes(user_folder / "said", lambda heard: close in heard)


def octal(data: bytes) -> str:
    return "".join(f"\\{byte:03o}" for byte in data)


def test_an_interrupted_call_does_not_stop_the_next_one(fake: Fake, user_folder: Path) -> None:
    """Its answer comes late, and nobody takes it for the next one's."""
    late = frames(Result(1, {"of": "run"}, (3,)), Data(1, b"abc"), Result(2, {"of": "models"}))
    go = user_folder / "go"
    then = f"until [ -e {go} ]; do sleep 0.05; done; printf '{octal(late)}'; cat >/dev/null"
    there = fake(b"", then=then)
    interrupt()
    with pytest.raises(KeyboardInterrupt):
        there.call("run", most=3)
    go.touch()
    assert there.call("models").value == {"of": "models"}


def test_an_interrupted_call_that_goes_on_is_given_up(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "PATIENCE", 0.3)
    there = fake(b"")
    interrupt()
    with pytest.raises(KeyboardInterrupt):
        there.call("run")
    with pytest.raises(LinkFailed) as caught:
        there.call("models")
    assert caught.value.id == "EDGE-0659"
    assert "run" in caught.value.evidence


def test_patience_begins_with_the_interrupt(fake: Fake) -> None:
    """And not when another caller began to wait; nor before anybody did."""
    there = fake(b"")
    first, now = there.submit("run"), time.monotonic()
    ago = 2 * connection.PATIENCE
    for begun, abandoned, over in ((ago, 0.0, False), (0.0, ago, False), (ago, ago, True)):
        first.abandoned = now - abandoned
        assert (there._too_long(now - begun, None, None) is not None) is over


def test_what_is_too_much_for_one_call_is_refused_here(fake: Fake) -> None:
    there = fake(frames(Result(1, {})))
    with pytest.raises(UsageError) as caught:
        there.submit("run", {}, [bytes(1 << 20)] * 257)
    assert caught.value.id == "EDGE-02295"
    assert there.call("models").value == {}


def test_no_more_is_under_way_than_the_protocol_allows(fake: Fake) -> None:
    """Sixteen calls, or 4 MiB; then the caller waits for an answer."""
    there = fake(*(frames(Result(number, {})) for number in range(1, 41)))
    peak: list[tuple[int, int]] = []
    shared = there._exchange
    for number in range(40):
        there.submit("upload", {}, [bytes(1 << 19 if number < 20 else 10)])
        with shared.lock:
            peak.append((len(shared.waiting), sum(p.sent for p in shared.waiting)))
    assert max(count for count, _ in peak) <= 16
    assert max(data for _, data in peak) <= 4 << 20


def test_both_pipes_may_be_full(fake: Fake) -> None:
    """A board that sends megabytes before it reads any."""
    size = 8 << 20
    data = b"".join(frames(Data(1, bytes(1 << 18))) for _ in range(size >> 18))
    there = fake(frames(Result(1, {}, (size,))) + data)
    answer = there.call("run", {}, [bytes(size)], most=size)
    assert len(answer.blobs[0]) == size
