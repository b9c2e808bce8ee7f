"""The emulated board's memory, and buffers that host and accelerator see through caches.

Host and accelerator each have a copy, and nothing but ``flush`` and ``invalidate`` moves bytes
between them: what a driver forgets to flush is a wrong answer here, as it is on a board.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..no_room import no_host_room, no_room
from ..weights.axes import padded

PAGE = 4096
BASE = 0x8_0000_0000  # above 4 GiB, so that the upper word of an address is never forgotten
_FRESH = 0xA5  # memory that nobody has written is not zero
_FRESH_BYTES = 1 << 20  # of each buffer; the rest is left untouched, so that it costs nothing


class EmulatedMemory:
    """Memory of the accelerator: ``content[i]`` is the byte at address ``base + i``.

    Raises ``DoesNotFit`` (EDGE-0941) where this machine has less.
    """

    def __init__(self, size: int, base: int = BASE) -> None:
        self.base = base
        self.content = _zeros(padded(size, PAGE))
        self._holes = {base: len(self.content)}  # address -> bytes, none beside another

    @property
    def free_bytes(self) -> int:
        """What nobody holds, in all."""
        return sum(self._holes.values())

    def take(self, size: int) -> int:
        """The address of memory of so many bytes. Raises ``DoesNotFit`` (EDGE-0941)."""
        wanted = padded(max(size, 1), PAGE)
        for address, available in sorted(self._holes.items()):
            if available >= wanted:
                del self._holes[address]
                if available > wanted:
                    self._holes[address + wanted] = available - wanted
                self._spoil(address, wanted)
                return address
        largest = max(self._holes.values(), default=0)
        raise no_room(wanted, self.free_bytes, f"the largest piece has {largest}")

    def give_back(self, address: int, size: int) -> None:
        """Memory from ``take``, with the size asked for then."""
        end = address + padded(max(size, 1), PAGE)
        after = self._holes.pop(end, 0)
        before = next((a for a, room in self._holes.items() if a + room == address), address)
        self._holes[before] = end + after - before

    def at(self, address: int, size: int) -> NDArray[np.uint8]:
        """A view of the accelerator's copy."""
        offset = address - self.base
        return self.content[offset : offset + size]

    def _spoil(self, address: int, size: int) -> None:
        self.at(address, min(size, _FRESH_BYTES)).fill(_FRESH)


class EmulatedBuffer:
    """See ``Buffer``: ``array`` is the host's copy."""

    def __init__(self, memory: EmulatedMemory, size: int) -> None:
        self._memory, self._held = memory, True
        self.array = _zeros(size)
        self.array[:_FRESH_BYTES] = _FRESH
        self.address = memory.take(size)

    def flush(self) -> None:
        """What the host wrote becomes what the accelerator reads."""
        if self._held:
            self._memory.at(self.address, len(self.array))[:] = self.array

    def invalidate(self) -> None:
        """What the accelerator wrote becomes what the host reads."""
        if self._held:
            self.array[:] = self._memory.at(self.address, len(self.array))

    def free(self) -> None:
        """Give it back. Safe twice."""
        if self._held:
            self._held = False
            self._memory.give_back(self.address, len(self.array))


def _zeros(size: int) -> NDArray[np.uint8]:
    try:
        return np.zeros(size, np.uint8)
    except MemoryError:
        raise no_host_room(size) from None
