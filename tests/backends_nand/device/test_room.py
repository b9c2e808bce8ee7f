"""Whose pages a flash keeps, and what makes room when somebody needs it."""

from __future__ import annotations

import errno
import gc
import os
from pathlib import Path

import pytest

import edgesdk
from edgesdk.bundle import Bundle
from edgesdk.errors import DoesNotFit
from edgesdk_backends.nand.flash.array import FlashArray
from edgesdk_backends.nand.flash.geometry import Numbers
from tests.backends_nand.device.deployed import ADDRESS, PROMPT, answer, deploy

FLASH = f"{ADDRESS}&channels=1&chips=1&dies=1&pages=1&spare_blocks=0&factory_bad=0"
SMALL, LARGE = f"{FLASH}&blocks=7", f"{FLASH}&blocks=14"  # 14 and 28 pages; a model has 9


def _regions(address: str) -> tuple[int, int]:
    """How many there are, and how many pages a model more may take."""
    with edgesdk.connect(address) as device, device._place._array() as flash:
        return len(flash.regions()), int(device._place.free_pages().sum())


def test_other_corrections_of_a_model_make_room(old: Bundle, new: Bundle) -> None:
    """The bundle's own region stays, whatever is tried beside it."""
    deploy(old, LARGE)
    assert _regions(LARGE) == (1, 19)
    for options in ("correction=none", "rber=0&correction=words", "npu_mhz=400", "npu_mhz=300"):
        assert len(answer(f"{LARGE}&{options}")) == 16
        regions, free = _regions(LARGE)
        assert (regions <= 3, free) == (True, 19)
    with edgesdk.connect(LARGE) as device:
        before = device._place.statistics()
        device.open("m").close()
        assert device._place.statistics().erases == before.erases
        assert device._place.statistics().programmed_pages == before.programmed_pages
    deploy(new, LARGE)
    assert _regions(LARGE)[1] == 10


def test_a_region_that_does_not_fit_leaves_nothing(old: Bundle) -> None:
    deploy(old, SMALL)
    wanted = answer(SMALL)
    with pytest.raises(DoesNotFit) as caught:
        answer(f"{SMALL}&correction=none")
    assert caught.value.id == "EDGE-0934"
    assert _regions(SMALL) == (1, 5)
    assert answer(SMALL) == wanted


def test_pages_that_a_session_reads_are_not_free(old: Bundle, new: Bundle) -> None:
    address = f"{FLASH}&blocks=11"  # 22 pages
    deploy(old, address)
    with edgesdk.connect(address) as device:
        with edgesdk.connect(f"{address}&correction=none") as other, other.open("m"):
            rows = {row.resource: row for row in device.check(new.signed).rows}
            assert rows["flash pages"].available == "4"
            assert "0.000162 GB of the host's disk" in rows["flash pages"].note
            assert "open session" in rows["pages of the fullest die"].note
            with pytest.raises(DoesNotFit) as caught:
                device.open_bundle(new)
            assert caught.value.id == "EDGE-0936"
            assert "9 pages, 4 are free" in caught.value.evidence
        rows = {row.resource: row for row in device.check(new.signed).rows}
        assert rows["flash pages"].available == "13"
        device.open_bundle(new).close()


def test_a_full_disk_leaves_nothing_behind(
    old: Bundle, new: Bundle, user_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(old)
    wanted, free = answer(), _regions(ADDRESS)
    cells = user_folder / "state" / "nand" / "cambricon-s" / "flash" / "cells"
    room = cells.stat().st_blocks
    real, left = os.pwrite, iter(range(4))

    def full(handle: int, data: bytes, at: int) -> int:
        if len(data) > 16000 and next(left, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(handle, data, at)

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full)
        with pytest.raises(DoesNotFit) as caught:
            deploy(new)
    assert caught.value.id == "EDGE-0933"
    assert _regions(ADDRESS) == free
    assert cells.stat().st_blocks <= room
    assert answer() == wanted
    deploy(new)
    assert answer() != wanted


def test_a_closed_session_maps_nothing(old: Bundle, user_folder: Path) -> None:
    """At once, also where somebody still refers to it."""
    deploy(old)
    flash, files = user_folder / "state/nand/cambricon-s/flash", Path("/proc/self/fd")
    if not files.exists():
        pytest.skip("this system does not tell of open files")
    gc.disable()
    try:
        sessions = []
        with edgesdk.connect(ADDRESS) as device:
            for _ in range(3):
                session = device.open("m")
                session.rewind(0)
                session.close()
                sessions.append(session)
            names = [str(file.readlink()) for file in files.iterdir() if file.is_symlink()]
        assert not [name for name in names if name.startswith(str(flash))]
    finally:
        gc.enable()


def test_nobody_forgets_what_is_about_to_be_read(
    old: Bundle, new: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two bundles that are not installed, opened at once, where there is room for one."""
    pages = FlashArray.pages

    def later(self: FlashArray, region: str) -> Numbers:
        monkeypatch.setattr(FlashArray, "pages", pages)
        with edgesdk.connect(SMALL) as second, pytest.raises(DoesNotFit) as caught:
            second.open_bundle(new)
        assert caught.value.id == "EDGE-0936"
        return pages(self, region)

    monkeypatch.setattr(FlashArray, "pages", later)
    with edgesdk.connect(SMALL) as first, first.open_bundle(old) as session:
        assert len(session.run({"tokens": PROMPT})["continuation"]) == 16
