"""One frame: four bytes of length, then a CBOR map. Nothing is trusted of what comes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import cbor2

from ...errors import LinkFailed
from .strict_cbor import WrongShape, check_map

LARGEST = 1 << 20  # bytes after the length
_LENGTH = 4  # bytes


class Reader(Protocol):
    """What frames are read from: any binary file, also one that gives less than was asked for."""

    def read(self, size: int, /) -> bytes | None:
        """At most so many bytes; none at the end."""


def encode(content: Mapping[str, Any]) -> bytes:
    """The bytes of a frame, its length in front.

    Raises ``LinkFailed`` (EDGE-0650) for what the other side would have to refuse.
    """
    body = cbor2.dumps(dict(content))
    _checked(body)
    return len(body).to_bytes(_LENGTH, "big") + body


def decode(body: bytes) -> dict[str, Any]:
    """The map of a frame, without its length. Raises ``LinkFailed`` (EDGE-0650)."""
    _checked(body)
    try:
        found = cbor2.loads(body)
    except (cbor2.CBORError, ValueError, OverflowError, RecursionError, TypeError) as error:
        raise broken(f"{type(error).__name__}: {error}"[:200]) from None
    assert isinstance(found, dict)
    return found


def read(stream: Reader) -> dict[str, Any] | None:
    """The next frame; None where the stream ends before one.

    Raises ``LinkFailed``: EDGE-0650 for what is no frame, EDGE-0651 where it ends within one.
    """
    head = _exactly(stream, _LENGTH)
    if not head:
        return None
    length = int.from_bytes(head, "big") if len(head) == _LENGTH else 0
    if len(head) == _LENGTH and not 1 <= length <= LARGEST:
        raise broken(f"a length of {length}; 1 to {LARGEST} are allowed")
    body = _exactly(stream, length)
    if len(head) < _LENGTH or len(body) < length:
        raise _cut(len(head) + len(body))
    return decode(body)


def _exactly(stream: Reader, count: int) -> bytes:
    """So many bytes, or fewer where the stream ends. As they come: a length is a claim."""
    pieces: list[bytes] = []
    while count:
        piece = stream.read(count)
        if not piece:
            break
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


def _checked(body: bytes) -> None:
    if len(body) > LARGEST:
        raise broken(f"{len(body)} bytes; at most {LARGEST} are allowed")
    try:
        check_map(body)
    except WrongShape as error:
        raise broken(str(error)) from None


def broken(evidence: str) -> LinkFailed:
    """The error of something that came and breaks a rule (EDGE-0650)."""
    return LinkFailed(
        "What came over the link is no frame of the agent's protocol",
        evidence=evidence,
        next_step="See that both sides have the same version of edgesdk, and that nothing on the "
        "board writes into the connection",
        code=50,
    )


def _cut(had: int) -> LinkFailed:
    return LinkFailed(
        "The link ended in the middle of a frame",
        evidence=f"{had} bytes of it had come",
        next_step="Try again; what was uploaded is kept on the board",
        code=51,
    )
