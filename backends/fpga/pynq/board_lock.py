"""One program at a time on a board: a lock that the system takes back when the program ends."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from edgesdk.errors import DeviceUnavailable, EdgeError
from edgesdk.store import FileLock, Files
from edgesdk.store.files import WARY

SYSTEM = Path("/run/lock")  # whoever uses the machine looks there, root and others


def system_lock(tag: str) -> Path:
    """The file that stands for a real board, for whoever uses this machine."""
    return SYSTEM / f"edgesdk-{tag}.lock"


class BoardLock(FileLock):
    """Held from the beginning until ``close``. ``remedy``: where its folder cannot be used.

    ``files``: who opens it; ``SharedFiles`` where other users do so, too. Raises
    ``DeviceUnavailable``: EDGE-0560 if another program holds it, EDGE-0561 if there can be no such
    file, EDGE-0556 where there are no locks.
    """

    def __init__(self, path: Path, board: str, remedy: str, files: Files | None = None) -> None:
        super().__init__(files or Files(), path)
        self._board, self._remedy = board, remedy
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unusable(error) from None
        self.acquire()

    def close(self) -> None:
        """Let others at it. Safe twice."""
        self.release()

    def _held_by(self, pid: int | None) -> EdgeError:
        holder = "" if pid is None else f" (process {pid})"
        return DeviceUnavailable(
            f"Another program is using the {self._board}",
            evidence=f"it holds {self._path}{holder}",
            next_step="End that program, or wait for it",
            code=60,
        )

    def _unusable(self, error: OSError) -> EdgeError:
        return self._no_file(error.strerror or str(error))

    def _irregular(self) -> EdgeError:
        return self._no_file("it is not a plain file")

    def _no_file(self, why: str) -> EdgeError:
        return DeviceUnavailable(
            "The folder of the boards' locks cannot be used",
            evidence=f"{self._path}: {why}",
            next_step=self._remedy,
            code=61,
        )


class SharedFiles(Files):
    """Opens a lock that belongs to another user, too: who may only read it may lock it.

    Linux lets nobody, root included, open another user's file in a folder like ``/tmp`` for
    creation; so a file that is there is opened as it is.
    """

    def open_lock(self, path: Path) -> int:
        """See ``Files``."""
        for flags in (os.O_RDWR, os.O_RDONLY):
            with suppress(FileNotFoundError, PermissionError):
                return os.open(path, flags | WARY)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | WARY, 0o666)
        with suppress(OSError):
            os.fchmod(handle, 0o666)  # whoever holds it next leaves a name of their own
        return handle
