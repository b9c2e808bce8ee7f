"""How the files that an emulated flash is made of are opened, read and written: plain files only.

All raise ``OSError``: see ``host_files.explained``.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from edgesdk.store.files import WARY
from edgesdk.store.reading import read_at_most


def open_plain(path: Path, flags: int) -> int:
    """A descriptor of a plain file: never one that waits, as a named pipe does."""
    handle = os.open(path, flags | WARY, 0o644)
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    raise OSError(errno.EEXIST, "it is not a plain file")


def read_plain(path: Path, limit: int) -> bytes:
    """What is in it; one byte more than ``limit`` where it is longer."""
    handle = open_plain(path, os.O_RDONLY)
    try:
        return read_at_most(handle, limit)
    finally:
        os.close(handle)


def write_all(handle: int, data: bytes | memoryview, at: int) -> None:
    """Write at an offset, until all is written: never a signal, as a map has it of a full disk."""
    view = memoryview(data).cast("B")
    while view:
        done = os.pwrite(handle, view, at)
        view, at = view[done:], at + done


def write_from(path: Path, at: int, data: bytes, *, sync: bool) -> None:
    """Make a file end with ``data`` behind its first ``at`` bytes; with ``sync`` it is on the disk
    at the end, its name too where the file is new."""
    handle = open_plain(path, os.O_WRONLY | os.O_CREAT)
    try:
        os.ftruncate(handle, at)
        write_all(handle, data, at)
        if sync:
            os.fsync(handle)
    finally:
        os.close(handle)
    if sync and not at:
        sync_folder(path.parent)


def open_sparse(path: Path, size: int) -> int:
    """Open a file for reading and writing; where it is shorter, zeros that take no room follow."""
    handle = open_plain(path, os.O_RDWR | os.O_CREAT)
    try:
        if os.fstat(handle).st_size < size:
            os.ftruncate(handle, size)
    except BaseException:
        os.close(handle)
        raise
    return handle


def replace_whole(path: Path, data: bytes) -> None:
    """Write a small file so that a reader, or a crash, sees the old one or the new. One process at
    a time."""
    new = path.with_name(path.name + ".new")
    write_from(new, 0, data, sync=True)
    new.replace(path)
    sync_folder(path.parent)


def create_once(path: Path, data: bytes) -> None:
    """Make a small file, whole or not at all; nothing where another process was faster. On a file
    system without links the last one wins."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        write_all(handle, data, 0)
        os.fchmod(handle, 0o644)
        os.fsync(handle)
        try:
            os.link(name, path)
        except FileExistsError:
            pass
        except OSError:
            Path(name).replace(path)
    finally:
        os.close(handle)
        Path(name).unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """What was created or renamed in it is on the disk, as far as the file system does that."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)
