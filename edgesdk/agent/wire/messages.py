"""The kinds of frame, and one of each as bytes and back. See ``docs/agent-protocol.md``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import frames
from .plain import Wrong, from_plain, to_plain

PROTOCOL = 1
MAGIC = b"\nEDGESDK-AGENT\n"  # before the agent's first frame
NOISE = 1 << 16  # bytes that a login shell may write before that
MOST_DATA = 1 << 18  # bytes of one ``data`` frame
MOST_BLOBS = 1 << 28  # bytes of all blobs of one request or result
MOST_COUNT = 1024  # blobs of one request or result
MOST_RUNS = 1 << 24  # of one ``bench``: their times fit into one result
AHEAD, AHEAD_DATA = 16, 1 << 22  # requests, and bytes of data with them, before an answer
ASKED_AFTER, SILENCE, GRACE = 5.0, 30.0, 10.0  # seconds


@dataclass(frozen=True)
class Hello:
    """The agent's first frame."""

    protocol: int
    edgesdk: str
    python: str
    machine: str


@dataclass(frozen=True)
class Request:
    """One call. ``blobs``: sizes in bytes of what follows in ``data`` frames."""

    id: int
    call: str
    arguments: Mapping[str, Any]
    blobs: tuple[int, ...] = ()


@dataclass(frozen=True)
class Data:
    """The next bytes of a request's or a result's blobs."""

    id: int
    data: bytes


@dataclass(frozen=True)
class Event:
    """What happened in a request that is under way."""

    id: int
    event: Mapping[str, Any]


@dataclass(frozen=True)
class Result:
    """What a call gave."""

    id: int
    value: Mapping[str, Any]
    blobs: tuple[int, ...] = ()


@dataclass(frozen=True)
class Failure:
    """Why a call gave nothing; ``wire.errors`` makes the error of it."""

    id: int
    error: Mapping[str, Any]


@dataclass(frozen=True)
class Cancel:
    """Stop a generation or a bench early."""

    id: int


@dataclass(frozen=True)
class Ping:
    """Is somebody there?"""


@dataclass(frozen=True)
class Pong:
    """Somebody is."""


Message = Hello | Request | Data | Event | Result | Failure | Cancel | Ping | Pong
_KINDS: dict[str, type[Message]] = {
    "hello": Hello,
    "request": Request,
    "data": Data,
    "event": Event,
    "result": Result,
    "error": Failure,
    "cancel": Cancel,
    "ping": Ping,
    "pong": Pong,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def encode(message: Message) -> bytes:
    """The frame of a message. Raises ``LinkFailed`` (EDGE-0650) where it is too large for one."""
    return frames.encode({"kind": _NAMES[type(message)], **to_plain(message)})


def receive(stream: frames.Reader) -> Message | None:
    """The next message; None at the end. Raises ``LinkFailed`` (EDGE-0650, EDGE-0651)."""
    found = frames.read(stream)
    return None if found is None else understood(found)


def understood(content: Mapping[str, Any]) -> Message:
    """The message of a frame's map. Raises ``LinkFailed`` (EDGE-0650)."""
    fields = dict(content)
    name = fields.pop("kind", None)
    kind = _KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise frames.broken(f"a frame of the kind {name!r:.40}")
    try:
        message = from_plain(kind, fields)
        _check(message)
    except Wrong as error:
        raise frames.broken(f"{name}: {error}") from None
    return message


def _check(message: Message) -> None:
    if not isinstance(message, (Hello, Ping, Pong)) and message.id < 1:
        raise Wrong(f"id {message.id}")
    if isinstance(message, Data) and not 1 <= len(message.data) <= MOST_DATA:
        raise Wrong(f"{len(message.data)} bytes; 1 to {MOST_DATA} are allowed")
    if isinstance(message, (Request, Result)):
        if min(message.blobs, default=0) < 0 or sum(message.blobs) > MOST_BLOBS:
            raise Wrong(f"blobs of {sum(message.blobs)} bytes; at most {MOST_BLOBS} are allowed")
        if len(message.blobs) > MOST_COUNT:
            raise Wrong(f"{len(message.blobs)} blobs; at most {MOST_COUNT} are allowed")
