"""Numbers of pages, and the address cycles that name them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgesdk.errors import UsageError
from edgesdk_backends.nand.design.preset import preset_names, read_preset
from edgesdk_backends.nand.flash.addresses import Rows
from edgesdk_backends.nand.flash.array import FlashArray
from edgesdk_backends.nand.flash.geometry import Geometry, Place
from tests.backends_nand.flash.flashes import DESIGN


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_can_be_addressed(name: str) -> None:
    geometry = Geometry.of(read_preset(name).design)
    last = Place(*(getattr(geometry, key) - 1 for key in ("channels", "cores", "planes")), 0, 0)
    last = last._replace(block=geometry.blocks - 1, page=geometry.pages - 1)
    assert geometry.number(last) == geometry.all_pages - 1
    drawn = np.random.default_rng(0).integers(0, geometry.all_pages, 1000)
    places = geometry.place(drawn)
    assert (geometry.number(places) == drawn).all()
    assert (np.array(places) >= 0).all()
    rows = Rows.of(geometry)
    fields = (last.page, last.plane, last.block, geometry.dies - 1)
    assert rows.unpack(rows.pack(*fields)) == fields
    assert len(rows.pack(*fields)) == rows.cycles


def test_rows_as_onfi_packs_them() -> None:
    rows = Rows.of(Geometry.of(read_preset("cambricon-s").design))  # 512 pages, 2 planes, 2 dies
    assert rows.pack(page=5, plane=1, block=3, die=1) == (5 | 1 << 9 | 3 << 10 | 1 << 18).to_bytes(
        3, "little"
    )


def test_a_chip_of_many_pages_has_four_row_cycles() -> None:
    design = replace(DESIGN, pages=1536, blocks=4096, planes=4, dies=2, page_bytes=64)
    assert Rows.of(Geometry.of(design)).cycles == 4


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"channels": 1 << 20, "blocks": 1 << 20}, "can be emulated"),
        ({"blocks": 0}, "can be emulated"),
        ({"spare_bytes": 31}, "at least 32 of them spare"),
        ({"page_bytes": 1 << 16}, "at most 65536"),
    ],
)
def test_shapes_that_cannot_be(tmp_path: Path, changes: dict[str, int], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        FlashArray(tmp_path / "flash", replace(DESIGN, **changes))
    assert caught.value.id == "EDGE-02256"
    assert words in caught.value.evidence
    assert not (tmp_path / "flash").exists()


def test_more_pages_than_rows_can_name() -> None:
    design = replace(DESIGN, pages=1 << 20, blocks=1 << 11, dies=4, page_bytes=1)
    with pytest.raises(UsageError) as caught:
        Rows.of(Geometry.of(design))
    assert caught.value.id == "EDGE-02256"
    assert "take 34" in caught.value.evidence
