"""Regions: kept, continued, held, forgotten; and folders that are not what they should be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgesdk.errors import DeviceUnavailable, InternalFault, LinkFailed, UsageError
from edgesdk_backends.nand.flash import journal
from edgesdk_backends.nand.flash.array import FlashArray
from edgesdk_backends.nand.flash.faults import Faults
from edgesdk_backends.nand.flash.locks import ProgrammingLock
from edgesdk_backends.nand.flash.region import Page
from tests.backends_nand.flash.flashes import DESIGN, content, flash_with, holds, pages


def test_a_complete_region_is_not_programmed_again(tmp_path: Path) -> None:
    flash_with(tmp_path, DESIGN, ("model", 1, 20))
    with FlashArray(tmp_path, DESIGN) as flash:
        before = flash.operations
        flash.program("model", pages(9, 20))
        assert flash.operations == before
        holds(flash, "model", 1, 20)
        assert flash.regions() == {"model": True}


def test_what_is_there_stays_when_it_goes_on(tmp_path: Path) -> None:
    with FlashArray(tmp_path, DESIGN, Faults(cut=20)) as flash, pytest.raises(LinkFailed):
        flash.program("model", pages(1, 20))
    with FlashArray(tmp_path, DESIGN) as flash:
        there = flash.statistics().programmed_pages
        assert not flash.complete("model")
        flash.program("model", pages(1, 20))
        holds(flash, "model", 1, 20)
        about = flash.statistics()
        assert there > 5
        assert about.erases == 1  # of the block with the torn page
        assert about.programmed_pages == 20


def test_a_model_that_is_another_than_at_the_try_before(tmp_path: Path) -> None:
    with FlashArray(tmp_path, DESIGN, Faults(cut=20)) as flash, pytest.raises(LinkFailed):
        flash.program("model", pages(1, 20))
    with FlashArray(tmp_path, DESIGN) as flash:
        flash.program("model", pages(2, 16))
        holds(flash, "model", 2, 16)


def test_a_region_that_somebody_reads_is_not_forgotten(tmp_path: Path) -> None:
    flash_with(tmp_path, DESIGN, ("model", 1, 20))
    with FlashArray(tmp_path, DESIGN) as reader:
        holds(reader, "model", 1, 20)
        with FlashArray(tmp_path, DESIGN) as other:
            assert not other.forget("model")
            other.program("next", pages(2, 20))
            holds(reader, "model", 1, 20)
            assert reader.complete("next")  # what another process did is known
            reader.close()
            assert other.forget("model")
            assert other.regions() == {"next": True}
            assert other.forget("never-there")


def test_a_region_that_is_not_there(tmp_path: Path) -> None:
    with FlashArray(tmp_path, DESIGN) as flash:
        flash.program("other", pages(1, 3))
        assert not flash.complete("model")
        with pytest.raises(UsageError) as caught:
            flash.pages("model")
        assert caught.value.id == "EDGE-02257"
        assert "other" in caught.value.evidence


def test_one_process_programs(tmp_path: Path) -> None:
    flash_with(tmp_path, DESIGN, ("model", 1, 20))
    lock = ProgrammingLock(tmp_path / "lock")
    with lock, FlashArray(tmp_path, DESIGN) as flash:
        holds(flash, "model", 1, 20)  # reading goes on
        for change in (lambda: flash.program("new", pages(2, 3)), lambda: flash.forget("model")):
            with pytest.raises(DeviceUnavailable) as caught:
                change()
            assert caught.value.id == "EDGE-0572"
            assert str(os.getpid()) in caught.value.what


@pytest.mark.parametrize(
    "wrong",
    [
        [Page(1, 0, 0, *content(1, 1))],
        [Page(0, 0, 0, *content(1, 1))] * 2,
        [Page(0, 0, 0, np.zeros(255, np.uint8), np.zeros(0, np.uint8))],
        [Page(0, 0, 0, np.zeros(256, np.uint8), np.zeros(33, np.uint8))],
    ],
)
def test_pages_that_are_not_as_agreed(tmp_path: Path, wrong: list[Page]) -> None:
    with FlashArray(tmp_path, DESIGN) as flash:
        with pytest.raises(InternalFault) as caught:
            flash.program("model", wrong)
        assert caught.value.id == "EDGE-0171"
        assert not flash.complete("model")


@pytest.mark.parametrize("name", ["", "../up", "a/b", "A", "x" * 65, "-x"])
def test_names_that_are_none(tmp_path: Path, name: str) -> None:
    with FlashArray(tmp_path, DESIGN) as flash, pytest.raises(InternalFault) as caught:
        flash.program(name, pages(1, 1))
    assert caught.value.id == "EDGE-0171"
    assert not list(tmp_path.rglob("*.map"))


@pytest.mark.parametrize("key", ["channels", "dies", "blocks", "pages", "page_bytes", "chips"])
def test_a_device_of_another_shape(tmp_path: Path, key: str) -> None:
    flash_with(tmp_path, DESIGN, ("model", 1, 20))
    with pytest.raises(UsageError) as caught:
        FlashArray(tmp_path, replace(DESIGN, **{key: 2 * getattr(DESIGN, key)}))
    assert caught.value.id == "EDGE-02258"
    assert f"{key}: it has {getattr(DESIGN, key)}, not" in caught.value.evidence
    with FlashArray(tmp_path, replace(DESIGN, read_us=99.0)) as flash:  # no matter of shape
        holds(flash, "model", 1, 20)


def test_a_long_journal_is_rewritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_REWRITE", 5000)
    with FlashArray(tmp_path, DESIGN) as flash:
        flash.program("kept", pages(1, 20))
        sizes = []
        for number in range(8):
            flash.program("model", pages(number, 40))
            assert flash.forget("model")
            sizes.append((tmp_path / "journal").stat().st_size)
        assert max(sizes) > 4000
        assert min(sizes[3:]) < 1000
        holds(flash, "kept", 1, 20)
        assert flash.regions() == {"kept": True}


def test_time_of_programming(tmp_path: Path) -> None:
    """Dies work at the same time; a page is programmed and read back."""
    with FlashArray(tmp_path, DESIGN) as flash:
        flash.program("model", pages(1, 20))
        page_us = DESIGN.program_us + DESIGN.read_us
        assert flash.statistics().nanoseconds == pytest.approx(10 * page_us * 1e3)


def test_reads_and_erases_are_counted(tmp_path: Path) -> None:
    flash_with(tmp_path, DESIGN, ("model", 1, 20))
    with FlashArray(tmp_path, DESIGN) as flash:
        physical = flash.pages("model")
        before = flash.statistics()
        for _ in range(1000):
            flash.count_reads(physical)
        with FlashArray(tmp_path, DESIGN) as other:  # written down, and not at the end only
            assert other.statistics().reads == before.reads + 20_000
        assert (flash.erases(physical) == 0).all()
    with FlashArray(tmp_path, DESIGN) as flash:
        about = flash.statistics()
        assert about.reads == before.reads + 20_000
        assert about.max_reads >= 4000
        assert flash.forget("model")
        assert flash.statistics().reads == 0
        assert (flash.erases(physical) == 1).all()


KILLED = """
import os, signal, sys
from pathlib import Path
from edgesdk_backends.nand.flash import faults
from tests.backends_nand.flash.flashes import DESIGN, pages
from edgesdk_backends.nand.flash import journal
from edgesdk_backends.nand.flash.array import FlashArray
with FlashArray(Path(sys.argv[1]), DESIGN) as flash:
    left = int(sys.argv[2])
    real = os.pwrite
    def pwrite(handle, data, at):
        global left
        left -= 1
        if left == 0:
            real(handle, data if len(data) <= 16 else data[:len(data) // 2], at)
            os.kill(os.getpid(), signal.SIGKILL)
        return real(handle, data, at)
    os.pwrite = pwrite
    flash.program("new", pages(2, 20))
"""


@pytest.mark.parametrize("writes", [2, 11, 24])
def test_a_killed_process_is_a_cut(tmp_path: Path, writes: int) -> None:
    """Half a write to any of its files is the last thing it does, or a whole one of 16 bytes: no
    kill divides that."""
    flash_with(tmp_path, DESIGN, ("old", 1, 11))
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(writes)]
    done = subprocess.run(command, check=False, cwd=Path(__file__).parents[3])
    assert done.returncode == -9
    with FlashArray(tmp_path, DESIGN) as flash:
        holds(flash, "old", 1, 11)
        assert not flash.complete("new")
        flash.program("new", pages(2, 20))
        holds(flash, "new", 2, 20)
        holds(flash, "old", 1, 11)


def test_the_record_is_what_it_was_made_as(tmp_path: Path) -> None:
    flash_with(tmp_path)
    record = json.loads((tmp_path / "device.json").read_text())
    assert record["pages"] == DESIGN.pages
    assert record["version"] == 1
