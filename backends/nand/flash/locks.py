"""Who may change an emulated flash: one process at a time, and no region that somebody reads."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edgesdk.errors import DeviceUnavailable, EdgeError
from edgesdk.store.files import Files
from edgesdk.store.lock import FileLock

from .host_files import explained


class ProgrammingLock(FileLock):
    """Held while a flash is programmed or erased. A context manager.

    Raises ``DeviceUnavailable`` (EDGE-0572) naming the process that has it.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(Files(), path)

    def _held_by(self, pid: int | None) -> EdgeError:
        who = "another process" if pid is None else f"process {pid}"
        return DeviceUnavailable(
            f"Another deploy is programming this emulated flash: {who}",
            evidence=f"{self._path} is locked",
            next_step="Wait until it is done, or use another device: name=NAME in the address",
            code=72,
        )

    def _unusable(self, error: OSError) -> EdgeError:
        try:
            with explained(self._path):
                raise error
        except EdgeError as told:
            return told

    def _irregular(self) -> EdgeError:
        return self._unusable(OSError(0, "it is not a plain file"))

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *exc: object) -> None:
        self.release()


class Reading:
    """Holds on a region's map, shared with other readers; the kernel drops a dead process's."""

    def __init__(self) -> None:
        self._handles: list[int] = []

    def hold(self, path: Path) -> None:
        """From now until ``close``."""
        with explained(path), suppress(FileNotFoundError):
            handle = os.open(path, os.O_RDONLY)
            self._handles.append(handle)
            fcntl.flock(handle, fcntl.LOCK_SH)  # whoever has it alone soon lets it go

    def close(self) -> None:
        """Let go of all. Safe twice."""
        while self._handles:
            os.close(self._handles.pop())


@contextmanager
def unread(path: Path) -> Iterator[bool]:
    """Whether nobody holds it; then nobody can until the end."""
    with explained(path):
        if not path.exists():
            yield True
            return
        handle = os.open(path, os.O_RDONLY)
    try:
        yield _taken(handle)
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False
