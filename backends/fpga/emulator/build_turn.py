"""Builds of the same thing take turns, so that who comes second finds it made."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SECONDS = 240  # to wait for somebody else's build


@contextmanager
def turn(folder: Path) -> Iterator[None]:
    """One at a time for this folder, as far as locks go: a second build is a waste, not a fault."""
    path = folder.with_name(f"{folder.name}.lock")
    with path.open("wb") as file:
        deadline = time.monotonic() + SECONDS
        while not _locked(file.fileno()) and not folder.is_dir() and time.monotonic() < deadline:
            time.sleep(0.05)
        try:
            yield
        finally:
            with suppress(OSError):  # those who wait have it open, and need its lock and no name
                path.unlink()


def _locked(handle: int) -> bool:
    """Whether the file is ours now, or cannot be locked at all."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True
