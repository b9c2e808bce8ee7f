"""Where a page is: channel, core, plane, block and page of it, and the one number of them all.

A core is that of one die: ``core = chip * dies + die``, within its channel. Numbers count pages of
a block first, then blocks, planes, cores and channels; so the pages of a block are neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgesdk.errors import UsageError

from ..design.design import Design

LARGEST = 1 << 44  # bytes of a device: the largest file that common file systems hold
WIDEST = 1 << 16  # bytes of a page with its spare: two column cycles
TAG_END = 32  # bytes of a spare: the mark and the tag

Numbers = NDArray[np.int64]


class Place(NamedTuple):
    """One page, or arrays of them."""

    channel: int
    core: int
    plane: int
    block: int
    page: int


@dataclass(frozen=True)
class Geometry:
    """The flash of a design. Raises ``UsageError`` (EDGE-02256) where no emulation can hold it."""

    channels: int
    chips: int
    dies: int
    planes: int
    blocks: int  # of a plane
    pages: int  # of a block
    page_bytes: int
    spare_bytes: int

    def __post_init__(self) -> None:
        _refuse(self)

    @classmethod
    def of(cls, design: Design) -> Geometry:
        """That of a design."""
        return cls(**{name: getattr(design, name) for name in cls.__dataclass_fields__})

    @property
    def cores(self) -> int:
        """Of a channel."""
        return self.chips * self.dies

    @property
    def all_planes(self) -> int:
        """Of the device."""
        return self.channels * self.cores * self.planes

    @property
    def all_blocks(self) -> int:
        """Of the device, bad ones included."""
        return self.all_planes * self.blocks

    @property
    def all_pages(self) -> int:
        """Of the device, those of bad blocks included."""
        return self.all_blocks * self.pages

    @property
    def stride(self) -> int:
        """Bytes from one page to the next: the page and its spare."""
        return self.page_bytes + self.spare_bytes

    def plane_number(self, channel: int, core: int, plane: int) -> int:
        """The number of a plane in the device."""
        return (channel * self.cores + core) * self.planes + plane

    def number(self, place: Place) -> int:
        """The number of a page in the device; a block's is that of its first page / ``pages``."""
        plane = self.plane_number(place.channel, place.core, place.plane)
        return (plane * self.blocks + place.block) * self.pages + place.page

    def place(self, number: int) -> Place:
        """Where the page of that number is; arrays give arrays."""
        rest, page = divmod(number, self.pages)
        rest, block = divmod(rest, self.blocks)
        rest, plane = divmod(rest, self.planes)
        channel, core = divmod(rest, self.cores)
        return Place(channel, core, plane, block, page)


def _refuse(geometry: Geometry) -> None:
    sizes = {name: getattr(geometry, name) for name in Geometry.__dataclass_fields__}
    total = geometry.all_pages * geometry.stride
    if min(sizes.values()) < 1 or total > LARGEST:
        raise cannot_be_emulated(f"it has {total} bytes; 1 to {LARGEST} can be emulated: {sizes}")
    if geometry.stride > WIDEST or geometry.spare_bytes < TAG_END:
        raise cannot_be_emulated(
            f"a page of {geometry.page_bytes} and {geometry.spare_bytes} bytes: at most {WIDEST} "
            f"in all, and at least {TAG_END} of them spare"
        )


def cannot_be_emulated(evidence: str) -> UsageError:
    """EDGE-02256."""
    return UsageError(
        "Flash of this shape cannot be emulated",
        evidence=evidence,
        next_step="Choose fewer or smaller parts; 'edgesdk predict' takes shapes of any size",
        code=256,
    )
