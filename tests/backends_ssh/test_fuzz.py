"""A board that sends anything at all: an error of ours, and never anything else."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from edgesdk import LinkFailed
from edgesdk.agent.wire.messages import (
    Data,
    Event,
    Failure,
    Hello,
    Message,
    Ping,
    Pong,
    Request,
    Result,
    encode,
    receive,
)
from edgesdk.errors import EdgeError
from edgesdk_backends.ssh.connection.exchange import Exchange, Pending

SMALL = st.integers(1, 4)
PLAIN: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4) | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
MAPS = st.dictionaries(st.sampled_from(["type", "code", "what", "evidence", "next"]), PLAIN)
SIZES = st.lists(st.integers(0, 40), max_size=3).map(tuple)
GOOD = {"type": "X", "code": 1, "what": "x", "evidence": "", "next": ""}
MESSAGES: st.SearchStrategy[Message] = st.one_of(
    st.builds(Result, SMALL, MAPS, SIZES),
    st.builds(Data, SMALL, st.binary(min_size=1, max_size=40)),
    st.builds(Event, SMALL, MAPS),
    st.builds(Failure, SMALL, MAPS),
    st.builds(Failure, SMALL, st.just(GOOD)),
    st.builds(Request, SMALL, st.text(max_size=4), MAPS),
    st.builds(Hello, SMALL, st.text(), st.text(), st.text()),
    st.builds(Ping),
    st.builds(Pong),
)


@settings(max_examples=300)
@given(st.lists(MESSAGES, max_size=12), st.integers(0, 60))
def test_any_frames_in_any_order(messages: list[Message], most: int) -> None:
    """Answers come to the calls they belong to, in their order, and no larger than allowed."""
    exchange = Exchange()
    calls = [Pending(number, "call", 0, most, tells=number % 2 == 0) for number in (1, 2, 3)]
    exchange.waiting.extend(calls)
    try:
        for message in messages:
            exchange.received(message)
    except LinkFailed:
        pass
    done = [call.done for call in calls]
    assert done == sorted(done, reverse=True)
    for call in calls:
        assert sum(map(len, call.blobs)) <= most
        assert call.done or not (call.blobs or call.error)
        assert call.tells or not call.events


@settings(max_examples=300)
@given(st.lists(MESSAGES, max_size=4), st.binary(max_size=60), st.integers(0, 200))
def test_any_bytes_behind_the_hello(messages: list[Message], junk: bytes, cut: int) -> None:
    """They are frames, the end, or an error."""

    stream = BytesIO((b"".join(map(encode, messages)) + junk)[: cut or None])
    try:
        while receive(stream) is not None:
            pass
    except EdgeError as error:
        assert error.id in {"EDGE-0650", "EDGE-0651"}
