"""From an address to a device: start ssh, ask the board, take the one device that is meant."""

from __future__ import annotations

import shlex

from edgesdk.address import Address
from edgesdk.agent.wire.arguments import Connect
from edgesdk.backend import DeviceInfo
from edgesdk.errors import AmbiguousDevice, NoDevice

from .abilities import device_of
from .address import BoardAddress
from .address import read as read_address
from .connection import Connection
from .connection.answers import device_info, read
from .device import SshDevice


def connect(address: Address) -> SshDevice:
    """Connect to a device of a board. Raises what the board raises, and as ``Connection``."""
    board = read_address(address)
    connection = Connection(board)
    try:
        inner = str(board.inner) if board.inner is not None else _only(connection, board)
        answer = connection.call("connect", Connect(inner))
        return device_of(connection, read(connection, tuple[str, ...], answer, "abilities"))
    except BaseException:
        connection.close()
        raise


def _only(connection: Connection, board: BoardAddress) -> str:
    """The address, on the board, of the one device it sees."""
    answer = connection.call("discover")
    found = read(connection, tuple[DeviceInfo, ...], answer, "devices")
    if not found:
        raise NoDevice(
            f"The board {board.destination} sees no device",
            evidence=f"edgesdk {connection.hello.edgesdk} there found none",
            next_step=f"Name one: {board.of('cpu:')}; or see 'edgesdk doctor' on the board",
            code=42,
        )
    if len(found) > 1:
        raise AmbiguousDevice(
            f"The board {board.destination} has {len(found)} devices; say which one",
            evidence="\n  ".join(
                f"--device {shlex.quote(device_info(connection, info).address)}" for info in found
            ),
        )
    return found[0].address
