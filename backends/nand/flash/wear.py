"""What each block has been through: a small sparse file beside that of the pages.

A record has 16 bytes: erases (u32), pages programmed since the last one (u16), a check of the
others (u16), page reads since that erase (u64), little-endian. One record is one write, so a crash
leaves the old one or the new.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesdk.errors import VerificationMismatch

from .geometry import Geometry, Numbers
from .host_files import explained
from .plain_files import open_sparse, write_all

_OFTEN = 1000  # counts of pages, such as tokens, that a killed process loses at most
RECORD = np.dtype([("erases", "<u4"), ("programmed", "<u2"), ("check", "<u2"), ("reads", "<u8")])
_FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)  # odd, and mixed


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
        """A copy of the records of neighbouring blocks, of all without an argument.

        Raises ``VerificationMismatch`` (EDGE-0773) where one is damaged.
        """
        with self._locked(fcntl.LOCK_SH):
            return self._whole(first, self._count if count is None else count)

    def erased(self, block: int) -> None:
        """It was erased once more."""
        self._reads.pop(block, None)
        with self._locked(fcntl.LOCK_EX):
            record = self._whole(block, 1)
            record["erases"] += 1
            record["programmed"], record["reads"] = 0, 0
            self._write(block, record)

    def programmed(self, block: int, pages: int) -> None:
        """So many of its pages are programmed now."""
        with self._locked(fcntl.LOCK_EX):
            record = self._whole(block, 1)
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
        """Add the reads to the file, but to damaged records: whoever changes one is told of it."""
        self._unwritten = 0
        if not self._reads:
            return
        counted, self._reads = self._reads, {}
        with self._locked(fcntl.LOCK_EX):
            for block, count in counted.items():
                record = self._read(block, 1)
                if record["check"] == _checks(record):
                    record["reads"] += np.uint64(count)
                    self._write(block, record)

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        """Nobody else changes a record meanwhile: what two processes count is all counted, and no
        record is read half changed."""
        with explained(self._path):
            fcntl.flock(self._handle, how)
            try:
                yield
            finally:
                fcntl.flock(self._handle, fcntl.LOCK_UN)

    def _whole(self, first: int, count: int) -> NDArray[Any]:
        records = self._read(first, count)
        wrong = np.flatnonzero(records["check"] != _checks(records))
        if len(wrong):
            raise _damaged(self._path, first + int(wrong[0]), len(wrong))
        return records

    def _read(self, first: int, count: int) -> NDArray[Any]:
        with explained(self._path):
            data = os.pread(self._handle, count * RECORD.itemsize, first * RECORD.itemsize)
        records: NDArray[Any] = np.frombuffer(data, RECORD).copy()
        return records

    def _write(self, block: int, record: NDArray[Any]) -> None:
        record["check"] = _checks(record)
        with explained(self._path):
            write_all(self._handle, record.tobytes(), block * RECORD.itemsize)

    def close(self) -> None:
        """Flush, and let go of the file. Safe twice."""
        if self._handle < 0:
            return
        try:
            self.flush()
        finally:
            os.close(self._handle)
            self._handle = -1


def _checks(records: NDArray[Any]) -> NDArray[np.uint16]:
    """Of each record, uint16 [n]: the upper bits of a sum of products; 0 of what was never used."""
    counted = records["erases"].astype(np.uint64) << np.uint64(16) | records["programmed"]
    with np.errstate(over="ignore"):
        mixed = counted * _FIRST + records["reads"] * _SECOND
    checks: NDArray[np.uint16] = (mixed >> np.uint64(48)).astype(np.uint16)
    return checks


def _damaged(path: Path, block: int, count: int) -> VerificationMismatch:
    return VerificationMismatch(
        "The record of what the blocks of the emulated flash have been through is damaged",
        evidence=f"{path}: block {block} is the first of {count}",
        next_step="Remove that file: the counts of erases and reads then begin at 0. Models stay",
        code=73,
    )
