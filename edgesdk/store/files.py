"""The one seam to the file system: every change below a store's root goes through ``Files``.

Methods raise plain ``OSError``. Tests put counting, recording, failing and killing ``Files`` here.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

# O_NOFOLLOW: a symbolic link in the store is never followed. Absent on Windows.
_SAFE = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
# For opening what should be a plain file: a FIFO returns at once, and is then refused.
WARY = _SAFE | getattr(os, "O_NONBLOCK", 0)

# The methods that change what is on the disk, or how much of it would survive a cut of power.
MUTATIONS = "open_new open_lock write truncate fsync rename unlink mkdir rmdir fsync_folder".split()


class Files:
    """The operating system's own calls. A handle is a file descriptor."""

    def open_new(self, path: Path) -> int:
        """Create a file for writing. Raises ``FileExistsError`` when there is one."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFE, 0o644)

    def open_lock(self, path: Path) -> int:
        """Open the lock file for reading and writing; create it where it is missing."""
        return os.open(path, os.O_RDWR | os.O_CREAT | _SAFE, 0o644)

    def write(self, handle: int, data: bytes | memoryview) -> int:
        """Append; returns how many bytes were taken, which may be fewer than given."""
        return os.write(handle, data)

    def truncate(self, handle: int) -> None:
        """Make the file empty and go to its start."""
        os.ftruncate(handle, 0)
        os.lseek(handle, 0, os.SEEK_SET)

    def fsync(self, handle: int) -> None:
        """Return only when the file's content would survive a cut of power."""
        os.fsync(handle)

    def close(self, handle: int) -> None:
        """Close a handle."""
        os.close(handle)

    def rename(self, source: Path, target: Path) -> None:
        """Rename within a folder, atomically, over what is there."""
        source.replace(target)

    def unlink(self, path: Path) -> None:
        """Remove a file, or a link itself."""
        path.unlink()

    def mkdir(self, path: Path) -> None:
        """Create one folder. Raises ``FileExistsError`` when there is something."""
        path.mkdir()

    def rmdir(self, path: Path) -> None:
        """Remove an empty folder."""
        path.rmdir()

    def fsync_folder(self, path: Path) -> None:
        """Return only when the folder's entries would survive a cut of power."""
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _SAFE)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def free(self, path: Path) -> int:
        """Bytes that may still be written on the file system that holds ``path``."""
        return shutil.disk_usage(path).free
