"""How a connection begins: whatever the login shell says, the agent's line, its hello."""

from __future__ import annotations

from edgesdk.agent.wire import frames
from edgesdk.agent.wire.messages import MAGIC, NOISE, PROTOCOL, Hello, understood

from ..address import BoardAddress
from ..texts import all_shown
from . import problems
from .process import BoardProcess


def greet(stream: frames.Reader, address: BoardAddress, process: BoardProcess) -> Hello:
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
    told = (first.get("protocol"), first.get("edgesdk"))
    if first.get("kind") == "hello" and told[0] != PROTOCOL:
        raise problems.other_protocol(address, *map(all_shown, told))
    hello = understood(all_shown(first))
    if not isinstance(hello, Hello):
        raise problems.broken_rule("the first frame is no hello")
    return hello
