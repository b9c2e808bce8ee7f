"""Bitstream files with the header that Vivado writes, and the handoff file of our design."""

from __future__ import annotations

from pathlib import Path

from edgesdk_backends.fpga.registers import BLOCKS
from edgesdk_backends.fpga.registers.hwh import hwh_text

START = bytes.fromhex("0009 0ff00ff00ff00ff000 0001")


def bit(design: str = "emulated_wrapper", part: str = "xck26-sfvc784-2LV-c") -> bytes:
    """A .bit file: its header, and a word."""
    header = START
    for key, text in zip(b"abcd", (design, part, "2025/01/01", "12:00:00"), strict=True):
        header += bytes([key]) + (len(text) + 1).to_bytes(2, "big") + text.encode() + b"\0"
    return header + b"e\0\0\0\4" + b"\xff" * 4


def bitstream(folder: Path, clock: float = 250.0) -> Path:
    """Both files of a design with our block, for the board that there is."""
    path = folder / "design.bit"
    path.write_bytes(bit())
    path.with_suffix(".hwh").write_text(hwh_text(BLOCKS["decoder"], clock))
    return path
