"""One process at a time changes a store. The kernel frees the lock of a process that dies."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from ..errors import DeviceUnavailable
from .files import Files
from .problems import explained, irregular


class StoreLock:
    """An exclusive lock on a file that never waits. A context manager."""

    def __init__(self, files: Files, path: Path) -> None:
        self._files = files
        self._path = path
        self._handle: int | None = None

    def acquire(self) -> None:
        """Take the lock. Raises ``DeviceUnavailable`` (EDGE-0502) naming the one who has it."""
        if self._handle is not None:
            raise _held_by(self._path, os.getpid())
        with explained(self._path):
            handle = self._files.open_lock(self._path)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise irregular(self._path)
            _lock(handle, self._path)
            self._sign(handle)
        except BaseException:
            self._files.close(handle)
            raise
        self._handle = handle

    def release(self) -> None:
        """Give the lock back. Safe to call without holding it."""
        if self._handle is not None:
            handle, self._handle = self._handle, None
            _unlock(handle)
            self._files.close(handle)

    def _sign(self, handle: int) -> None:
        with suppress(OSError):  # only for the other process's message; a full disk is no reason
            self._files.truncate(handle)
            self._files.write(handle, b"%d\n" % os.getpid())

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *exc: object) -> None:
        self.release()


def _lock(handle: int, path: Path) -> None:
    try:
        import fcntl
    except ImportError:
        raise DeviceUnavailable(
            "A model store can be changed on POSIX systems only",
            evidence="this system has no flock",
            next_step="Deploy from Linux, macOS or the Windows Subsystem for Linux",
            code=56,
        ) from None
    with explained(path):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = os.pread(handle, 20, 0).strip()
            raise _held_by(path, int(text) if text.isdigit() else None) from None


def _unlock(handle: int) -> None:
    """A child forked meanwhile shares the lock: closing alone would leave it to the child."""
    import fcntl

    with suppress(OSError):
        fcntl.flock(handle, fcntl.LOCK_UN)


def _held_by(path: Path, pid: int | None) -> DeviceUnavailable:
    who = "another process" if pid is None else f"process {pid}"
    return DeviceUnavailable(
        f"Another deploy is changing the model store: {who}",
        evidence=f"{path} is locked",
        next_step="Wait until it is done, then try again",
        code=2,
    )
