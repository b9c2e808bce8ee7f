"""The table of bad blocks, kept twice: each change goes into the older copy, under a new version.

A copy: ``EDGB``, version (u64), count (u32), blocks (u32 each), CRC-32 of it all; little-endian.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgesdk.errors import VerificationMismatch

from .controller_memory import overwritten
from .faults import Power
from .host_files import explained
from .plain_files import read_plain

MAGIC = b"EDGB"
_HEAD = struct.Struct("<4sQI")
_GOOD_BITS = 7  # of the mark: it may have lost one itself


class BadBlocks:
    """``blocks``: the bad ones, sorted, int64. ``version``: of the table, 0 without one.

    Raises ``VerificationMismatch`` (EDGE-0774) where both copies are there, and damaged.
    """

    def __init__(self, folder: Path, power: Power, count: int) -> None:
        """``count``: the blocks of the device."""
        self._paths = (folder / "bad-blocks.0", folder / "bad-blocks.1")
        self._power, self._count = power, count
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
        """The newer whole copy; a cut tears one, and the first of all before there is another."""
        there = [data for data in map(self._content, self._paths) if data is not None]
        copies = [_copy(data, self._count) for data in there]
        if len(there) == 2 and copies == [None, None]:
            raise _damaged(self._paths)
        none = 0, np.empty(0, np.int64)
        return max((copy for copy in copies if copy), key=lambda copy: copy[0], default=none)

    def _content(self, path: Path) -> bytes | None:
        with explained(path):
            try:
                return read_plain(path, _HEAD.size + 4 * self._count + 4)
            except FileNotFoundError:
                return None


def _copy(data: bytes, blocks: int) -> tuple[int, NDArray[np.int64]] | None:
    """Version and blocks of a copy that is whole, of a device of so many blocks."""
    if len(data) < _HEAD.size + 4 or zlib.crc32(data[:-4]) != int.from_bytes(data[-4:], "little"):
        return None
    magic, version, count = _HEAD.unpack_from(data)
    if magic != MAGIC or len(data) != _HEAD.size + 4 * count + 4:
        return None
    bad = np.frombuffer(data, "<u4", count, _HEAD.size).astype(np.int64)
    return None if (bad >= blocks).any() else (version, bad)


def _damaged(paths: tuple[Path, Path]) -> VerificationMismatch:
    return VerificationMismatch(
        "Both copies of the emulated flash's table of bad blocks are damaged",
        evidence=" and ".join(map(str, paths)),
        next_step=f"Remove the folder {paths[0].parent} and deploy again: the flash then begins "
        "anew, erased, and only the blocks that are bad from the factory are known",
        code=74,
    )
