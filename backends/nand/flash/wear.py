"""What each block has been through: a small sparse file beside that of the pages.

A record has 16 bytes: erases (u32), pages programmed since the last one (u32), page reads since
then (u64), little-endian. One record is one write, so a crash leaves the old one or the new.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .geometry import Geometry, Numbers
from .host_files import explained, open_sparse, write_all

_OFTEN = 1000  # counts of pages, such as tokens, that a killed process loses at most
RECORD = np.dtype([("erases", "<u4"), ("programmed", "<u4"), ("reads", "<u8")])


class Wear:
    """The records of all blocks. Reads are counted in memory until ``flush``."""

    def __init__(self, path: Path, geometry: Geometry) -> None:
        self._path, self._pages = path, geometry.pages
        self._count = geometry.all_blocks
        with explained(path):
            self._handle = open_sparse(path, self._count * RECORD.itemsize)
        self._reads: dict[int, int] = {}  # of a block, not yet in the file
        self._counted: Numbers | None = None  # the pages that were counted last,
        self._shares: list[tuple[int, int]] = []  # and how many each block has of them
        self._unwritten = 0  # counts since the last flush

    def records(self, first: int = 0, count: int | None = None) -> NDArray[Any]:
        """A copy of the records of neighbouring blocks, of all without an argument."""
        count = self._count if count is None else count
        with explained(self._path):
            data = os.pread(self._handle, count * RECORD.itemsize, first * RECORD.itemsize)
        records: NDArray[Any] = np.frombuffer(data, RECORD).copy()
        return records

    def erased(self, block: int) -> None:
        """It was erased once more."""
        self._reads.pop(block, None)
        record = self.records(block, 1)
        record["erases"] += 1
        record["programmed"], record["reads"] = 0, 0
        self._write(block, record)

    def programmed(self, block: int, pages: int) -> None:
        """So many of its pages are programmed now."""
        record = self.records(block, 1)
        record["programmed"] = pages
        self._write(block, record)

    def count_read(self, page: int) -> None:
        """One page was read."""
        block = page // self._pages
        self._reads[block] = self._reads.get(block, 0) + 1

    def count_reads(self, pages: Numbers, times: int = 1) -> None:
        """Each of these pages was read so many times more. A model's pages come again and again,
        as the same array."""
        if pages is not self._counted:
            blocks, counts = np.unique(np.asarray(pages) // self._pages, return_counts=True)
            self._counted, self._shares = (
                pages,
                list(zip(blocks.tolist(), counts.tolist(), strict=True)),
            )
        for block, count in self._shares:
            self._reads[block] = self._reads.get(block, 0) + count * times
        self._unwritten += 1
        if self._unwritten == _OFTEN:
            self.flush()

    def flush(self) -> None:
        """Add the reads to the file. Two processes that do so at once both count."""
        self._unwritten = 0
        if not self._reads:
            return
        counted, self._reads = self._reads, {}
        with explained(self._path):
            fcntl.flock(self._handle, fcntl.LOCK_EX)
            try:
                for block, count in counted.items():
                    record = self.records(block, 1)
                    record["reads"] += np.uint64(count)
                    self._write(block, record)
            finally:
                fcntl.flock(self._handle, fcntl.LOCK_UN)

    def _write(self, block: int, record: NDArray[Any]) -> None:
        with explained(self._path):
            write_all(self._handle, record.tobytes(), block * RECORD.itemsize)

    def close(self) -> None:
        """Flush, and let go of the file. Safe twice."""
        if self._handle >= 0:
            self.flush()
            os.close(self._handle)
            self._handle = -1
