"""Which block comes next: of a plane, a free one that was erased least often."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .geometry import Geometry
from .journal import State
from .wear import Wear

Blocks64 = NDArray[np.int64]


class Blocks:
    """The blocks of a device as a state leaves them. ``bad``: blocks, int64.

    Models get at most ``for_models`` blocks of a plane; the other good ones are spare, for blocks
    that go bad.
    """

    def __init__(self, geometry: Geometry, state: State, bad: Blocks64, for_models: int) -> None:
        self._geometry, self._state = geometry, state
        self._for_models = for_models
        shape = geometry.all_planes, geometry.blocks
        self._bad = np.zeros(shape, bool)
        self._bad.reshape(-1)[bad] = True
        self._taken = self._bad.copy()
        for blocks in (sorted(state.stale), *(r.blocks for r in state.regions.values())):
            self._taken.reshape(-1)[blocks] = True

    def choose(self, plane: int, wear: Wear, *, spare: bool = False) -> int | None:
        """Take a free block of a plane of the device; with ``spare`` also one of those kept.

        None where there is none left.
        """
        bad = int(self._bad[plane].sum())
        used = int(self._taken[plane].sum()) - bad
        good = self._geometry.blocks - bad
        if used >= (good if spare else min(good, self._for_models)):
            return None
        erases = wear.records(plane * self._geometry.blocks, self._geometry.blocks)["erases"]
        ranked = np.where(self._taken[plane], np.iinfo(np.int64).max, erases.astype(np.int64))
        block = int(ranked.argmin())
        self._taken[plane, block] = True
        return plane * self._geometry.blocks + block

    def gone_bad(self, block: int) -> None:
        """It is taken, and not for a model."""
        self._bad.reshape(-1)[block] = self._taken.reshape(-1)[block] = True

    def erased(self, block: int) -> None:
        """It was stale, and is free unless it went bad."""
        self._taken.reshape(-1)[block] = self._bad.reshape(-1)[block]

    def free_pages(self, keep: frozenset[str] | None = None) -> Blocks64:
        """Pages that models may still get, [channels, cores]; of regions those in ``keep`` stay,
        all without it. Stale blocks are free: they are erased first."""
        geometry = self._geometry
        used = np.zeros(geometry.all_planes, np.int64)
        for name, region in self._state.regions.items():
            if keep is None or name in keep:
                np.add.at(used, np.array(region.blocks, np.int64) // geometry.blocks, 1)
        good = geometry.blocks - self._bad.sum(axis=1)
        free = np.minimum(good, self._for_models) - used
        shape = geometry.channels, geometry.cores, geometry.planes
        pages: Blocks64 = free.clip(0).reshape(shape).sum(axis=2) * geometry.pages
        return pages

    def spares_left(self) -> int:
        """Good blocks of the device beyond what models may get."""
        good = self._geometry.blocks - self._bad.sum(axis=1)
        return int((good - self._for_models).clip(0).sum())
