"""A regular file, opened once and never by name again; every read says where it begins."""

from __future__ import annotations

import io
import os
import stat
import threading
from pathlib import Path

from ..errors import FormatRefused, UsageError
from ..nearest import did_you_mean_file

# Without O_NONBLOCK, opening a named pipe would wait for somebody to write to it.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class RegularFile:
    """Reads from one descriptor; several threads may."""

    def __init__(self, path: Path) -> None:
        """Raises ``UsageError``: EDGE-0240 (cannot be opened), EDGE-0241 (not a regular file)."""
        self.path = path
        self._lock = threading.Lock()
        try:
            self._file = io.FileIO(path, "r", opener=open_regular)
        except (OSError, ValueError) as error:
            raise _unreadable(path, error) from None
        self.size = os.fstat(self._file.fileno()).st_size

    def read(self, offset: int, size: int) -> bytes:
        """Exactly ``size`` bytes. Raises ``FormatRefused`` (EDGE-0810) where the file has fewer.

        For headers and the manifest: ``size`` is one that the caller has bounded.
        """
        pieces = bytearray(size)
        count = self.read_into(offset, memoryview(pieces))
        if count < size:
            raise FormatRefused(
                f"{self.path.name} is cut short",
                evidence=f"it ends before byte {offset + size}",
                next_step="Copy or compile it again",
                code=10,
            )
        return bytes(pieces)

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """Fill the buffer, or as much of it as the file has; returns the bytes read."""
        count = 0
        try:
            with self._lock:
                self._file.seek(offset)
                while count < len(buffer):
                    got = self._file.readinto(buffer[count:])
                    if not got:
                        break
                    count += got
        except OSError as error:
            raise _unreadable(self.path, error) from None
        return count

    @property
    def descriptor(self) -> int:
        """The open file's own."""
        return self._file.fileno()

    def close(self) -> None:
        """Close the descriptor. Safe to call twice."""
        self._file.close()


def open_regular(path: str, flags: int) -> int:
    """An opener that sees what was opened by its descriptor, so that no name can be swapped.

    Raises ``UsageError`` (EDGE-0241) for a folder, a pipe, a device.
    """
    descriptor = os.open(path, flags | _FLAGS)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise UsageError(f"{path} is not a regular file", next_step="Give a file", code=41)


def _unreadable(path: Path, error: OSError | ValueError) -> UsageError:
    why = error.strerror if isinstance(error, OSError) else str(error)
    next_step = did_you_mean_file(path, "'edgesdk compile' makes bundles")
    return UsageError(
        f"Cannot read {path}", evidence=why or str(error), next_step=next_step, code=40
    )
