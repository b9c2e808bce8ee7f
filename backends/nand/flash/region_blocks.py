"""The blocks of one model's region while it is programmed: taken, redone when torn, replaced when
bad.

Any write below may be the last one: what the journal says and what the pages' tags say is then
enough to go on from.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from edgesdk.errors import DoesNotFit

from .bad_blocks import BadBlocks
from .blocks import Blocks
from .cells import Cells, Refusal
from .dies import Dies
from .faults import Bytes
from .geometry import Geometry
from .journal import Journal
from .tag import Tag, model_id, opened

_AGAIN = (Refusal.NOT_ERASED, Refusal.ORDER)  # a page that looks blank after a cut, and is not


class Parts(NamedTuple):
    """What a device's controller has."""

    geometry: Geometry
    cells: Cells
    dies: Dies
    journal: Journal
    bad: BadBlocks
    blocks: Blocks


class RegionBlocks:
    """Of the region ``name``, which the journal has begun. Planes count in the whole device.

    ``found``: for each logical page the physical one, and its check.
    """

    def __init__(self, name: str, parts: Parts) -> None:
        self.found: dict[int, tuple[int, int]] = {}
        self._name, self._parts, self._geometry = name, parts, parts.geometry
        self._model = model_id(name)
        self._next: dict[int, int] = {}  # block -> its page that comes next
        self._open: dict[int, int] = {}  # plane -> the block that its pages go into
        for block in tuple(parts.journal.state.regions[name].blocks):
            self._take_up(block)

    def put(self, plane: int, content: Bytes) -> bool:
        """Program a page [page + spare] somewhere in a plane; false where it has no room."""
        block = self._open.get(plane, -1)
        if self._next.get(block, self._geometry.pages) == self._geometry.pages:
            claimed = self._claim(plane)
            if claimed is None:
                return False
            self._open[plane] = claimed
        self._settle(plane, [content])
        return True

    def _take_up(self, block: int) -> None:
        """What a try before this one left in a block."""
        if block in self._parts.bad:
            self._parts.journal.add(do="retire", region=self._name, block=block)
            return
        whole, torn = self._whole_pages(block)
        plane = block // self._geometry.blocks
        if torn:
            self._renew(plane, block, erase=True)
            self._settle(plane, whole)
            return
        self._next[block] = len(whole)
        for index, content in enumerate(whole):
            self._note(block * self._geometry.pages + index, content)
        if len(whole) < self._geometry.pages:
            self._open[plane] = block

    def _whole_pages(self, block: int) -> tuple[list[Bytes], bool]:
        """Its pages [page + spare] up to a blank one, and whether one of them is not whole."""
        first = block * self._geometry.pages
        whole: list[Bytes] = []
        torn = False
        for page in range(first, first + self._geometry.pages):
            content = self._parts.dies.read(page)
            if (content == 0xFF).all():
                break
            if self._tag(content) is None:
                torn = True
            else:
                whole.append(content)
        return whole, torn

    def _tag(self, content: Bytes) -> Tag | None:
        tag = opened(self._geometry, content)
        return None if tag is None or tag.model != self._model else tag

    def _note(self, page: int, content: Bytes) -> None:
        tag = self._tag(content)
        assert tag is not None
        self.found[tag.logical] = page, tag.check

    def _settle(self, plane: int, waiting: list[Bytes]) -> None:
        """Program pages into what is open in a plane, and read them back. Where its block has to be
        redone or replaced, those of the model's pages that were in it come again first: they and
        the others always fit into the one block, since they came from one."""
        while waiting:
            block = self._open[plane]
            page = block * self._geometry.pages + self._next[block]
            refusal = self._parts.dies.program(page, waiting[0])
            if not refusal and np.array_equal(self._parts.dies.read(page), waiting[0]):
                self._note(page, waiting.pop(0))
                self._next[block] += 1
            else:
                waiting = [*self._kept(block), *waiting]
                self._renew(plane, block, erase=refusal in _AGAIN)

    def _kept(self, block: int) -> list[Bytes]:
        """The model's pages in a block as they were found or programmed."""
        pages = (page for page, _ in self.found.values() if page // self._geometry.pages == block)
        return [self._parts.dies.read(page) for page in sorted(pages)]

    def _renew(self, plane: int, block: int, *, erase: bool) -> None:
        """Open in a plane what a block is once it is erased, or a spare one where it went bad."""
        if erase and not self._parts.dies.erase(block):
            self._open[plane], self._next[block] = block, 0
            return
        self._parts.blocks.gone_bad(block)
        self._parts.bad.add(block)
        self._parts.journal.add(do="retire", region=self._name, block=block)
        spare = self._spare(plane)
        for other in (plane, *(key for key, value in self._open.items() if value == block)):
            self._open[other] = spare

    def _claim(self, plane: int, *, spare: bool = False) -> int | None:
        """A free block of a plane, erased or not: the die says so when it is programmed."""
        block = self._parts.blocks.choose(plane, self._parts.cells.wear, spare=spare)
        if block is not None:
            self._parts.journal.add(do="claim", region=self._name, blocks=[block])
            self._next[block] = 0
        return block

    def _spare(self, plane: int) -> int:
        core, own = divmod(plane, self._geometry.planes)
        for step in range(self._geometry.planes):
            other = core * self._geometry.planes + (own + step) % self._geometry.planes
            block = self._claim(other, spare=True)
            if block is not None:
                return block
        channel, core = divmod(core, self._geometry.cores)
        raise DoesNotFit(
            "The emulated flash has no spare block left for one that went bad",
            evidence=f"channel {channel}, core {core}: each of {self._geometry.planes} planes of "
            f"{self._geometry.blocks} blocks is in use or bad; {len(self._parts.bad.blocks)} "
            "blocks of the device are bad",
            next_step="The device is worn out there. Remove models from it, or use another: "
            "name=NAME in the address",
            code=35,
        )
