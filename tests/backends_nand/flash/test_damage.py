"""Files of a flash that are not what was written there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edgesdk.errors import UsageError, VerificationMismatch
from edgesdk_backends.nand.flash.array import FlashArray
from tests.backends_nand.flash.flashes import DESIGN, flash_with, holds, pages


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"seed": "1"}', b"9" * 9999, b"[" * 5000])
def test_a_record_that_cannot_be_read(tmp_path: Path, text: bytes) -> None:
    flash_with(tmp_path)
    (tmp_path / "device.json").write_bytes(text)
    with pytest.raises(VerificationMismatch) as caught:
        FlashArray(tmp_path, DESIGN)
    assert caught.value.id == "EDGE-0771"


def test_a_damaged_map_is_made_anew(tmp_path: Path) -> None:
    flash_with(tmp_path, DESIGN, ("model", 1, 20))
    path = tmp_path / "regions" / "model.map"
    path.write_bytes(path.read_bytes()[:-8])
    with FlashArray(tmp_path, DESIGN) as flash:
        assert not flash.complete("model")
        with pytest.raises(VerificationMismatch) as caught:
            flash.pages("model")
        assert caught.value.id == "EDGE-0772"
        before = flash.statistics().programmed_pages
        flash.program("model", pages(1, 20))
        assert flash.statistics().programmed_pages == before
        holds(flash, "model", 1, 20)


def test_damaged_pages_are_found(tmp_path: Path) -> None:
    flash_with(tmp_path, DESIGN, ("model", 1, 20))
    with FlashArray(tmp_path, DESIGN) as flash:
        page = int(flash.pages("model")[4])
        stored = bytearray((tmp_path / "cells").read_bytes())
        stored[page * flash.geometry.stride + 100] ^= 1
        (tmp_path / "cells").write_bytes(stored)
    with FlashArray(tmp_path, DESIGN) as flash:
        assert flash.damaged("model") == 1
        assert flash.forget("model")
        with pytest.raises(UsageError):
            flash.damaged("model")


def _journals() -> Iterator[bytes]:
    whole = b'00000000 {"do":"begin","region":"x"}\n'
    yield whole + whole
    yield b"\n\n"
    yield b"garbage\n" * 3


@pytest.mark.parametrize("text", list(_journals()))
def test_a_damaged_journal(tmp_path: Path, text: bytes) -> None:
    flash_with(tmp_path, DESIGN, ("model", 1, 20))
    path = tmp_path / "journal"
    path.write_bytes(path.read_bytes() + text)
    with FlashArray(tmp_path, DESIGN) as flash, pytest.raises(VerificationMismatch) as caught:
        flash.regions()
    assert caught.value.id == "EDGE-0770"
    assert "line" in caught.value.evidence


def test_every_damaged_byte_of_a_journal_is_found(tmp_path: Path) -> None:
    """All but its very end: there it looks as if the power had gone."""
    flash_with(tmp_path, DESIGN, ("model", 1, 20), ("other", 2, 8))
    path = tmp_path / "journal"
    whole = path.read_bytes()
    with FlashArray(tmp_path, DESIGN) as flash:
        for at in range(0, len(whole) - 1, 7):
            path.write_bytes(whole[:at] + bytes((whole[at] ^ 1,)) + whole[at + 1 :])
            with pytest.raises(VerificationMismatch):
                flash.regions()
        for end in range(0, len(whole), 11):
            path.write_bytes(whole[:end])
            assert set(flash.regions()) <= {"model", "other"}
