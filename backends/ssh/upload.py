"""Bytes to the board's spool, named by their SHA-256: what is there is not sent again."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable
from typing import Protocol

from edgesdk.agent.wire.arguments import Content, Upload
from edgesdk.agent.wire.messages import AHEAD
from edgesdk.bundle import Bundle
from edgesdk.errors import InternalFault

from .connection import Connection
from .connection.answers import read
from .connection.exchange import Pending

# Small enough that a slow line answers often, so that silence is told from slowness; enough of them
# are ahead of their answers to fill a fast one.
_PIECE = 1 << 17  # bytes
_SKIP = 1 << 20  # bytes


class Readable(Protocol):
    """What is sent."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""


class WholeBundle:
    """A bundle's file from its first byte on; the bundle stays open as long."""

    def __init__(self, bundle: Bundle) -> None:
        self._descriptor, self.size = bundle.whole()
        self._at = 0

    def read(self, size: int, /) -> bytes:
        """The next bytes."""
        data = os.pread(self._descriptor, min(size, self.size - self._at), self._at)
        self._at += len(data)
        return data

    def content(self) -> Content:
        """Its size and its SHA-256; reads it through once."""
        digest = hashlib.sha256()
        while data := self.read(_SKIP):
            digest.update(data)
        self._at = 0
        return Content(digest.hexdigest(), self.size)


def upload(
    connection: Connection, content: Content, stream: Readable, tell: Callable[[int], None]
) -> None:
    """Send what the board does not have yet; ``tell`` is told how many bytes it has.

    Raises ``LinkFailed``, ``DoesNotFit`` where its disk is full, and what the stream raises.
    """
    there = _bytes(connection, connection.call("have", content), content)
    _skip(stream, there)
    if there:
        tell(there)
    flying: deque[tuple[Pending, int]] = deque()
    try:
        sent = there
        while sent < content.size:
            piece = stream.read(min(_PIECE, content.size - sent))
            if not piece:
                raise _short(sent, content)
            while len(flying) >= AHEAD or (flying and flying[0][0].done):
                tell(_arrived(connection, flying, content))
            request = connection.submit(
                "upload", Upload(content.sha256, content.size, sent), [piece]
            )
            sent += len(piece)
            flying.append((request, sent))
        while flying:
            tell(_arrived(connection, flying, content))
    except BaseException:
        for request, _ in flying:
            connection.abandon(request)
        raise


def _arrived(connection: Connection, flying: deque[tuple[Pending, int]], content: Content) -> int:
    """Wait for the oldest piece's answer; how much the board has with it."""
    request, end = flying[0]
    there = _bytes(connection, connection.wait(request), content)
    flying.popleft()
    if there != end:
        raise connection.broken(f"upload: {there} bytes are there, where {end} belong")
    return there


def _bytes(connection: Connection, answer: Pending, content: Content) -> int:
    size = read(connection, int, answer, "size")
    if not 0 <= size <= content.size:
        raise connection.broken(f"{answer.call}: {size} bytes of {content.size}")
    return size


def _skip(stream: Readable, count: int) -> None:
    while count:
        data = stream.read(min(count, _SKIP))
        if not data:
            return
        count -= len(data)


def _short(sent: int, content: Content) -> InternalFault:
    return InternalFault(
        "There is less to send than was promised",
        evidence=f"{sent} of {content.size} bytes",
        code=73,
    )
