"""One host at a time: a lock for each device, and where an agent keeps what it was sent."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ..address import Address
from ..config import state_folder
from ..errors import DeviceUnavailable, EdgeError
from ..store import FileLock, Files
from .board_errors import unusable

# Options that say which device it is; all others say how this connection uses it.
_WHICH = ("name", "preset", "state", "store")


def device_folder(address: Address) -> Path:
    """The folder of a device: the same for every address that names the same one."""
    which = {key: address.options[key] for key in _WHICH if key in address.options}
    name = str(Address(address.scheme, address.rest, which))
    return state_folder() / "agent" / hashlib.sha256(name.encode()).hexdigest()[:32]


class HostLock(FileLock):
    """Held while an agent serves a device. Raises ``DeviceUnavailable`` (EDGE-0580, EDGE-0581)."""

    def __init__(self, address: Address) -> None:
        self.folder = device_folder(address)
        self._address = address
        super().__init__(Files(), self.folder / "lock")

    def acquire(self) -> None:
        """Take the lock; see ``FileLock``."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise self._unusable(error) from error
        super().acquire()

    def _held_by(self, pid: int | None) -> EdgeError:
        who = "another agent" if pid is None else f"the agent with the process number {pid}"
        return DeviceUnavailable(
            f"Another host is using {self._address.scheme}:{self._address.rest} of this board",
            evidence=f"{who} has it",
            next_step="Wait until it is done; one whose host has died lets go after half a minute",
            code=80,
        )

    def _unusable(self, error: OSError) -> EdgeError:
        return unusable(f"{self._path}: {error.strerror or error}")

    def _irregular(self) -> EdgeError:
        return unusable(f"{self._path} is no plain file")
