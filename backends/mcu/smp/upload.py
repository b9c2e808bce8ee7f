"""An image goes to a device in chunks, several under way at once.

The device takes chunks in order and each of its answers says where it is, so the host follows: a
lost chunk, a lost answer and an upload that another host began are all the same case.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from edgesdk.errors import LinkFailed

from .client import Answer, SmpClient, integer
from .header import WRITE, Header
from .refused import SmpRefused, raise_refusal

_GROUP, _COMMAND = 1, 1
_BAD_HASH = 24  # the image group's number for an image that is not what its hash says


@dataclass(frozen=True)
class Pace:
    """How an upload goes. ``chunk`` and ``smallest`` are bytes of data, ``window`` is chunks.

    2048 bytes use 97 % of a clean line, and a bit error spoils half of what it would spoil in the
    device's longest message. After two failures at one place chunks get smaller, down to
    ``smallest``; after ``grow_after`` that went well they get larger again. ``attempts`` without
    progress are too many.
    """

    chunk: int = 2048
    smallest: int = 1024
    window: int = 4
    attempts: int = 5
    grow_after: int = 8


@dataclass(frozen=True)
class Sent:
    """What an upload took: chunks sent, how often it had to go back, where the device began."""

    frames: int
    retreats: int
    resumed_at: int


def upload(
    client: SmpClient,
    image: int,
    content: bytes,
    *,
    on_progress: Callable[[int], None] = lambda offset: None,
    pace: Pace | None = None,
) -> Sent:
    """Send an image. ``on_progress`` is told the bytes that the device has.

    Raises ``SmpRefused`` where the device refuses it, ``LinkFailed`` where the link is too bad; the
    same upload begun again goes on where it was.
    """
    if not content:
        raise ValueError("an image of no bytes")
    with client.turn:
        return _Upload(client, image, content, on_progress, pace or Pace()).run()


@dataclass(frozen=True)
class _Flight:
    header: Header
    end: int


class _Upload:
    def __init__(
        self,
        client: SmpClient,
        image: int,
        content: bytes,
        on_progress: Callable[[int], None],
        pace: Pace,
    ) -> None:
        self._client, self._image, self._content = client, image, content
        self._on_progress, self._pace = on_progress, pace
        self._largest = self._chunk = min(pace.chunk, client.payload)
        self._window = min(pace.window, client.parameters.count)
        self._have = 0  # bytes that the device has, as far as we know
        self._next = 0  # where the next chunk begins
        self._flights: deque[_Flight] = deque()
        self._failures = self._successes = self._frames = self._retreats = 0
        self._resumed_at = 0

    def run(self) -> Sent:
        while True:
            self._fill_window()
            until = self._client.now() + self._client.seconds
            answer = self._client.receive([flight.header for flight in self._flights], until)
            if answer is None:
                self._rewind(self._have)
                self._fail()
            elif self._take(answer):
                return Sent(self._frames, self._retreats, self._resumed_at)

    def _fill_window(self) -> None:
        """The first chunk goes alone: its answer may say that the device has more already."""
        window = self._window if self._have else 1
        while len(self._flights) < window and self._next < len(self._content):
            self._send()

    def _send(self) -> None:
        start, end = self._next, min(self._next + self._chunk, len(self._content))
        body: dict[str, Any] = {"off": start, "data": self._content[start:end]}
        if start == 0:
            name = hashlib.sha256(self._content).digest()
            body |= {"image": self._image, "len": len(self._content), "sha": name}
        header = self._client.send(WRITE, _GROUP, _COMMAND, body)
        self._flights.append(_Flight(header, end))
        self._next = end
        self._frames += 1

    def _take(self, answer: Answer) -> bool:
        """Follow an answer; True when it says that the device has everything."""
        raise_refusal(answer.body, _GROUP, _COMMAND)
        offset = min(integer(answer.body, "off"), len(self._content))
        if offset == len(self._content) and answer.body.get("match") is False:
            raise SmpRefused(_GROUP, _BAD_HASH)
        expected = offset == self._answered(answer).end
        progress = offset > self._have
        if progress:
            self._advance(offset, resumed=self._have == 0 and not expected)
        if not expected:
            self._rewind(offset)
            if not progress:
                self._fail()
        return offset == len(self._content)

    def _answered(self, answer: Answer) -> _Flight:
        """The chunk that an answer is for. The device works in order: those before it were lost."""
        while True:
            flight = self._flights.popleft()
            if answer.header.answers(flight.header):
                return flight

    def _advance(self, offset: int, *, resumed: bool) -> None:
        if resumed:
            self._resumed_at = offset
        self._have = offset
        self._failures = 0
        self._successes += 1
        if self._successes >= self._pace.grow_after:
            self._chunk = min(self._chunk * 2, self._largest)
            self._successes = 0
        self._on_progress(offset)

    def _rewind(self, offset: int) -> None:
        """Send again from a place; what is under way counts no more."""
        self._next = offset
        self._flights.clear()

    def _fail(self) -> None:
        self._failures += 1
        self._retreats += 1
        self._successes = 0
        if self._failures > 1:
            self._chunk = max(self._chunk // 2, min(self._pace.smallest, self._largest))
        if self._failures > self._pace.attempts:
            raise self._too_bad()

    def _too_bad(self) -> LinkFailed:
        return LinkFailed(
            "The link is too bad for an upload",
            evidence=f"stuck at {self._have} of {len(self._content)} bytes; "
            f"{self._frames} chunks sent, {self._failures} in a row without progress",
            next_step="Use a shorter cable or a lower baud rate, then deploy again: it goes on "
            "where it stopped",
            code=8,
        )
