"""Reading plain files and nothing else: no links, no devices, never more than expected."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .files import WARY
from .problems import IRREGULAR, damaged_model, irregular

CHUNK = 1 << 20  # bytes


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """A descriptor of a plain file. Raises ``OSError``, ``VerificationMismatch`` (EDGE-0750)."""
    try:
        handle = os.open(path, os.O_RDONLY | WARY)
    except OSError as error:
        raise irregular(path) if error.errno in IRREGULAR else error from None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise irregular(path)
        yield handle
    finally:
        os.close(handle)


def read_at_most(handle: int, limit: int) -> bytes:
    """The content of a file of at most ``limit`` bytes; one byte more when it is longer."""
    data = b""
    while len(data) <= limit:
        more = os.read(handle, limit + 1 - len(data))
        if not more:
            break
        data += more
    return data


def read_small(path: Path, limit: int) -> bytes:
    """A whole small file. Raises ``VerificationMismatch`` (EDGE-0752) when it is too long."""
    with opened(path) as handle:
        data = read_at_most(handle, limit)
    if len(data) > limit:
        raise damaged_model(path, f"longer than {limit} bytes")
    return data


def sha256(path: Path, *, from_disk: bool = False) -> str:
    """The SHA-256 (hex) of a file; ``from_disk`` asks the kernel to forget its cached pages."""
    digest = hashlib.sha256()
    with opened(path) as handle:
        if from_disk and hasattr(os, "posix_fadvise"):
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        while chunk := os.read(handle, CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def size(path: Path) -> int:
    """The size in bytes of a plain file."""
    with opened(path) as handle:
        return os.fstat(handle).st_size


def is_folder(path: Path) -> bool:
    """Whether a plain folder is there. Raises ``VerificationMismatch`` (EDGE-0750) for others."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    if not stat.S_ISDIR(mode):
        raise irregular(path)
    return True
