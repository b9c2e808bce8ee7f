"""One process at a time has something. The kernel frees the lock of a process that dies."""

from __future__ import annotations

import os
import stat
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path

from ..errors import DeviceUnavailable, EdgeError
from .files import Files
from .problems import explain, irregular


class FileLock(ABC):
    """An exclusive lock on a file that never waits; a context manager. A subclass words its errors.

    The file stays when the lock goes: its name is what is locked.
    """

    def __init__(self, files: Files, path: Path) -> None:
        self._files = files
        self._path = path
        self._handle: int | None = None

    @abstractmethod
    def _held_by(self, pid: int | None) -> EdgeError:
        """Somebody has it: that process, where it is known."""

    @abstractmethod
    def _unusable(self, error: OSError) -> EdgeError:
        """The file cannot be opened or locked."""

    @abstractmethod
    def _irregular(self) -> EdgeError:
        """There is something else where the file would be."""

    def acquire(self) -> None:
        """Take the lock, or raise one of the above, or ``DeviceUnavailable`` (EDGE-0556)."""
        if self._handle is not None:
            raise self._held_by(os.getpid())
        try:
            handle = self._files.open_lock(self._path)
        except OSError as error:
            raise self._unusable(error) from error
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise self._irregular()
            self._lock(handle)
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

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *exc: object) -> None:
        self.release()

    def _lock(self, handle: int) -> None:
        try:
            import fcntl
        except ImportError:
            raise _no_locks() from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = os.pread(handle, 20, 0).strip()
            raise self._held_by(int(text) if text.isdigit() else None) from None
        except OSError as error:
            raise self._unusable(error) from error

    def _sign(self, handle: int) -> None:
        with suppress(OSError):  # only for the other process's message; a full disk is no reason
            self._files.truncate(handle)
            self._files.write(handle, b"%d\n" % os.getpid())


class StoreLock(FileLock):
    """Held while a store is changed.

    Raises ``DeviceUnavailable`` (EDGE-0502) naming the one who has it.
    """

    def _held_by(self, pid: int | None) -> EdgeError:
        who = "another process" if pid is None else f"process {pid}"
        return DeviceUnavailable(
            f"Another deploy is changing the model store: {who}",
            evidence=f"{self._path} is locked",
            next_step="Wait until it is done, then try again",
            code=2,
        )

    def _unusable(self, error: OSError) -> EdgeError:
        return explain(self._path, error)

    def _irregular(self) -> EdgeError:
        return irregular(self._path)


def _unlock(handle: int) -> None:
    """A child forked meanwhile shares the lock: closing alone would leave it to the child."""
    import fcntl

    with suppress(OSError):
        fcntl.flock(handle, fcntl.LOCK_UN)


def _no_locks() -> DeviceUnavailable:
    return DeviceUnavailable(
        "Changing a model store, and using a board, needs a POSIX system",
        evidence="this system has no flock",
        next_step="Work from Linux, macOS or the Windows Subsystem for Linux",
        code=56,
    )
