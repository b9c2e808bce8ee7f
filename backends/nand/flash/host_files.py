"""What goes wrong with the files that an emulated flash is made of, told as errors of edgesdk."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edgesdk.errors import DeviceUnavailable, DoesNotFit

_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an ``OSError`` about a file of the flash into an ``EdgeError``.

    ``DoesNotFit`` (EDGE-0933) of a full disk, ``DeviceUnavailable`` of one that may not be used
    (EDGE-0570) or fails (EDGE-0571).
    """
    try:
        yield
    except OSError as error:
        raise _explain(path, error) from error


def _explain(path: Path, error: OSError) -> DoesNotFit | DeviceUnavailable:
    evidence = f"{path}: {error.strerror or error}"
    if error.errno in _FULL:
        return DoesNotFit(
            "The disk that holds the emulated flash is full",
            evidence=evidence,
            next_step="Free some space, or keep the flash elsewhere: state=FOLDER in the address. "
            "What was on it stays",
            code=33,
        )
    if error.errno in _FORBIDDEN:
        return DeviceUnavailable(
            "The files of the emulated flash may not be used",
            evidence=evidence,
            next_step="Make them writable for this user, or keep the flash elsewhere: "
            "state=FOLDER in the address",
            code=70,
        )
    return DeviceUnavailable(
        "The disk that holds the emulated flash failed",
        evidence=evidence,
        next_step="Check the disk. A file system that cannot hold a sparse file of the flash's "
        "size is none for it",
        code=71,
    )


def write_all(handle: int, data: bytes | memoryview, at: int) -> None:
    """Write at an offset, until all is written. Raises ``OSError``; never a signal, as a map does
    where the disk is full."""
    view = memoryview(data).cast("B")
    while view:
        done = os.pwrite(handle, view, at)
        view, at = view[done:], at + done


def open_sparse(path: Path, size: int) -> int:
    """Open a file for reading and writing; where it is shorter, zeros that take no room follow."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
    handle = os.open(path, flags, 0o644)
    try:
        if os.fstat(handle).st_size < size:
            os.ftruncate(handle, size)
    except BaseException:
        os.close(handle)
        raise
    return handle


def replace_whole(path: Path, data: bytes) -> None:
    """Write a small file so that a reader, or a crash, sees the old one or the new."""
    new = path.with_name(path.name + ".new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        write_all(handle, data, 0)
        os.fsync(handle)
    finally:
        os.close(handle)
    new.replace(path)
