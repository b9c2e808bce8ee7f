"""Who may change an emulated flash: one process at a time, and no region that somebody reads."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edgesdk.errors import DeviceUnavailable, EdgeError
from edgesdk.store.files import Files
from edgesdk.store.lock import FileLock

from .host_files import explained
from .plain_files import open_plain


class ProgrammingLock(FileLock):
    """Held while a flash is programmed or erased.

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
        return self._unusable(OSError(errno.EEXIST, "it is not a plain file"))


class Reading:
    """Holds on regions, shared with other readers; the kernel drops a dead process's.

    What is locked is a file beside the region's map, since a map is replaced and a lock is of what
    was opened. Whoever forgets the region removes that file too, and so a lock counts only while
    the file is still there.
    """

    def __init__(self) -> None:
        self._handles: dict[Path, int] = {}

    def hold(self, path: Path) -> None:
        """From now until it is let go."""
        with explained(path):
            while path not in self._handles or not _is(path, self._handles[path]):
                self.let_go(path)
                self._handles[path] = open_plain(path, os.O_RDWR | os.O_CREAT)
                fcntl.flock(self._handles[path], fcntl.LOCK_SH)  # whoever has it alone is soon done

    def let_go(self, path: Path) -> None:
        """Where it is held."""
        if path in self._handles:
            os.close(self._handles.pop(path))

    def close(self) -> None:
        """Let go of all. Safe twice."""
        for path in tuple(self._handles):
            self.let_go(path)


@contextmanager
def unread(path: Path) -> Iterator[bool]:
    """Whether nobody holds it; then nobody can until the end, and the file is gone by then."""
    with explained(path):
        handle = open_plain(path, os.O_RDWR | os.O_CREAT)
    try:
        free = _taken(handle) and _is(path, handle)
        yield free
        if free:
            with explained(path):
                path.unlink()
    finally:
        os.close(handle)


def is_held(path: Path) -> bool:
    """Whether somebody holds it."""
    with explained(path):
        try:
            handle = open_plain(path, os.O_RDWR)
        except FileNotFoundError:
            return False
    try:
        return not _taken(handle)
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _is(path: Path, handle: int) -> bool:
    """Whether a file that is open still has this name."""
    with suppress(FileNotFoundError):
        return os.path.samestat(path.stat(), os.fstat(handle))
    return False
