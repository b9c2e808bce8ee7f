"""The calls about a device: which there are, what it says, what it has."""

from __future__ import annotations

from typing import Any

from ... import registry
from ...backend import DoubtfulDevice, FirmwareDevice, FirmwareReport, LoggingDevice
from ...sensing.streaming import ListeningDevice
from ..board import Board
from ..call import Answer, Call, unable
from ..wire.arguments import Connect, Key, Named, Nothing
from ..wire.plain import to_plain
from ..wire.told import DOUBTS, FIRMWARE, LISTENING, LOG

# What a device may do beyond what all do, as ``connect`` tells the host.
ABILITIES: dict[str, Any] = {
    LOG: LoggingDevice,
    DOUBTS: DoubtfulDevice,
    FIRMWARE: FirmwareDevice,
    LISTENING: ListeningDevice,
}


def discover(board: Board, call: Call, given: Nothing) -> Answer:
    """The devices that the board sees."""
    return Answer({"devices": to_plain(registry.discover())})


def connect(board: Board, call: Call, given: Connect) -> Answer:
    """Take a device for this host."""
    device = board.connect(given.address)
    able = [name for name, members in ABILITIES.items() if isinstance(device, members)]
    return Answer({"info": to_plain(device.info), "abilities": able})


def disconnect(board: Board, call: Call, given: Nothing) -> Answer:
    """Let go of it."""
    board.close()
    return Answer()


def info(board: Board, call: Call, given: Nothing) -> Answer:
    """What it says about itself."""
    return Answer({"info": to_plain(board.device.info)})


def models(board: Board, call: Call, given: Nothing) -> Answer:
    """The installed models."""
    return Answer({"models": to_plain(board.device.models())})


def rollback(board: Board, call: Call, given: Named) -> Answer:
    """The previous model again."""
    return Answer({"model": to_plain(board.device.rollback(given.name))})


def trust(board: Board, call: Call, given: Key) -> Answer:
    """Provision a key."""
    board.device.trust(given.key)
    return Answer()


def distrust(board: Board, call: Call, given: Key) -> Answer:
    """Take a key back."""
    board.device.distrust(given.key)
    return Answer()


def log(board: Board, call: Call, given: Nothing) -> Answer:
    """What it remembers and counts."""
    device = board.device
    if not isinstance(device, LoggingDevice):
        raise unable(LOG)
    found: dict[str, Any] = to_plain(device.log())
    return Answer(found)


def doubts(board: Board, call: Call, given: Nothing) -> Answer:
    """Why its answers may be wrong."""
    device = board.device
    if not isinstance(device, DoubtfulDevice):
        raise unable(DOUBTS)
    return Answer({"doubts": device.doubts()})


def update_firmware(board: Board, call: Call, given: Nothing) -> Answer:
    """The firmware that the board's own edgesdk has."""
    device = board.device
    if not isinstance(device, FirmwareDevice):
        raise unable(FIRMWARE)

    def tell(stage: str, done: int, total: int) -> None:
        call.tell({"stage": stage, "done": done, "total": total})

    report: FirmwareReport = device.update_firmware(tell)
    return Answer({"firmware": to_plain(report)})
