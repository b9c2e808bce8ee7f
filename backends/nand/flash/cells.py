"""The cells of a device and their rules: erase makes ones, programming clears bits, a page is
programmed once and after the page before it. What breaks them is refused, as a die does it.
"""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .chance import chance, chances
from .faults import Bytes, Power
from .geometry import Geometry
from .pages import PageStore
from .wear import Wear

FACTORY, WORN, OLD = 1, 2, 1 << 16  # streams of chance


class Refusal(IntEnum):
    """Why a die said FAIL; its vendor feature F0h holds the number."""

    NONE = 0
    ADDRESS = 1  # out of range
    NOT_ERASED = 2  # the page was programmed since the last erase
    ORDER = 3  # not the next page of its block
    BAD_BLOCK = 4  # bad from the factory
    ARRAY = 5  # the cells did not take it
    BUFFER = 6  # inputs and partial sums do not fit into the core's buffer
    INPUT = 7  # no inputs, or not as many as the tile has
    FORMAT = 8  # unknown weight format, or a tile that is not one page
    CORRECTION = 9  # a correction that the die does not have


class Cells:
    """Programs, erases and reads of a device, by the numbers of pages and blocks.

    ``factory_bad``: share of blocks, by ``seed``. ``erase_limit``: erases after which a block may
    fail: assumed, by a chance that grows with each to certainty at twice the limit.
    """

    def __init__(
        self,
        folder: Path,
        geometry: Geometry,
        power: Power,
        *,
        factory_bad: float = 0.0,
        erase_limit: float = 0.0,
        seed: int = 0,
    ) -> None:
        self.geometry, self.power, self.seed = geometry, power, seed
        self.store = PageStore(folder / "cells", geometry)
        self.wear = Wear(folder / "wear", geometry)
        self.programs = 0
        self.erases = 0
        self._factory_bad, self._erase_limit = factory_bad, erase_limit
        self._touched: set[int] = set()  # blocks whose record was compared with their cells

    def factory_marks(self) -> NDArray[np.uint8]:
        """The first spare byte of each block's first page, as a scan of the device reads it."""
        every = np.arange(self.geometry.all_blocks)
        bad = chances(self.seed, every, FACTORY) < self._factory_bad
        return np.where(bad, 0, 0xFF).astype(np.uint8)

    def read(self, page: int) -> Bytes:
        """What a page holds: uint8 [page + spare]."""
        self.wear.count_read(page)
        content = self.store.read(page)
        block, first = divmod(page, self.geometry.pages)
        if not first and self._from_factory(block):
            content[self.geometry.page_bytes] = 0
        return content

    def program(self, page: int, content: Bytes) -> Refusal:
        """Clear the bits that are zero in ``content`` [page + spare].

        Raises ``LinkFailed`` (EDGE-0640).
        """
        cut = self.power.starts()
        refusal = self._refused(page) or self._programmed(page, content, cut)
        if cut:
            raise self.power.gone()
        return refusal

    def erase(self, block: int) -> Refusal:
        """Make a block ones. Raises ``LinkFailed`` (EDGE-0640)."""
        cut = self.power.starts()
        bad = self._from_factory(block)
        refusal = Refusal.BAD_BLOCK if bad else self._erased(block, cut)
        if cut:
            raise self.power.gone()
        return refusal

    def next_page(self, block: int) -> int:
        """The page of a block that comes next; ``pages`` of a full one.

        A program that was killed between the cells and the record left a page that is not blank.
        """
        count = int(self.wear.records(block, 1)["programmed"][0])
        if block not in self._touched:
            self._touched.add(block)
            first = block * self.geometry.pages
            while count < self.geometry.pages and not self.store.blank(first + count):
                count += 1
            self.wear.programmed(block, count)
        return count

    def _refused(self, page: int) -> Refusal:
        block, index = divmod(page, self.geometry.pages)
        if self._from_factory(block):
            return Refusal.BAD_BLOCK
        following = self.next_page(block)
        if index < following:
            return Refusal.NOT_ERASED
        return Refusal.ORDER if index > following else Refusal.NONE

    def _programmed(self, page: int, content: Bytes, cut: bool) -> Refusal:
        self.programs += 1
        failed = self.programs == self.power.faults.program
        if cut or failed:
            content = self.power.torn(np.full_like(content, 0xFF), content)
        self.store.write(page, content)
        block, index = divmod(page, self.geometry.pages)
        self.wear.programmed(block, index + 1)
        return Refusal.ARRAY if failed else Refusal.NONE

    def _erased(self, block: int, cut: bool) -> Refusal:
        self.erases += 1
        failed = self.erases == self.power.faults.erase or self._worn(block)
        if cut or failed:
            self._tear_block(block)
            return Refusal.ARRAY
        self.store.erase(block)
        self.wear.erased(block)
        return Refusal.NONE

    def _tear_block(self, block: int) -> None:
        """Half-erased cells: each programmed page keeps part of what it held."""
        first = block * self.geometry.pages
        for page in range(first, first + self.geometry.pages):
            if not self.store.blank(page):
                old = self.store.read(page)
                self.store.write(page, self.power.torn(old, np.full_like(old, 0xFF)))

    def _worn(self, block: int) -> bool:
        if chance(self.power.faults.seed, block, WORN) < self.power.faults.worn:
            return True
        erases = int(self.wear.records(block, 1)["erases"][0])
        if not 0 < self._erase_limit < erases:
            return False
        over = (erases - self._erase_limit) / self._erase_limit
        return chance(self.seed, block, OLD + erases) < over

    def _from_factory(self, block: int) -> bool:
        return chance(self.seed, block, FACTORY) < self._factory_bad

    def close(self) -> None:
        """Write the counters, and let go of the files. Safe twice."""
        self.wear.close()
        self.store.close()
