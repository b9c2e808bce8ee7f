"""Processes that have one flash at the same time: who makes it, who reads it, who counts."""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from edgesdk_backends.nand.flash import device_record
from edgesdk_backends.nand.flash.array import FlashArray
from edgesdk_backends.nand.flash.faults import Faults
from edgesdk_backends.nand.flash.geometry import Geometry
from edgesdk_backends.nand.flash.wear import Wear
from tests.backends_nand.flash.flashes import DESIGN, flash_with, pages


def test_two_that_make_a_device_at_once_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each sees that there is none; the faster one's seed is the device's."""
    design, create_once = replace(DESIGN, blocks=64, factory_bad=0.3), device_record.create_once
    counts = []

    def later(path: Path, data: bytes) -> None:
        monkeypatch.setattr(device_record, "create_once", create_once)
        with FlashArray(tmp_path, design, Faults(seed=5)) as faster:
            counts.append(faster.statistics().bad_blocks)
            create_once(path, data)

    monkeypatch.setattr(device_record, "create_once", later)
    with FlashArray(tmp_path, design, Faults(seed=9)) as slower:
        counts.append(slower.statistics().bad_blocks)
    assert counts[0] == counts[1]
    assert [path.name for path in tmp_path.glob("device*")] == ["device.json"]
    with FlashArray(tmp_path / "other", design, Faults(seed=9)) as other:
        assert other.statistics().bad_blocks != counts[0]


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(old: str, new: Path) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", link)
    flash_with(tmp_path, DESIGN, ("model", 1, 9))
    assert [path.name for path in tmp_path.glob("device*")] == ["device.json"]


def test_many_that_make_devices_at_once(tmp_path: Path) -> None:
    folders = [tmp_path / str(number // 8) for number in range(80)]
    with ThreadPoolExecutor(8) as threads:
        for flash in threads.map(lambda folder: FlashArray(folder, DESIGN), folders):
            flash.close()


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"x")])
def test_a_region_is_held_whatever_becomes_of_its_map(tmp_path: Path, damage: object) -> None:
    flash_with(tmp_path, DESIGN, ("model", 1, 20))
    with FlashArray(tmp_path, DESIGN) as reader, FlashArray(tmp_path, DESIGN) as other:
        physical = reader.pages("model")
        before = reader.read(physical)
        damage(tmp_path / "regions" / "model.map")
        assert not other.forget("model")
        other.program("model", pages(1, 20))
        assert not other.forget("model")
        assert other.held() == ["model"]
        assert (reader.read(physical) == before).all()
        reader.close()
        assert other.held() == []
        assert other.forget("model")
    assert not list((tmp_path / "regions").iterdir())


def test_who_forgets_lets_go_itself(tmp_path: Path) -> None:
    with FlashArray(tmp_path, DESIGN) as flash:
        flash.hold("model")
        flash.program("model", pages(1, 20))
        with FlashArray(tmp_path, DESIGN) as other:
            assert not other.forget("model")
        assert flash.forget("model")
        assert flash.regions() == {}


def test_reads_are_written_before_the_region_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flash_with(tmp_path, DESIGN, ("model", 1, 20))
    reader = FlashArray(tmp_path, DESIGN)
    reader.count_reads(reader.pages("model"))
    flush, forgotten = Wear.flush, []

    def meanwhile(self: Wear) -> None:
        monkeypatch.setattr(Wear, "flush", flush)
        with FlashArray(tmp_path, DESIGN) as other:
            forgotten.append(other.forget("model"))
        flush(self)

    monkeypatch.setattr(Wear, "flush", meanwhile)
    reader.close()
    assert forgotten == [False]


def test_two_that_count_at_once_lose_nothing(tmp_path: Path) -> None:
    path, geometry = tmp_path / "wear", Geometry.of(DESIGN)
    reader, writer = Wear(path, geometry), Wear(path, geometry)

    def read() -> None:
        for _ in range(3000):
            reader.count_read(0)
            reader.flush()

    def program() -> None:
        for number in range(3000):
            writer.programmed(0, number % 5)
        writer.programmed(0, 4)

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(read), threads.submit(program)]:
            done.result()
    [record] = reader.records(0, 1).tolist()
    assert (record[1], record[3]) == (4, 3000)
    reader.close()
    writer.close()
