"""The table of bad blocks, kept twice: each change goes into the older copy, under a new version.

A copy: ``EDGB``, version (u64), count (u32), blocks (u32 each), CRC-32 of it all; little-endian.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .controller_memory import overwritten
from .faults import Power
from .host_files import explained

MAGIC = b"EDGB"
_HEAD = struct.Struct("<4sQI")
_GOOD_BITS = 7  # of the mark: it may have lost one itself


class BadBlocks:
    """``blocks``: the bad ones, sorted, int64. ``version``: of the table, 0 without one."""

    def __init__(self, folder: Path, power: Power) -> None:
        self._paths = (folder / "bad-blocks.0", folder / "bad-blocks.1")
        self._power = power
        self.version, self.blocks = self._load()

    def reload(self) -> None:
        """As another process may have left it."""
        self.version, self.blocks = self._load()

    def look(self, marks: NDArray[np.uint8]) -> None:
        """Know them from the first spare byte of each block, uint8 [blocks of the device], where
        there is no table yet: ``version`` is 0."""
        bits = np.unpackbits(marks[:, None], axis=1).sum(axis=1)
        self.blocks = np.flatnonzero(bits < _GOOD_BITS)

    def scan(self, marks: NDArray[np.uint8]) -> None:
        """The same, and write the table, twice. Raises ``LinkFailed`` (EDGE-0640)."""
        self.look(marks)
        self._store(self.blocks)
        self._store(self.blocks)

    def add(self, block: int) -> None:
        """One more. Raises ``LinkFailed`` (EDGE-0640)."""
        self._store(np.union1d(self.blocks, [block]))

    def __contains__(self, block: int) -> bool:
        at = int(np.searchsorted(self.blocks, block))
        return at < len(self.blocks) and int(self.blocks[at]) == block

    def _store(self, blocks: NDArray[np.int64]) -> None:
        version = self.version + 1
        data = _HEAD.pack(MAGIC, version, len(blocks)) + blocks.astype("<u4").tobytes()
        path = self._paths[version % 2]
        overwritten(path, data + struct.pack("<I", zlib.crc32(data)), self._power)
        self.version, self.blocks = version, blocks.astype(np.int64)

    def _load(self) -> tuple[int, NDArray[np.int64]]:
        copies = [_copy(path) for path in self._paths]
        return max(copies, key=lambda copy: copy[0])


def _copy(path: Path) -> tuple[int, NDArray[np.int64]]:
    """Version and blocks; version 0 of a copy that is absent or torn."""
    with explained(path):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            data = b""
    none = 0, np.empty(0, np.int64)
    if len(data) < _HEAD.size + 4 or zlib.crc32(data[:-4]) != int.from_bytes(data[-4:], "little"):
        return none
    magic, version, count = _HEAD.unpack_from(data)
    if magic != MAGIC or len(data) != _HEAD.size + 4 * count + 4:
        return none
    return version, np.frombuffer(data, "<u4", count, _HEAD.size).astype(np.int64)
