"""Programming one model's region: what is there already stays, what is missing is programmed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from edgesdk.errors import DoesNotFit

from .faults import Bytes
from .geometry import Numbers
from .region_blocks import Parts, RegionBlocks
from .tag import model_id, not_as_agreed, sealed, stored_check


class Page(NamedTuple):
    """``data``: uint8 [page]; ``code``: uint8, at most the spare less 32 bytes."""

    logical: int
    channel: int
    core: int
    data: Bytes
    code: Bytes


class Programming:
    """Of the region ``name``, which the journal has begun and not completed."""

    def __init__(self, name: str, parts: Parts) -> None:
        self._parts, self._geometry = parts, parts.geometry
        self._model = model_id(name)
        self._blocks = RegionBlocks(name, parts)
        self._given: dict[int, int] = {}  # core of the device -> pages that came for it

    def program(self, pages: Iterable[Page]) -> Numbers:
        """Program what is missing. Physical pages by logical number, int64 [pages]."""
        order = []
        for page in pages:
            self._page(page)
            order.append(int(page.logical))
        if sorted(order) != list(range(len(order))):
            raise not_as_agreed(
                f"pages are numbered from 0, each once; {len(order)} came, with "
                f"{len(set(order))} numbers"
            )
        found = self._blocks.found
        return np.array([found[logical][0] for logical in range(len(order))], np.int64)

    def _page(self, page: Page) -> None:
        number = page.channel * self._geometry.cores + page.core
        turn = self._given[number] = self._given.get(number, -1) + 1
        content = sealed(self._geometry, self._model, page.logical, page.data, page.code)
        found = self._blocks.found.get(page.logical)
        if found is not None and found[1] == stored_check(self._geometry, content):
            return
        planes = self._geometry.planes
        if not any(
            self._blocks.put(number * planes + (turn + step) % planes, content)
            for step in range(planes)
        ):
            raise self._full(page)

    def _full(self, page: Page) -> DoesNotFit:
        free = self._parts.blocks.free_pages()
        geometry = self._geometry
        return DoesNotFit(
            "The model does not fit into the emulated flash",
            evidence=f"channel {page.channel}, core {page.core}: page "
            f"{self._given[page.channel * geometry.cores + page.core] + 1} of the model has no "
            f"room in {geometry.planes * geometry.blocks} blocks of {geometry.pages} pages; the "
            f"device has {int(free.sum())} pages free elsewhere",
            next_step="Remove models from it, choose a larger design, or use another device: "
            "name=NAME in the address",
            code=34,
        )
