"""What the board answers, read strictly: it is believed no more than a bundle from the network."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from edgesdk.address import Address
from edgesdk.agent.wire.plain import Wrong, from_plain
from edgesdk.backend import DeviceInfo
from edgesdk.errors import EdgeError

from ..texts import all_shown
from . import Connection
from .exchange import Pending

T = TypeVar("T")


def read(connection: Connection, kind: type[T], answer: Pending, key: str) -> T:
    """One value of an answer. Raises ``LinkFailed`` (EDGE-0657), and the connection is over."""
    if key not in answer.value:
        raise connection.broken(f"{answer.call} was answered without {key}")
    return plain(connection, kind, answer.value[key], f"{answer.call}: {key}")


def plain(connection: Connection, kind: type[T], value: Any, where: str) -> T:
    """A value of a type. Raises as ``read``."""
    try:
        return from_plain(kind, all_shown(value), extras=True)
    except (Wrong, EdgeError, TypeError) as error:
        raise connection.broken(f"{where}: {error}"[:300]) from None


def device_info(connection: Connection, found: DeviceInfo) -> DeviceInfo:
    """What a device there says, as it is to be seen from here: at a distance."""
    try:
        address = connection.address.of(str(Address.parse(found.address)))
    except EdgeError as error:
        raise connection.broken(f"an address of the board: {error.evidence}") from None
    place = f"{found.description}, at {connection.address.destination}"
    return replace(found, address=address, description=place, local=False)
