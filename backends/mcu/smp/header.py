"""The eight bytes before every SMP message."""

from __future__ import annotations

import struct
from dataclasses import dataclass

READ, WRITE = 0, 2  # operations; an answer's is one more
_LAYOUT = struct.Struct(">BBHHBB")
SIZE = _LAYOUT.size


@dataclass(frozen=True)
class Header:
    """``length`` counts the body. ``version`` 1 is what SMP calls v2: errors name their group."""

    operation: int
    group: int
    command: int
    sequence: int
    length: int
    version: int = 1

    def encode(self) -> bytes:
        """The bytes."""
        first = self.version << 3 | self.operation
        return _LAYOUT.pack(first, 0, self.length, self.group, self.sequence, self.command)

    def answers(self, request: Header) -> bool:
        """Whether this is the header of that request's answer."""
        return (
            self.operation == request.operation + 1
            and self.group == request.group
            and self.command == request.command
            and self.sequence == request.sequence
        )


def decode(message: bytes) -> Header | None:
    """The header of a message, or None where its length is not that of what follows."""
    if len(message) < SIZE:
        return None
    first, _, length, group, sequence, command = _LAYOUT.unpack_from(message)
    if length != len(message) - SIZE:
        return None
    return Header(first & 7, group, command, sequence, length, first >> 3 & 3)
