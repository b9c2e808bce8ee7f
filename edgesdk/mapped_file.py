"""A stretch of an open file as memory that the system reads as it is used."""

from __future__ import annotations

import mmap
from contextlib import suppress


class MappedFile:
    """``content``: read-only bytes ``offset`` to ``offset + size`` of a file, as far as it goes.

    The descriptor may be closed afterwards. Raises ``OSError`` or ``ValueError`` for what cannot be
    mapped: a folder, a device, nothing at all.
    """

    def __init__(self, descriptor: int, offset: int, size: int) -> None:
        before = offset % mmap.ALLOCATIONGRANULARITY
        self._map = mmap.mmap(
            descriptor, size + before, access=mmap.ACCESS_READ, offset=offset - before
        )
        self.content = memoryview(self._map)[before:]

    def close(self) -> None:
        """Unmap it. Safe to call twice."""
        self.content.release()
        with suppress(BufferError):  # an array over it lives on, and with it the map
            self._map.close()
