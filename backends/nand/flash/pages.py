"""The pages of a flash as one sparse file: what was never programmed takes no room.

The file holds the complement of the cells, page after page, each with its spare: a hole reads as
zeros, and so as erased cells, FFh. ``stored`` maps it, for whoever reads pages where they lie.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .geometry import Geometry, Numbers
from .host_files import explained
from .plain_files import open_sparse, write_all

Bytes = NDArray[np.uint8]

_KEEP_SIZE, _PUNCH_HOLE = 1, 2  # of Linux' fallocate


class PageStore:
    """The cells of a device.

    ``stored``: uint8 [pages, page + spare], read-only, each byte the complement of the cells'.
    Raises what ``explained`` does.
    """

    def __init__(self, path: Path, geometry: Geometry) -> None:
        self.geometry = geometry
        self._path = path
        size = geometry.all_pages * geometry.stride
        with explained(path):
            self._handle = open_sparse(path, size)
            try:
                mapped = mmap.mmap(self._handle, size, access=mmap.ACCESS_READ)
            except (OSError, ValueError) as error:
                os.close(self._handle)
                raise OSError(errno.ENOMEM, f"it cannot be mapped: {error}") from error
        flat = np.frombuffer(mapped, np.uint8)
        self.stored: Bytes = flat.reshape(geometry.all_pages, geometry.stride)

    def read(self, pages: Numbers | int) -> Bytes:
        """A copy of what cells hold: uint8 [page + spare], or [n, page + spare] of n pages."""
        if isinstance(pages, int) and self._hole(
            pages * self.geometry.stride, self.geometry.stride
        ):
            return np.full(self.geometry.stride, 0xFF, np.uint8)
        return ~self.stored[pages]

    def write(self, page: int, content: Bytes) -> None:
        """Make the cells of a page hold this: no rule of flash is kept here."""
        stored = ~content
        with explained(self._path):
            write_all(self._handle, stored.data, page * self.geometry.stride)

    def blank(self, page: int) -> bool:
        """Whether all cells of a page are ones."""
        size = self.geometry.stride
        return self._hole(page * size, size) or not self.stored[page].any()

    def erase(self, block: int) -> None:
        """Make all cells of a block ones, and give the room back where the system can."""
        start, size = self._extent(block)
        with explained(self._path):
            if not _punch(self._handle, start, size):
                self._zero(block)

    def _zero(self, block: int) -> None:
        zeros = memoryview(bytes(self.geometry.stride))
        first = block * self.geometry.pages
        for page in range(first, first + self.geometry.pages):
            if not self.blank(page):
                write_all(self._handle, zeros, page * self.geometry.stride)

    def _hole(self, start: int, size: int) -> bool:
        """Whether there is no data, as far as the system can tell without reading: to read a hole
        through the map is slow."""
        if not hasattr(os, "SEEK_DATA"):
            return False
        try:
            return os.lseek(self._handle, start, os.SEEK_DATA) >= start + size
        except OSError as error:
            return error.errno == errno.ENXIO  # none up to the end of the file

    def _extent(self, block: int) -> tuple[int, int]:
        size = self.geometry.pages * self.geometry.stride
        return block * size, size

    def sync(self) -> None:
        """Return only when a cut of the host's power would leave what was written."""
        with explained(self._path):
            os.fsync(self._handle)

    def close(self) -> None:
        """Let go of the file and its map: of that when nobody has ``stored`` any more. Safe
        twice."""
        self.stored = np.empty((0, self.geometry.stride), np.uint8)
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def _punch(handle: int, start: int, size: int) -> bool:
    """Linux' fallocate, which Python has no name for; false where it is not to be had."""
    try:
        call = ctypes.CDLL(None, use_errno=True).fallocate
    except (OSError, AttributeError):
        return False
    offset, length = ctypes.c_int64(start), ctypes.c_int64(size)
    return bool(call(handle, _KEEP_SIZE | _PUNCH_HOLE, offset, length) == 0)
