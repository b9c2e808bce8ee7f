"""The files of the spool: their names say what they are to be, and for which device."""

from __future__ import annotations

import re
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .wire.plain import Wrong

_NAME = re.compile(r"[0-9a-f]{64}-([0-9]{1,20})-([0-9a-f]*)")


@dataclass(frozen=True)
class Kept:
    """A content, whole or not: bytes promised and had, and when somebody last asked for it."""

    path: Path
    promised: int
    had: int
    device: str
    used: float


def file_name(sha256: str, size: int, device: str) -> str:
    """The name of a content's file. Raises ``Wrong`` for what is no SHA-256 or no size."""
    try:
        digest = bytes.fromhex(sha256)
    except ValueError:
        digest = b""
    if len(digest) != 32 or len(sha256) != 64 or size < 0:
        raise Wrong(f"no content has the SHA-256 {sha256!r:.80} and {size} bytes")
    return f"{digest.hex()}-{size}-{device}"


def contents(folder: Path) -> list[Kept]:
    """All of a spool, the oldest first. What is none of its own files is left alone."""
    found = []
    for path in folder.iterdir():
        name = _NAME.fullmatch(path.name)
        with suppress(FileNotFoundError):  # another agent has removed it
            status = path.lstat()
            if name and stat.S_ISREG(status.st_mode):
                promised, device = int(name[1]), name[2]
                found.append(Kept(path, promised, status.st_size, device, status.st_mtime))
    return sorted(found, key=lambda kept: kept.used)


def size_of(path: Path) -> int | None:
    """Bytes of a file; None where there is none."""
    with suppress(FileNotFoundError):
        return path.lstat().st_size
    return None


def remove(path: Path) -> None:
    """Remove a file, if that can be done."""
    with suppress(OSError):
        path.unlink()


def on_one_disk(one: Path, other: Path) -> bool:
    """Whether two folders, or their nearest parents that exist, are on the same file system."""
    return len({_disk(folder) for folder in (one, other)}) == 1


def _disk(folder: Path) -> int:
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return there.stat().st_dev
