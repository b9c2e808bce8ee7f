"""A flash small enough to try everything on, and models for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from edgesdk_backends.nand.design.design import Design
from edgesdk_backends.nand.design.preset import read_preset
from edgesdk_backends.nand.flash.array import FlashArray
from edgesdk_backends.nand.flash.region import Page

DESIGN = replace(
    read_preset("cambricon-s").design,
    channels=2,
    chips=1,
    dies=1,
    planes=2,
    blocks=6,
    pages=4,
    page_bytes=256,
    spare_bytes=64,
    core_buffer_bytes=256,
    factory_bad=0.0,
    spare_blocks=0.0,
    erase_limit=0.0,
)


def content(model: int, logical: int, design: Design = DESIGN) -> tuple[np.ndarray, np.ndarray]:
    """Data [page] and code [20] of a page of a model, the same each time."""
    drawn = np.random.default_rng([model, logical])
    return drawn.integers(0, 256, design.page_bytes, np.uint8), drawn.integers(0, 256, 20, np.uint8)


def pages(model: int, count: int, design: Design = DESIGN) -> Iterator[Page]:
    """A model's pages, spread over the cores."""
    cores = design.cores_per_channel
    for logical in range(count):
        channel, core = logical % design.channels, logical // design.channels % cores
        yield Page(logical, channel, core, *content(model, logical, design))


def holds(flash: FlashArray, region: str, model: int, count: int, design: Design = DESIGN) -> None:
    """The region's pages are the model's, and lie in the channels and cores that were asked."""
    physical = flash.pages(region)
    assert len(set(physical.tolist())) == len(physical) == count
    stored = flash.read(physical)
    for logical, page in enumerate(pages(model, count, design)):
        assert (stored[logical, : design.page_bytes] == page.data).all()
        code = stored[logical, design.page_bytes + 32 :][: len(page.code)]
        assert (code == page.code).all()
        place = flash.geometry.place(int(physical[logical]))
        assert (place.channel, place.core) == (page.channel, page.core)
    assert flash.damaged(region) == 0


def flash_with(folder: Path, design: Design = DESIGN, *regions: tuple[str, int, int]) -> None:
    """Make a flash that holds models: a region's name, model and count of pages each."""
    with FlashArray(folder, design) as flash:
        for region, model, count in regions:
            flash.program(region, pages(model, count, design))
