"""Blocks that are bad from the factory, that fail later, and that wear out."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgesdk.errors import DoesNotFit, LinkFailed
from edgesdk_backends.nand.design.preset import read_preset
from edgesdk_backends.nand.flash.array import FlashArray
from edgesdk_backends.nand.flash.bad_blocks import BadBlocks
from edgesdk_backends.nand.flash.blocks import Blocks
from edgesdk_backends.nand.flash.faults import Faults, Power
from edgesdk_backends.nand.flash.geometry import Geometry
from edgesdk_backends.nand.flash.journal import State
from edgesdk_backends.nand.flash.pages import PageStore
from edgesdk_backends.nand.flash.region import Page
from edgesdk_backends.nand.flash.wear import Wear
from tests.backends_nand.flash.flashes import DESIGN, content, holds, pages

ROOMY = replace(DESIGN, blocks=64, spare_blocks=0.25)
ALL = DESIGN.channels * DESIGN.planes  # planes of the device


def test_factory_bad_blocks_are_never_used(tmp_path: Path) -> None:
    design = replace(ROOMY, factory_bad=0.3)
    with FlashArray(tmp_path, design, Faults(seed=4)) as flash:
        flash.program("model", pages(1, 200, design))
        holds(flash, "model", 1, 200, design)
        bad = flash.statistics().bad_blocks
        used = set((flash.pages("model") // design.pages).tolist())
    assert 0.2 * ALL * 64 < bad < 0.4 * ALL * 64
    table = BadBlocks(tmp_path, Power(Faults()), ALL * 64)
    assert not used & set(table.blocks.tolist())
    assert len(table.blocks) == bad


def test_bad_blocks_are_known_before_the_first_change(tmp_path: Path) -> None:
    design = replace(ROOMY, factory_bad=0.3)
    with FlashArray(tmp_path, design, Faults(seed=4)) as flash:
        free, bad = flash.free_pages(), flash.statistics().bad_blocks
        assert free.sum() < design.total_pages * 0.75
        flash.program("model", [])
        assert (flash.free_pages() == free).all()
        assert flash.statistics().bad_blocks == bad > 0


def test_the_factory_marks_its_bad_blocks(tmp_path: Path) -> None:
    """The mark is the first spare byte of the block's first page, and the die refuses the block."""
    design = replace(ROOMY, factory_bad=0.3)
    with FlashArray(tmp_path, design, Faults(seed=4)) as flash:
        flash.program("model", pages(1, 1, design))
        table = BadBlocks(tmp_path, Power(Faults()), ALL * 64)
        block = int(table.blocks[0])
        assert flash.dies.read(block * design.pages)[design.page_bytes] == 0
        assert flash.dies.read(block * design.pages + 1)[design.page_bytes] == 0xFF
        assert flash.dies.erase(block)
        good = next(block for block in range(64) if block not in table)
        assert flash.dies.read(good * design.pages)[design.page_bytes] == 0xFF


def test_a_mark_with_one_wrong_bit_is_good(tmp_path: Path) -> None:
    table = BadBlocks(tmp_path, Power(Faults()), ALL * 64)
    table.scan(np.array([0xFF, 0xFE, 0xFC, 0x00, 0x7F], np.uint8))
    assert table.blocks.tolist() == [2, 3]
    assert 2 in table
    assert 1 not in table


def test_the_table_is_kept_twice(tmp_path: Path) -> None:
    table = BadBlocks(tmp_path, Power(Faults()), ALL * 64)
    table.scan(np.full(100, 0xFF, np.uint8))
    table.add(7)
    table.add(5)
    for damaged in range(2):
        copy = tmp_path / f"bad-blocks.{damaged}"
        whole = copy.read_bytes()
        for wrong in (b"", whole[:-1], whole[:10] + b"\x00" + whole[11:], whole + b"\0"):
            copy.write_bytes(wrong)
            found = BadBlocks(tmp_path, Power(Faults()), ALL * 64).blocks.tolist()
            assert found in ([5, 7], [7])  # the newer copy, or the one before
        copy.write_bytes(whole)
    assert BadBlocks(tmp_path, Power(Faults()), ALL * 64).blocks.tolist() == [5, 7]


@pytest.mark.parametrize("failing", (1, 2, 6, 13, 17, 28))
def test_a_program_that_fails(tmp_path: Path, failing: int) -> None:
    """The block is retired; what was in it goes to another, and nothing is lost."""
    with FlashArray(tmp_path, ROOMY, Faults(program=failing)) as flash:
        flash.program("one", pages(1, 14, ROOMY))
        flash.program("two", pages(2, 14, ROOMY))
        holds(flash, "one", 1, 14, ROOMY)
        holds(flash, "two", 2, 14, ROOMY)
        about = flash.statistics()
        assert about.bad_blocks == 1
        assert about.spares_left == ALL * 16 - 1


def test_an_erase_that_fails(tmp_path: Path) -> None:
    with FlashArray(tmp_path, ROOMY, Faults(erase=2)) as flash:
        flash.program("one", pages(1, 40, ROOMY))
        assert flash.forget("one")
        assert flash.statistics().bad_blocks == 1
        flash.program("two", pages(2, 40, ROOMY))
        holds(flash, "two", 2, 40, ROOMY)


def test_worn_blocks_fail_when_erased(tmp_path: Path) -> None:
    with FlashArray(tmp_path, ROOMY, Faults(worn=0.5, seed=1)) as flash:
        flash.program("one", pages(1, 160, ROOMY))
        used = len(set((flash.pages("one") // ROOMY.pages).tolist()))
    with FlashArray(tmp_path, ROOMY, Faults(worn=0.5, seed=1)) as flash:
        flash.forget("one")
        assert 0.2 * used < flash.statistics().bad_blocks < 0.8 * used
        flash.program("two", pages(2, 160, ROOMY))
        holds(flash, "two", 2, 160, ROOMY)


def test_blocks_wear_out_beyond_their_limit(tmp_path: Path) -> None:
    design = replace(DESIGN, erase_limit=5.0)
    with FlashArray(tmp_path, design) as flash:
        with pytest.raises(DoesNotFit) as caught:
            for _ in range(200):
                flash.program("model", pages(1, 64, design))
                flash.forget("model")
        assert caught.value.id == "EDGE-0934"
        about = flash.statistics()
        assert 5 < about.max_erases <= 11  # certain at twice the limit
        assert about.bad_blocks > 0


def test_no_spare_block_is_left(tmp_path: Path) -> None:
    every = [Page(i, 0, 0, *content(1, i)) for i in range(48)]  # all of one core
    flash = FlashArray(tmp_path, DESIGN, Faults(program=47))
    with flash, pytest.raises(DoesNotFit) as caught:
        flash.program("model", every)
    assert caught.value.id == "EDGE-0935"
    assert "channel 0, core 0" in caught.value.evidence
    with FlashArray(tmp_path, DESIGN) as flash:
        assert flash.regions() == {"model": False}
        assert flash.forget("model")
        flash.program("smaller", every[:40])
        assert flash.complete("smaller")


def test_blocks_full_of_the_model_that_cannot_be_erased(tmp_path: Path) -> None:
    """Nobody remembers them, none can be erased, and they are many: each is tried once."""
    design = replace(DESIGN, channels=1, planes=1, blocks=400, pages=2)
    with FlashArray(tmp_path, design) as flash:
        flash.program("model", pages(1, 780, design))
    (tmp_path / "journal").unlink()
    with FlashArray(tmp_path, design, Faults(worn=1.0)) as flash:
        with pytest.raises(DoesNotFit):
            flash.program("model", pages(1, 780, design))
        assert flash.statistics().bad_blocks == 390
    with FlashArray(tmp_path, design) as flash:
        assert flash.forget("model")
        flash.program("small", pages(2, 20, design))
        holds(flash, "small", 2, 20, design)


def test_a_model_that_does_not_fit(tmp_path: Path) -> None:
    with FlashArray(tmp_path, DESIGN) as flash:
        flash.program("small", pages(1, 10))
        free = flash.free_pages()
        assert free.tolist() == [[40 - 8 + 8], [48 - 8]]
        with pytest.raises(DoesNotFit) as caught:
            flash.program("large", pages(2, 100))
        assert caught.value.id == "EDGE-0934"
        assert "channel 0, core 0" in caught.value.evidence
        holds(flash, "small", 1, 10)
        assert flash.forget("large")
        assert (flash.free_pages() == free).all()
        assert (flash.free_pages(keep=()) == 48).all()
        flash.program("fits", pages(2, int(free.min()) * 2))
        holds(flash, "fits", 2, int(free.min()) * 2)


def test_planes_take_turns_and_wear_evenly(tmp_path: Path) -> None:
    design = replace(ROOMY, spare_blocks=0.0)
    for model in range(40):
        with FlashArray(tmp_path, design) as flash:
            assert flash.forget("model")
            flash.program("model", pages(model, 64, design))
            physical = flash.geometry.place(flash.pages("model"))
            per_plane = np.bincount(np.asarray(physical.channel * 2 + physical.plane))
            assert per_plane.tolist() == [16] * ALL
    with FlashArray(tmp_path, design) as flash:
        about = flash.statistics()
    assert about.erases == 39 * 16
    assert about.max_erases == -(-39 * 16 // (ALL * 64))  # no block more often than it must


def test_the_published_device_is_scanned_once(tmp_path: Path) -> None:
    design = read_preset("cambricon-l").design
    # during the write of the table's second copy
    with FlashArray(tmp_path, design, Faults(cut=2)) as flash, pytest.raises(LinkFailed):
        flash.program("model", [])
    with FlashArray(tmp_path, design) as flash:
        flash.program("model", [])
        share = flash.statistics().bad_blocks / flash.geometry.all_blocks
        assert abs(share - design.factory_bad) < 0.002


def test_a_block_that_went_bad_while_it_was_stale_stays_bad(tmp_path: Path) -> None:
    geometry = Geometry.of(DESIGN)
    wear = Wear(tmp_path / "wear", geometry)
    for block in (0, 1, 2, 4, 5):
        wear.erased(block)
    blocks = Blocks(geometry, State(stale={2, 3}), np.array([3]), DESIGN.blocks)
    blocks.erased(2)
    blocks.erased(3)
    chosen = [blocks.choose(0, wear) for _ in range(6)]
    assert sorted(chosen[:5], key=str) == [0, 1, 2, 4, 5]
    assert chosen[5] is None
    wear.close()


def test_a_page_that_reads_back_wrongly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The die says that all went well, and a bit is wrong."""
    real, count = PageStore.write, itertools.count(1)

    def write(self: PageStore, page: int, data: np.ndarray) -> None:
        wrong = data.copy()
        wrong[3] ^= next(count) == 9
        real(self, page, wrong)

    monkeypatch.setattr(PageStore, "write", write)
    with FlashArray(tmp_path, ROOMY) as flash:
        flash.program("model", pages(1, 20, ROOMY))
        holds(flash, "model", 1, 20, ROOMY)
        assert flash.statistics().bad_blocks == 1
