"""Changes that survive a cut of power, made of the single steps of ``Files``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .files import Files
from .problems import explained, irregular
from .reading import is_folder

TEMPORARY = ".tmp"


class Disk:
    """Durable changes. Every method raises ``EdgeError`` where the operating system refuses."""

    def __init__(self, files: Files) -> None:
        self.files = files

    def make_folder(self, path: Path) -> None:
        """Create a folder where it is missing.

        Its parent is synced even when it was there: a process that was killed may have made it
        and not have come to the sync.
        """
        with explained(path):
            if not is_folder(path):
                with suppress(FileExistsError):  # another process was quicker
                    self.files.mkdir(path)
            self.files.fsync_folder(path.parent)

    def make_root(self, root: Path, first: Path) -> None:
        """Create a store's root. The folder ``first`` in it proves that it was made durable."""
        if is_folder(first):
            return
        with explained(root):
            for folder in (*reversed(root.parents), root):
                if not folder.is_dir():
                    with suppress(FileExistsError):
                        self.files.mkdir(folder)
            for folder in root.parents:
                with suppress(OSError):  # somebody else's folder, or one that cannot be synced
                    self.files.fsync_folder(folder)

    @contextmanager
    def creating(self, path: Path) -> Iterator[Callable[[bytes], None]]:
        """Create a file, yield a function that appends to it, and sync it at the end."""
        with explained(path):
            handle = self.files.open_new(path)
        try:
            yield lambda data: self._append(path, handle, data)
            with explained(path):
                self.files.fsync(handle)
        finally:
            self.files.close(handle)

    def _append(self, path: Path, handle: int, data: bytes) -> None:
        rest = memoryview(data)
        with explained(path):
            while rest:
                rest = rest[self.files.write(handle, rest) :]

    def replace(self, path: Path, data: bytes) -> None:
        """Give a file new content: after a cut it has the old one or the new one, whole."""
        temporary = path.with_name(path.name + TEMPORARY)
        self.remove(temporary)
        with self.creating(temporary) as append:
            append(data)
        with explained(path):
            self.files.rename(temporary, path)
        self.sync(path.parent)

    def remove(self, path: Path) -> None:
        """Remove a file or link where there is one."""
        if os.path.lexists(path):
            with explained(path):
                self.files.unlink(path)

    def clear(self, folder: Path) -> None:
        """Remove a folder of files where there is one. A folder inside it is refused."""
        if not is_folder(folder):
            return
        with explained(folder):
            for entry in sorted(folder.iterdir()):
                if entry.is_dir() and not entry.is_symlink():
                    raise irregular(entry)
                self.files.unlink(entry)
            self.files.rmdir(folder)

    def remove_folder(self, folder: Path) -> None:
        """Remove a folder if it is empty."""
        with explained(folder):
            if not any(folder.iterdir()):
                self.files.rmdir(folder)

    def sync(self, folder: Path) -> None:
        """Make a folder's entries durable."""
        with explained(folder):
            self.files.fsync_folder(folder)
