"""How a connection begins: whatever the login shell says, the agent's line, its hello."""

from __future__ import annotations

from typing import IO

from edgesdk.agent import frames
from edgesdk.agent.messages import MAGIC, NOISE, PROTOCOL, Hello, understood

from . import problems
from .address import BoardAddress
from .process import BoardProcess


class Counted:
    """A stream that knows how many bytes were read from it since it was last asked."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._count = stream, 0

    def read(self, size: int, /) -> bytes:
        """So many bytes, fewer only at the end."""
        data = self._stream.read(size)
        self._count += len(data)
        return data

    def taken(self) -> int:
        """Bytes since the last time."""
        count, self._count = self._count, 0
        return count


def greet(stream: Counted, address: BoardAddress, process: BoardProcess) -> Hello:
    """Wait for the agent's hello.

    Raises ``NoDevice`` where none comes, ``DeviceUnavailable`` (EDGE-0583) where it speaks another
    version, ``LinkFailed`` where what follows is no frame.
    """
    noise = bytearray()
    while not noise.endswith(MAGIC):
        byte = stream.read(1)
        if not byte:
            raise problems.no_agent(address, process, bytes(noise))
        noise += byte
        if len(noise) > NOISE + len(MAGIC):
            raise problems.too_noisy(address)
    first = frames.read(stream)
    if first is None:
        raise problems.no_agent(address, process, b"")
    if first.get("kind") == "hello" and first.get("protocol") != PROTOCOL:
        raise problems.other_protocol(address, first.get("protocol"), first.get("edgesdk"))
    hello = understood(first)
    if not isinstance(hello, Hello):
        raise problems.broken_rule("the first frame is no hello")
    return hello
