"""One plane of a die: its data and cache register, and when its array and registers are free."""

from __future__ import annotations

import numpy as np

from .cells import Refusal
from .faults import Bytes


class Plane:
    """Registers hold a page with its spare, uint8. Times in ns of the die's clock.

    ``array_at``: the array is free from then on; ``ready_at``: what was asked is done.
    """

    def __init__(self, register_bytes: int) -> None:
        self._size = register_bytes
        self._data: Bytes | None = None
        self._cache: Bytes | None = None
        self.array_at = 0.0
        self.ready_at = 0.0
        self.refusal = Refusal.NONE
        self.refusal_before = Refusal.NONE

    @property
    def data(self) -> Bytes:
        """Between the array and the cache register."""
        if self._data is None:
            self._data = np.full(self._size, 0xFF, np.uint8)
        return self._data

    @property
    def cache(self) -> Bytes:
        """Between the data register and the bus, or the core."""
        if self._cache is None:
            self._cache = np.full(self._size, 0xFF, np.uint8)
        return self._cache

    def sense(self, page: Bytes) -> None:
        """A page arrives from the array, and goes on into the cache register."""
        self.data[:] = page
        self.cache[:] = page

    def ended(self, refusal: Refusal) -> None:
        """An operation ended so; the one before it becomes the one before."""
        self.refusal_before, self.refusal = self.refusal, refusal
