"""The power goes at every operation of every change: what was there stays, and it goes on."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from edgesdk.errors import LinkFailed
from edgesdk_backends.nand.flash import journal
from edgesdk_backends.nand.flash.array import FlashArray
from edgesdk_backends.nand.flash.bad_blocks import BadBlocks
from edgesdk_backends.nand.flash.faults import TEARS, Faults, Power
from edgesdk_backends.nand.flash.geometry import Geometry
from tests.backends_nand.flash.flashes import DESIGN, flash_with, holds, pages

OLD, NEW = 11, 21  # pages of the model that is there, and of the one that comes


def _program(flash: FlashArray) -> None:
    flash.program("new", pages(2, NEW))


def _forget(flash: FlashArray) -> None:
    assert flash.forget("gone")


CHANGES = {
    "program": (_program, Faults()),
    "forget": (_forget, Faults()),
    "program and retire": (_program, Faults(program=3)),
    "erase and retire": (_forget, Faults(erase=2)),
}


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    folder = tmp_path / "prepared"
    flash_with(folder, DESIGN, ("old", 1, OLD), ("gone", 3, 9))
    return folder


def _operations(folder: Path, change: str) -> int:
    """How many operations it takes when nothing is cut."""
    work, faults = CHANGES[change]
    with FlashArray(folder, DESIGN, faults) as flash:
        work(flash)
        return flash.operations


@pytest.mark.parametrize(
    ("change", "tear"),
    [("program", tear) for tear in TEARS] + [(change, "random") for change in list(CHANGES)[1:]],
)
def test_a_cut_at_every_operation(prepared: Path, tmp_path: Path, change: str, tear: str) -> None:
    faults = CHANGES[change][1]
    whole = tmp_path / "whole"
    shutil.copytree(prepared, whole)
    last = _operations(whole, change)
    assert last > 5
    for cut in range(1, last + 1):
        folder = tmp_path / f"cut-{cut}"
        shutil.copytree(prepared, folder)
        _cut(folder, change, Faults(cut, tear, faults.program, faults.erase, seed=cut))
        _goes_on(folder, change)
        shutil.rmtree(folder)


def _cut(folder: Path, change: str, faults: Faults) -> None:
    with FlashArray(folder, DESIGN, faults) as flash:
        with pytest.raises(LinkFailed) as caught:
            CHANGES[change][0](flash)
        assert caught.value.id == "EDGE-0640"
        with pytest.raises(LinkFailed):  # nothing works until it is opened again
            flash.program("other", pages(5, 3))


def _goes_on(folder: Path, change: str) -> None:
    with FlashArray(folder, DESIGN) as flash:
        holds(flash, "old", 1, OLD)
        if change.startswith("program"):
            holds(flash, "gone", 3, 9)
            flash.program("new", pages(2, NEW))
            holds(flash, "new", 2, NEW)
        else:
            assert flash.forget("gone")
        holds(flash, "old", 1, OLD)
        room = DESIGN.channels * int(flash.free_pages().min())
        assert room >= 8
        flash.program("more", pages(4, room))
        holds(flash, "more", 4, room)
    _nothing_twice(folder)
    assert not list(folder.glob("regions/gone*")) or change.startswith("program")


def _nothing_twice(folder: Path) -> None:
    """Each block is of one region, or stale, or bad."""
    power = Power(Faults())
    count = Geometry.of(DESIGN).all_blocks
    state = journal.Journal(folder / "journal", power, count).state
    blocks = [block for region in state.regions.values() for block in region.blocks]
    every = [*blocks, *state.stale, *BadBlocks(folder, power, count).blocks.tolist()]
    assert len(set(every)) == len(every)


def test_a_cut_while_the_journal_is_rewritten(
    prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "_REWRITE", 0)
    lines = (prepared / "journal").read_bytes()
    with FlashArray(prepared, DESIGN) as flash:
        while (prepared / "journal").stat().st_size < 4 * len(lines):
            flash.program("other", pages(6, 8))
            monkeypatch.setattr(journal, "_REWRITE", 1 << 20)
            assert flash.forget("other")
    monkeypatch.setattr(journal, "_REWRITE", 0)
    whole = tmp_path / "whole"
    shutil.copytree(prepared, whole)
    last = _operations(whole, "forget")
    assert (whole / "journal").stat().st_size < len(lines)
    for cut in range(last - 2, last + 1):
        folder = tmp_path / f"cut-{cut}"
        shutil.copytree(prepared, folder)
        _cut(folder, "forget", Faults(cut, "half"))
        _goes_on(folder, "forget")


@pytest.mark.parametrize("tear", TEARS)
def test_a_cut_of_what_goes_on(prepared: Path, tmp_path: Path, tear: str) -> None:
    """The power goes while programming, and again at every operation of the next try."""
    for cut in range(5, 40, 9):
        folder = tmp_path / f"cut-{cut}"
        shutil.copytree(prepared, folder)
        for again in range(1, 60):
            with FlashArray(folder, DESIGN, Faults(cut if again == 1 else again, tear)) as flash:
                try:
                    _program(flash)
                    break
                except LinkFailed:
                    continue
        _goes_on(folder, "program")
        assert again < 59


def test_a_cut_of_forgetting_leaves_no_map_without_a_region(prepared: Path) -> None:
    """And all pages: the region is complete again without a program."""
    with FlashArray(prepared, DESIGN, Faults(cut=1)) as flash, pytest.raises(LinkFailed):
        flash.forget("gone")
    assert not list(prepared.glob("regions/gone.map*"))
    with FlashArray(prepared, DESIGN) as flash:
        assert flash.regions() == {"old": True, "gone": False}
        before = flash.statistics()
        flash.program("gone", pages(3, 9))
        assert flash.statistics().programmed_pages == before.programmed_pages
        assert flash.statistics().erases == before.erases
        holds(flash, "gone", 3, 9)


def test_a_cut_during_what_fails_is_a_cut(prepared: Path) -> None:
    """An erase that the cells refuse, and a program that the die refuses."""
    with FlashArray(prepared, DESIGN, Faults(cut=1, erase=1)) as flash, pytest.raises(LinkFailed):
        flash.dies.erase(5)
    with FlashArray(prepared, DESIGN, Faults(cut=1)) as flash, pytest.raises(LinkFailed):
        page = int(flash.pages("old")[0])
        flash.dies.program(page, np.zeros(flash.geometry.stride, np.uint8))


def test_what_counts_is_on_the_disk(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table of bad blocks that changed, the map, the journal's last line, and their names."""
    synced = set()
    monkeypatch.setattr(os, "fsync", lambda handle: synced.add(os.fstat(handle).st_ino))
    with FlashArray(prepared, DESIGN, Faults(program=3)) as flash:
        flash.program("new", pages(2, NEW))
    names = ("journal", "cells", "bad-blocks.1", "regions/new.map", "regions")
    assert {(prepared / name).stat().st_ino for name in names} <= synced
