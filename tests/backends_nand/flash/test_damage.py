"""Files of a flash that are not what was written there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgesdk.errors import UsageError, VerificationMismatch
from edgesdk_backends.nand.flash.array import FlashArray
from edgesdk_backends.nand.flash.faults import Faults
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


@pytest.mark.parametrize("wrong", [b"\r", b"\n", b"\0", b"\xff", b" "])
def test_every_damaged_byte_of_a_journal_is_found(tmp_path: Path, wrong: bytes) -> None:
    """All but its very end: there it looks as if the power had gone."""
    flash_with(tmp_path, DESIGN, ("model", 1, 20), ("other", 2, 8))
    path = tmp_path / "journal"
    whole = path.read_bytes()
    with FlashArray(tmp_path, DESIGN) as flash:
        for at in range(0, len(whole) - 1, 7):
            if whole[at : at + 1] != wrong:
                path.write_bytes(whole[:at] + wrong + whole[at + 1 :])
                with pytest.raises(VerificationMismatch):
                    flash.regions()
        for end in range(0, len(whole), 11):
            path.write_bytes(whole[:end])
            assert set(flash.regions()) <= {"model", "other"}


def test_a_journal_that_is_removed_while_the_flash_is_open(tmp_path: Path) -> None:
    with FlashArray(tmp_path, DESIGN) as flash:
        flash.program("model", pages(1, 20))
        (tmp_path / "journal").unlink()
        assert flash.regions() == {}
        flash.program("next", pages(2, 20))
    with FlashArray(tmp_path, DESIGN) as flash:
        assert flash.regions() == {"next": True}
        holds(flash, "next", 2, 20)


@pytest.mark.parametrize("other", [{"blocks": 3, "pages": 2}, {"pages": 1}])
def test_a_record_that_is_gone_and_another_shape(tmp_path: Path, other: dict[str, int]) -> None:
    """What the other files tell of is beyond that device."""
    flash_with(tmp_path, DESIGN, ("model", 1, 20))
    (tmp_path / "device.json").unlink()
    with FlashArray(tmp_path, replace(DESIGN, **other)) as flash:
        with pytest.raises((VerificationMismatch, UsageError)):
            flash.pages("model")
        with suppress(VerificationMismatch):
            assert flash.free_pages().sum() >= 0


@pytest.mark.parametrize(("key", "value"), [("version", True), ("pages", 4.0), ("factory_bad", 0)])
def test_values_of_another_kind_are_another_shape(tmp_path: Path, key: str, value: object) -> None:
    flash_with(tmp_path)
    path = tmp_path / "device.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    with pytest.raises(UsageError) as caught:
        FlashArray(tmp_path, DESIGN)
    assert caught.value.id == "EDGE-02258"


def test_every_damaged_bit_of_a_wear_record_is_found(tmp_path: Path) -> None:
    flash_with(tmp_path, DESIGN, ("model", 1, 20))
    path = tmp_path / "wear"
    whole = path.read_bytes()
    [used, *_] = [at for at in range(0, len(whole), 16) if any(whole[at : at + 16])]
    with FlashArray(tmp_path, DESIGN) as flash:
        for bit in range(128):
            wrong = bytearray(whole)
            wrong[used + bit // 8] ^= 1 << bit % 8
            path.write_bytes(wrong)
            with pytest.raises(VerificationMismatch) as caught:
                flash.statistics()
            assert caught.value.id == "EDGE-0773"
            assert f"block {used // 16} " in caught.value.evidence
        path.write_bytes(whole)
        assert flash.statistics().programmed_pages == 20


def test_damaged_counts_retire_no_block_and_stop_no_reader(tmp_path: Path) -> None:
    flash_with(tmp_path, DESIGN, ("model", 1, 20))
    path = tmp_path / "wear"
    path.write_bytes(np.random.default_rng(1).bytes(path.stat().st_size))
    design = replace(DESIGN, erase_limit=1e5)
    with FlashArray(tmp_path, design) as flash:
        flash.count_reads(flash.pages("model"))
        with pytest.raises(VerificationMismatch) as caught:
            flash.program("next", pages(2, 20))
        assert caught.value.id == "EDGE-0773"
    path.unlink()
    with FlashArray(tmp_path, design) as flash:
        flash.program("next", pages(2, 20))
        holds(flash, "model", 1, 20)
        holds(flash, "next", 2, 20)
        assert flash.statistics().bad_blocks == 0


def test_both_tables_of_bad_blocks_damaged(tmp_path: Path) -> None:
    """They are not taken for none, since blocks that went bad would come back as good ones."""
    with FlashArray(tmp_path, DESIGN, Faults(program=3)) as flash:
        flash.program("model", pages(1, 9))
        assert flash.statistics().bad_blocks == 1
    (tmp_path / "bad-blocks.0").write_bytes(b"garbage")
    with FlashArray(tmp_path, DESIGN) as flash:
        assert flash.statistics().bad_blocks in (0, 1)  # the copy before, or the last one
    (tmp_path / "bad-blocks.1").write_bytes(b"")
    with pytest.raises(VerificationMismatch) as caught:
        FlashArray(tmp_path, DESIGN)
    assert caught.value.id == "EDGE-0774"
