"""The calls of a sensing program's session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...sensing.streaming import ListeningDevice, StreamingSession
from ..board import Board
from ..call import Answer, Call, arrays, senseless, unable
from ..wire.arguments import Feed, Nothing, OfSession, Start
from ..wire.plain import to_plain
from ..wire.told import LISTENING
from .opening import opened

AT_ONCE = 1000  # events or decisions of one frame; those before go ahead as events


def listening(board: Board, call: Call, given: Nothing) -> Answer:
    """The program that runs on the device by itself."""
    device = board.device
    if not isinstance(device, ListeningDevice):
        raise unable(LISTENING)
    return opened(board, device.listening)


def start(board: Board, call: Call, given: Start) -> Answer:
    """Begin anew."""
    _streaming(board, given.session).start(dict(given.facts), given.first_tick)
    return Answer()


def feed(board: Board, call: Call, given: Feed) -> Answer:
    """The next samples."""
    session = _streaming(board, given.session)
    found = session.feed(arrays(given.inputs, call.blobs), wait=given.wait)
    return _told(call, "events", found)


def finish(board: Board, call: Call, given: OfSession) -> Answer:
    """The signal has ended."""
    return _told(call, "events", _streaming(board, given.session).finish())


def decisions(board: Board, call: Call, given: OfSession) -> Answer:
    """The decisions since the last time."""
    return _told(call, "decisions", _streaming(board, given.session).decisions())


def status(board: Board, call: Call, given: OfSession) -> Answer:
    """What was counted."""
    return Answer({"status": to_plain(_streaming(board, given.session).status())})


def _streaming(board: Board, number: int) -> StreamingSession:
    session = board.held(number).session
    if not isinstance(session, StreamingSession):
        raise senseless(f"the session {number} is no sensing program's")
    return session


def _told(call: Call, name: str, found: Sequence[Any]) -> Answer:
    rows = [to_plain(each) for each in found]
    while len(rows) > AT_ONCE:
        call.tell({name: rows[:AT_ONCE]})
        del rows[:AT_ONCE]
    return Answer({name: rows})
