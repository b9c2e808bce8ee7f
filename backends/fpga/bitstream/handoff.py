"""A bitstream with its ``.hwh``, as parts of a bundle; both are looked at before they go in."""

from __future__ import annotations

from pathlib import Path

from edgesdk.errors import EdgeError, UsageError
from edgesdk.formats.files import read_whole

from ..boards import Board
from .bit_file import MOST_BYTES, BitHeader, parse_header
from .fabric import BITSTREAM, HANDOFF
from .hardware import checked_hardware, read_handoff


def bitstream_parts(path: Path, board: Board) -> list[tuple[str, str, bytes]]:
    """The parts, as (name, role, content): the very bytes that were looked at.

    Raises ``UsageError``: EDGE-02184 for what is no bitstream of this board, and as
    ``read_hardware``.
    """
    content = _content(path)
    header = _header(content, path)
    if not header.part.startswith(board.part):
        raise _unusable(path, f"it is for {header.part}; a {board.name} has an {board.part}")
    handoff = read_handoff(path.with_suffix(".hwh"))
    checked_hardware(handoff, header, path.with_suffix(".hwh"))
    return [("accelerator.bit", BITSTREAM, content), ("accelerator.hwh", HANDOFF, handoff)]


def _content(path: Path) -> bytes:
    try:
        return read_whole(path, MOST_BYTES)
    except EdgeError as error:
        raise _unusable(path, error.evidence) from None


def _header(content: bytes, path: Path) -> BitHeader:
    header = parse_header(content)
    if header is None:
        raise _unusable(path, "it does not begin as a .bit file does" if content else "it is empty")
    if header.missing:
        raise _unusable(path, f"it is cut short: {header.missing} bytes are missing")
    return header


def _unusable(path: Path, reason: str) -> UsageError:
    return UsageError(
        "The bitstream cannot be used",
        evidence=f"{path}: {reason}",
        next_step="Build one as docs/fpga.md says; emu:fpga needs none",
        code=184,
    )
