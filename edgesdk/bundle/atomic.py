"""Files that appear under their name whole or not at all, also when the power goes."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ..errors import DoesNotFit, EdgeError, UsageError
from ..full_disk import is_full


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which takes the name at the end, in place of what had it before.

    Raises ``DoesNotFit`` (EDGE-0940) on a full disk, ``UsageError`` (EDGE-0249) for any other
    failure to write; then the name is what it was.
    """
    path = _replaceable(path)
    with _temporary(path, 0o666) as (temporary, file):
        yield file
        _sync(file)
        file.close()
        temporary.replace(path)
        sync_folder(path.parent)


def create_private(path: Path, data: bytes) -> None:
    """Create a file that only its owner can read. Raises ``FileExistsError`` when there is one.

    Of two processes that race, one creates it, and the other sees it whole. Other errors as
    ``replacing``.
    """
    with _temporary(path, 0o600) as (temporary, file):
        file.write(data)
        _sync(file)
        file.close()
        os.link(temporary, path)  # unlike a rename, fails when the name is taken
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a change of names in a folder last (only POSIX needs it, and only there can one)."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _replaceable(path: Path) -> Path:
    """The file that a link leads to. A device, a pipe or a folder is not replaced by a file."""
    try:
        real = path.resolve()
        if not real.exists() or real.is_file():
            return real
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        raise _cannot_write(path, OSError(0, str(error))) from None
    raise _cannot_write(path, OSError(0, "it is no ordinary file"))


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


@contextmanager
def _temporary(path: Path, mode: int) -> Iterator[tuple[Path, BinaryIO]]:
    """A new file in the same folder, gone at the end unless it was renamed."""
    temporary = path.with_name(f".{secrets.token_hex(8)}.partial")
    try:
        binary = getattr(os, "O_BINARY", 0)
        descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | binary, mode)
        with os.fdopen(descriptor, "w+b") as file:
            yield temporary, file
    except FileExistsError:
        raise
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def _cannot_write(path: Path, error: OSError) -> EdgeError:
    if is_full(error):
        return DoesNotFit(
            f"The disk is full: {path.name} does not fit",
            evidence=f"{path.parent}: {error.strerror}",
            next_step="Nothing was left behind. Free some space, then try again",
            code=40,
        )
    return UsageError(
        f"Cannot write {path}",
        evidence=str(error.strerror or error),
        next_step="Check that the folder exists and is yours to write",
        code=49,
    )
