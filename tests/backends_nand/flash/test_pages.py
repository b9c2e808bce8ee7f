"""The file that pages lie in."""

from __future__ import annotations

import errno
import gc
import mmap
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from edgesdk.errors import DeviceUnavailable, DoesNotFit, EdgeError
from edgesdk_backends.nand.design.preset import read_preset
from edgesdk_backends.nand.flash import pages as pages_module
from edgesdk_backends.nand.flash.array import FlashArray
from edgesdk_backends.nand.flash.geometry import Geometry
from edgesdk_backends.nand.flash.pages import PageStore
from tests.backends_nand.flash.flashes import DESIGN, flash_with, holds, pages

GEOMETRY = Geometry.of(DESIGN)


def test_what_was_never_programmed_is_ones_and_takes_no_room(tmp_path: Path) -> None:
    large = read_preset("cambricon-l").design  # 2 TB
    with FlashArray(tmp_path, large) as flash:
        last = flash.geometry.all_pages - 1
        assert (flash.read(np.array([0, last])) == 0xFF).all()
        assert flash.stored.nbytes > 2e12
    assert sum(path.stat().st_blocks for path in tmp_path.rglob("*")) * 512 < 1 << 16


def test_stored_is_the_complement_in_place(tmp_path: Path) -> None:
    store = PageStore(tmp_path / "cells", GEOMETRY)
    content = np.arange(GEOMETRY.stride).astype(np.uint8)
    store.write(7, content)
    assert (store.stored[7] == ~content).all()
    assert (store.read(7) == content).all()
    assert (store.read(np.array([6, 7]))[1] == content).all()
    with pytest.raises(ValueError, match="read-only"):
        store.stored[7, 0] = 1
    assert store.blank(6)
    assert not store.blank(7)
    store.close()
    store.close()


@pytest.mark.parametrize("punches", [True, False])
def test_erased_blocks_give_their_room_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, punches: bool
) -> None:
    if not punches:
        monkeypatch.setattr(pages_module, "_punch", lambda *extent: False)
    geometry = Geometry.of(read_preset("cambricon-s").design)
    store = PageStore(tmp_path / "cells", geometry)
    first = 3 * geometry.pages
    for page in (first - 1, *range(first, first + 20), first + geometry.pages):
        store.write(page, np.zeros(geometry.stride, np.uint8))
    used = (tmp_path / "cells").stat().st_blocks
    store.erase(3)
    assert all(store.blank(page) for page in range(first, first + geometry.pages))
    assert not store.blank(first - 1)
    assert not store.blank(first + geometry.pages)
    if punches and os.uname().sysname == "Linux":
        assert (tmp_path / "cells").stat().st_blocks < used / 4
    store.close()


@pytest.mark.parametrize(
    ("number", "identity", "kind"),
    [
        (errno.ENOSPC, "EDGE-0933", DoesNotFit),
        (errno.EDQUOT, "EDGE-0933", DoesNotFit),
        (errno.EIO, "EDGE-0571", DeviceUnavailable),
        (errno.EROFS, "EDGE-0570", DeviceUnavailable),
    ],
)
def test_a_disk_that_does_not_take_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    identity: str,
    kind: type[EdgeError],
) -> None:
    with FlashArray(tmp_path, DESIGN) as flash:
        flash.program("old", pages(1, 9))
        real, left = os.pwrite, [12]

        def pwrite(handle: int, data: bytes, at: int) -> int:
            left[0] -= 1
            if left[0] < 0:
                raise OSError(number, os.strerror(number))
            return real(handle, data, at)

        with monkeypatch.context() as patched:
            patched.setattr(os, "pwrite", pwrite)
            with pytest.raises(kind) as caught:
                flash.program("new", pages(2, 20))
        assert caught.value.id == identity
        assert os.strerror(number) in caught.value.evidence
    with FlashArray(tmp_path, DESIGN) as flash:
        holds(flash, "old", 1, 9)
        flash.program("new", pages(2, 20))
        holds(flash, "new", 2, 20)


def test_a_size_that_this_system_does_not_allow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit of file size, and that of address space."""

    def too_large(handle: int, size: int) -> None:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))

    def no_room(*args: object, **named: object) -> None:
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))

    for module, name, failing in ((os, "ftruncate", too_large), (mmap, "mmap", no_room)):
        with monkeypatch.context() as patched:
            patched.setattr(module, name, failing)
            with pytest.raises(DeviceUnavailable) as caught:
                FlashArray(tmp_path, DESIGN)
        assert caught.value.id == "EDGE-0573"
        assert "ulimit" in caught.value.next_step
    FlashArray(tmp_path, DESIGN).close()


NAMES = ["device.json", "cells", "wear", "journal", "bad-blocks.0", "regions", "lock"]
KINDS = {
    "folder": Path.mkdir,
    "pipe": os.mkfifo,
    "link": lambda path: path.symlink_to("nowhere/at/all"),
    "file": Path.touch,
}


@pytest.mark.parametrize("kind", ["folder", "pipe", "link"])
@pytest.mark.parametrize("name", [*NAMES, "regions/model.map", "regions/model.lock"])
def test_something_else_in_the_place_of_a_file(tmp_path: Path, name: str, kind: str) -> None:
    flash_with(tmp_path, DESIGN, ("model", 1, 9))
    path = tmp_path / name
    if path.is_dir():
        shutil.rmtree(path)
        kind = "file" if kind == "folder" else kind
    path.unlink(missing_ok=True)
    KINDS[kind](path)
    with pytest.raises(DeviceUnavailable) as caught, FlashArray(tmp_path, DESIGN) as flash:
        flash.program("more", pages(2, 9))
        flash.pages("model")
    assert caught.value.id == "EDGE-0574"
    assert name.partition("/")[0] in caught.value.evidence


def test_a_folder_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DeviceUnavailable) as caught:
        FlashArray(tmp_path / "file" / "flash", DESIGN)
    assert caught.value.id == "EDGE-0574"


def test_a_closed_flash_gives_its_map_back(tmp_path: Path) -> None:
    """At once, also where somebody still refers to it: no matter of collecting garbage."""
    flash_with(tmp_path, DESIGN, ("model", 1, 9))
    gc.disable()
    try:
        flashes = []
        for _ in range(9):
            flash = FlashArray(tmp_path, DESIGN)
            flash.dies.read(0)
            assert len(flash.stored)
            flash.close()
            flash.close()
            flashes.append(flash)
        assert not len(flashes[0].stored)
        files = Path("/proc/self/fd")
        if files.exists():
            names = [str(file.readlink()) for file in files.iterdir() if file.is_symlink()]
            assert not [name for name in names if name.startswith(str(tmp_path))]
    finally:
        gc.enable()
