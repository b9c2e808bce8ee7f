"""What is under way between the host and the agent: requests in their order, and their answers.

Three threads meet here under one condition: the caller, the one that reads and the one that writes.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import cbor2

from edgesdk.agent.wire.blobs import Gathering
from edgesdk.agent.wire.errors import error_from_plain
from edgesdk.agent.wire.messages import (
    AHEAD,
    AHEAD_DATA,
    Cancel,
    Data,
    Event,
    Failure,
    Message,
    Ping,
    Pong,
    Result,
)
from edgesdk.agent.wire.plain import Wrong
from edgesdk.errors import EdgeError

from ..texts import all_shown
from .problems import broken_rule

MOST_UNREAD = 1 << 26  # bytes of events that nobody has taken yet


@dataclass
class Pending:
    """One request, until its answer is there.

    ``sent``: bytes of data that went with it; ``most``: bytes of data that its answer may have;
    ``tells``: whether its caller reads events, which are kept as CBOR: decoded, a hostile
    board's grow seventy times. ``unsent``: its frames, until they are taken to be sent.
    ``abandoned``: since when nobody waits for it any more.
    """

    id: int
    call: str
    sent: int
    most: int
    tells: bool
    unsent: Iterator[Message] | None = None
    events: deque[bytes] = field(default_factory=deque)
    unread: int = 0
    gathering: Gathering | None = None
    value: Mapping[str, Any] = field(default_factory=dict)
    blobs: list[bytes] = field(default_factory=list)
    error: EdgeError | None = None
    done: bool = False
    abandoned: float | None = None


class Exchange:
    """The state that the threads share. ``heard`` and ``moved``: when the last frame came or went.

    What a hostile board sends is bounded: data by what each call may get, events by their bytes.
    A call is under way from the moment it is in ``waiting``: an interrupt just before or after
    leaves the ids of what goes to the board in their order.
    """

    def __init__(self) -> None:
        # Taken by its own name: an interrupt between a condition's taking it, or letting it go,
        # which are Python functions, and the block would leave it held for ever.
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.waiting: deque[Pending] = deque()
        self.urgent: deque[Message] = deque()
        self.heard = self.moved = time.monotonic()
        self.failure: EdgeError | None = None
        self.closing = False
        self._answered = 0  # the last id that was

    @property
    def next_id(self) -> int:
        """Of the next call."""
        return (self.waiting[-1].id if self.waiting else self._answered) + 1

    @property
    def over(self) -> bool:
        """Whether nothing more is to be sent."""
        return self.closing or self.failure is not None

    def next_to_send(self) -> Pending | None:
        """The oldest call of which nothing was sent yet."""
        return next((each for each in self.waiting if each.unsent is not None), None)

    def submit(self, pending: Pending) -> None:
        """A call is to be sent behind those that wait."""
        with self.lock:
            self.waiting.append(pending)
            self.changed.notify_all()

    def has_room(self, size: int) -> bool:
        """Whether a request with so much data may go ahead of the answers that are missing."""
        data = sum(pending.sent for pending in self.waiting)
        fits = len(self.waiting) < AHEAD and data + size <= AHEAD_DATA
        return fits or not self.waiting

    def is_held_up(self) -> bool:
        """Whether a call that was interrupted is still under way."""
        with self.lock:
            return any(pending.abandoned for pending in self.waiting)

    def fail(self, error: EdgeError) -> None:
        """The connection is over; the first reason stays."""
        with self.lock:
            self.failure = self.failure or error
            self.waiting.clear()
            self.changed.notify_all()

    def received(self, message: Message) -> None:
        """One frame. Raises ``LinkFailed`` for what must not come now."""
        with self.lock:
            self.heard = time.monotonic()
            if self.failure is not None:
                return  # the connection is over, and what was under way may still be answered
            match message:
                case Ping():
                    if Pong() not in self.urgent:  # one answers all that came before it
                        self.urgent.append(Pong())
                case Pong():
                    pass
                case Event():
                    self._event(message)
                case Result():
                    self._result(message)
                case Data():
                    self._data(message)
                case Failure():
                    self._failed(message)
                case _:
                    raise broken_rule(f"a {type(message).__name__.lower()} from the board")
            self.changed.notify_all()

    def cancel(self, pending: Pending) -> None:
        """Ask for its early end; no more of its events are wanted."""
        with self.lock:
            if not pending.done and pending.tells:
                pending.tells = False
                self.urgent.append(Cancel(pending.id))
                self.changed.notify_all()
            pending.events.clear()

    def abandon(self, pending: Pending) -> None:
        """Nobody waits for it any more: its answer will be dropped."""
        with self.lock:
            self.cancel(pending)
            pending.abandoned = time.monotonic()

    def take(self, pending: Pending) -> Mapping[str, Any]:
        """Its next event, of which there must be one."""
        with self.lock:
            event = pending.events.popleft()
            pending.unread -= len(event)
        found: Mapping[str, Any] = cbor2.loads(event)
        return found

    def _oldest(self, id: int) -> Pending:
        if not self.waiting or self.waiting[0].id != id:
            raise broken_rule(f"an answer to {id}, which is not the one that is due")
        return self.waiting[0]

    def _event(self, message: Event) -> None:
        pending = self._oldest(message.id)
        if not pending.tells:
            return
        event = cbor2.dumps(message.event)
        pending.unread += len(event)
        if pending.unread > MOST_UNREAD:
            raise broken_rule(f"{pending.unread} bytes of events of {pending.call} are not read")
        pending.events.append(event)

    def _result(self, message: Result) -> None:
        pending = self._oldest(message.id)
        if pending.gathering is not None or sum(message.blobs) > pending.most:
            raise broken_rule(
                f"{sum(message.blobs)} bytes for {pending.call}, which gets at most {pending.most}"
            )
        pending.value = message.value
        pending.gathering = Gathering(message.id, message.blobs)
        self._finish_gathered(pending)

    def _data(self, message: Data) -> None:
        pending = self._oldest(message.id)
        if pending.gathering is None:
            raise broken_rule(f"data for {message.id} before its result")
        pending.gathering.add(message)
        self._finish_gathered(pending)

    def _failed(self, message: Failure) -> None:
        pending = self._oldest(message.id)
        if pending.gathering is not None:
            raise broken_rule(f"two answers to {message.id}")
        try:
            pending.error = error_from_plain(all_shown(message.error))
        except Wrong as error:
            raise broken_rule(str(error)) from None
        self._finish(pending)

    def _finish_gathered(self, pending: Pending) -> None:
        if pending.gathering is not None and pending.gathering.complete:
            pending.blobs = pending.gathering.blobs()
            self._finish(pending)

    def _finish(self, pending: Pending) -> None:
        self._answered = self.waiting.popleft().id
        pending.done = True
