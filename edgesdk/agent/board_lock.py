"""One host at a time: a lock for each device of the board's user."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from .. import registry
from ..address import Address
from ..backend import NamesDevices
from ..config import state_folder
from ..errors import DeviceUnavailable, EdgeError
from ..store import FileLock, Files
from .board_errors import unusable


def agent_folder() -> Path:
    """Where the agents of the board's user keep what they keep."""
    return state_folder() / "agent"


def device_name(address: Address) -> str:
    """32 hexadecimal digits: the same for every address of a device, if its backend can tell.

    Else they are those of what stands before the question mark: rather one lock for two devices
    than two for one. Raises what ``registry.for_address`` and ``NamesDevices`` do.
    """
    backend = registry.for_address(address)
    which: Path | str = f"{address.scheme}:{address.rest}"
    if isinstance(backend, NamesDevices):
        which = backend.device_of(address)
    if isinstance(which, Path):
        which = os.path.realpath(which)
    text = f"{backend.name} {which}".encode("utf-8", "surrogateescape")
    return hashlib.sha256(text).hexdigest()[:32]


class HostLock(FileLock):
    """Held while an agent serves a device. Raises ``DeviceUnavailable`` (EDGE-0580, EDGE-0581)."""

    def __init__(self, address: Address) -> None:
        self.device = device_name(address)
        self._address = address
        super().__init__(Files(), agent_folder() / f"{self.device}.lock")

    def acquire(self) -> None:
        """Take the lock; see ``FileLock``."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise self._unusable(error) from error
        super().acquire()

    def _held_by(self, pid: int | None) -> EdgeError:
        who = "another agent" if pid is None else f"the agent with the process number {pid}"
        return DeviceUnavailable(
            f"Another host is using {self._address.scheme}:{self._address.rest} of this board",
            evidence=f"{who} has it",
            next_step="Wait until it is done; one whose host has died lets go within 40 seconds",
            code=80,
        )

    def _unusable(self, error: OSError) -> EdgeError:
        return unusable(f"{self._path}: {error.strerror or error}")

    def _irregular(self) -> EdgeError:
        return unusable(f"{self._path} is no plain file")
