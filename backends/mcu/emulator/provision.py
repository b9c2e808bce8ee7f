"""Flash files of emulated boards."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from edgesdk.errors import UsageError

from ..shipped import FOLDER, shipped
from .board import board
from .flash_file import IDENTITY
from .qemu_engine import FILE_SIZE


def boot_image(board_name: str) -> Path:
    """The boot stage that is shipped for a board."""
    return FOLDER / f"{board(board_name).name}-boot.bin"


def provision(flash: Path, board_name: str, boot: bytes | None = None) -> None:
    """Write the flash file of a fresh board: a boot stage where it belongs, the rest erased.

    ``boot`` is the shipped one unless given. A board whose boot stage lies outside the flash gets
    it when it starts. Raises ``UsageError`` (EDGE-0236 no such board, EDGE-0239 too
    large), ``InternalFault`` (EDGE-0133 the shipped one is damaged).
    """
    about = board(board_name)
    content = bytearray(b"\xff" * about.flash_size)
    offset = about.boot_offset
    if offset is not None:
        stage = shipped().boot_stage(board_name) if boot is None else boot
        if len(stage) > about.boot_size:
            raise UsageError(
                "The boot stage is larger than its place",
                evidence=f"{len(stage)} bytes, and there are {about.boot_size}",
                code=39,
            )
        content[offset : offset + len(stage)] = stage
    if offset is None:
        _write(flash, bytes(content), FILE_SIZE)
    else:
        _write(flash, bytes(content) + os.urandom(IDENTITY), about.flash_size + IDENTITY)


def _write(flash: Path, content: bytes, size: int) -> None:
    """All of it or nothing; what is beyond the content is a hole."""
    flash.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=flash.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.truncate(size)
        Path(name).replace(flash)
    except BaseException:
        Path(name).unlink()
        raise
