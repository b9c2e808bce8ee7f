"""Who may be told what, and when: rows of nobody, busy planes, features byte by byte, inputs."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgesdk.errors import InternalFault
from edgesdk_backends.nand.flash.cells import Cells, Refusal
from edgesdk_backends.nand.flash.chance import chances
from edgesdk_backends.nand.flash.core import INT8, Request, inputs_told
from edgesdk_backends.nand.flash.die import Die
from edgesdk_backends.nand.flash.faults import Faults, Power
from edgesdk_backends.nand.flash.geometry import Geometry
from edgesdk_backends.nand.flash.parameter_page import most_bad
from tests.backends_nand.flash.bus import (
    FAIL,
    STRIDE,
    TWO_DIES,
    program,
    read,
    refusal,
    row,
    send,
    status,
)

INPUTS = 64
ROWS = TWO_DIES.page_bytes // INPUTS


@pytest.mark.parametrize("wrong", [row(6), row(3, die=0)])
def test_a_row_of_nobody_stops_all_that_start_together(die: Die, wrong: bytes) -> None:
    assert not program(die, 3, 0, b"kept", plane=1) & FAIL
    send(die, 0x60, wrong, b"", 0xD1)
    assert send(die, 0x60, row(3, plane=1), b"", 0xD0) & FAIL
    assert refusal(die) == Refusal.ADDRESS
    assert read(die, 3, 0, 4, plane=1) == b"kept"
    send(die, 0x80, b"\0\0" + wrong, b"lost", 0x11)
    assert send(die, 0x80, b"\0\0" + row(4, plane=1), b"lost", 0x10) & FAIL
    assert read(die, 4, 0, plane=1) == b"\xff" * STRIDE


def test_a_feature_is_four_cycles(die: Die) -> None:
    die.command(0xEF)
    die.address(b"\x81")
    for value in (4, 0, 0):
        die.write(bytes((value,)))
    assert die.core is not None
    assert die.core.result_bytes == 2  # until the fourth
    die.write(b"\0")
    assert die.core.result_bytes == 4
    with pytest.raises(InternalFault):
        die.write(b"\0")


@pytest.mark.parametrize("code", [0x90, 0xEC, 0xEE, 0xEF])
def test_commands_of_the_die_want_all_its_planes(die: Die, code: int) -> None:
    die.command(0x60)
    die.address(row(0))
    die.command(0xD0)
    with pytest.raises(InternalFault, match="docs/nand-commands"):
        die.command(code)
    assert status(die) == 0x80
    die.advance(die.busy_for())
    die.command(code)


def test_a_busy_plane_is_not_remembered(die: Die) -> None:
    die.command(0x60)
    die.address(row(0))
    die.command(0xD0)
    die.command(0x60)
    die.address(row(1))
    with pytest.raises(InternalFault):
        die.command(0xD1)
    die.command(0x60)
    die.address(row(1, plane=1))
    die.command(0xD1)  # the other plane is free


def _load(die: Die, told: bytes, count: int = INPUTS) -> int:
    status_ = send(die, 0x40, told, bytes(range(1, count + 1)), 0x41)
    return refusal(die) if status_ & FAIL else 0


def test_inputs_that_are_refused_are_gone(die: Die) -> None:
    request = Request(ROWS, INT8, 0, False).pack() + row(0)
    assert _load(die, inputs_told(INPUTS, 1)) == 0
    assert not send(die, 0x44, request, b"", 0x45) & FAIL
    assert _load(die, inputs_told(INPUTS - 1, 1)) == Refusal.INPUT
    assert send(die, 0x44, request, b"", 0x45) & FAIL
    assert refusal(die) == Refusal.INPUT


def test_bits_without_a_meaning_are_refused(die: Die) -> None:
    assert _load(die, inputs_told(INPUTS, 1)[:4] + b"\x01") == Refusal.FORMAT
    assert _load(die, inputs_told(INPUTS, 1)) == 0
    request = bytearray(Request(ROWS, INT8, 0, False).pack() + row(0))
    request[1] |= 0x10
    assert send(die, 0x44, bytes(request), b"", 0x45) & FAIL
    assert refusal(die) == Refusal.FORMAT


def test_addresses_are_told_once(die: Die) -> None:
    die.command(0x78)
    with pytest.raises(InternalFault):
        die.read(1)
    die.address(row(0))
    assert die.read(1)[0] == 0xE0
    with pytest.raises(InternalFault):
        die.address(row(1))
    die.command(0xFF)
    die.advance(die.busy_for())
    with pytest.raises(InternalFault) as caught:
        die.command(0x30)
    assert "30h after no command" in str(caught.value.evidence)


def test_a_die_goes_without_being_collected(tmp_path: Path) -> None:
    cells = Cells(tmp_path, Geometry.of(TWO_DIES), Power(Faults()))
    die = Die(TWO_DIES, cells, 1)
    there = weakref.ref(die)
    gc.disable()
    try:
        del die
        assert there() is None
    finally:
        gc.enable()
    cells.close()


@pytest.mark.parametrize(("blocks", "share"), [(1024, 0.01), (64, 0.002), (4096, 0.001)])
def test_hardly_any_die_has_more_bad_blocks_than_it_says(blocks: int, share: float) -> None:
    dies = 4000
    drawn = chances(7, np.arange(blocks * dies, dtype=np.int64), 1) < share
    found = drawn.reshape(dies, blocks).sum(axis=1)
    assert found.mean() < found.max() <= most_bad(blocks, share) < blocks


def test_the_page_says_what_the_die_can(tmp_path: Path) -> None:
    for dies, features in ((2, 0x6A), (1, 0x68)):  # planes, NV-DDR, reads of planes; dies
        design, folder = replace(TWO_DIES, dies=dies), tmp_path / str(dies)
        folder.mkdir()
        cells = Cells(folder, Geometry.of(design), Power(Faults()))
        die = Die(design, cells, 0)
        die.command(0xEC)
        die.address(b"\0")
        assert die.read(8)[6:].tolist() == [features, 0]
        cells.close()
