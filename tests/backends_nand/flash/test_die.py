"""A die spoken to cycle by cycle, as ``docs/nand-commands.md`` has it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgesdk.errors import InternalFault
from edgesdk_backends.nand.flash.cells import Cells, Refusal
from edgesdk_backends.nand.flash.die import Die
from edgesdk_backends.nand.flash.faults import Faults, Power
from edgesdk_backends.nand.flash.geometry import Geometry
from tests.backends_nand.flash.bus import (
    ARRAY_READY,
    FAIL,
    READY,
    STRIDE,
    TWO_DIES,
    program,
    read,
    refusal,
    row,
    send,
    status,
)


def test_program_and_read(die: Die) -> None:
    data = bytes(range(256)) + bytes(64)
    assert program(die, 2, 0, data) == 0xE0
    assert read(die, 2, 0) == data
    assert read(die, 2, 1) == b"\xff" * STRIDE
    assert read(die, 2, 0, plane=1) == b"\xff" * STRIDE


def test_change_write_column(die: Die) -> None:
    die.command(0x80)
    die.address(b"\0\0" + row(0))
    die.write(b"\x01\x02")
    die.command(0x85)
    die.address((256).to_bytes(2, "little"))
    die.write(b"\x03")
    die.command(0x10)
    die.advance(die.busy_for())
    content = read(die, 0, 0)
    assert content[:3] == b"\x01\x02\xff"
    assert content[256:258] == b"\x03\xff"


def test_slices_are_the_page(die: Die) -> None:
    data = np.random.default_rng(0).integers(0, 256, STRIDE, np.uint8)
    program(die, 1, 0, data.tobytes())
    whole = read(die, 1, 0)
    parts = []
    for start in range(0, STRIDE, 80):
        die.command(0x05)
        die.address(start.to_bytes(2, "little"))
        die.command(0xE0)
        parts.append(die.read(80).tobytes())
    assert b"".join(parts) == whole == data.tobytes()


def test_programming_keeps_the_rules(die: Die) -> None:
    assert program(die, 0, 1, b"\0") & FAIL
    assert refusal(die) == Refusal.ORDER
    assert not program(die, 0, 0, b"\x0f") & FAIL
    assert program(die, 0, 0, b"\x00") & FAIL
    assert refusal(die) == Refusal.NOT_ERASED
    assert read(die, 0, 0, 1) == b"\x0f"
    assert not program(die, 0, 1, b"\0") & FAIL
    assert not send(die, 0x60, row(0), b"", 0xD0) & FAIL
    assert read(die, 0, 0) == b"\xff" * STRIDE
    assert not program(die, 0, 0, b"\xf0") & FAIL
    assert read(die, 0, 0, 1) == b"\xf0"


@pytest.mark.parametrize("wrong", [row(6), row(0, die=0), b"\xff\xff\xff"])
def test_rows_of_somebody_else_are_refused(die: Die, wrong: bytes) -> None:
    for first, second, address in (
        (0x80, 0x10, b"\0\0" + wrong),
        (0x60, 0xD0, wrong),
        (0x00, 0x30, b"\0\0" + wrong),
    ):
        assert send(die, first, address, b"", second) & FAIL
        assert refusal(die) == Refusal.ADDRESS
    assert not send(die, 0x60, row(0), b"", 0xD0) & FAIL


def test_both_planes_at_once(die: Die) -> None:
    assert not send(die, 0x80, b"\0\0" + row(3), b"left", 0x11) & FAIL
    assert not send(die, 0x80, b"\0\0" + row(3, plane=1), b"right", 0x10) & FAIL
    assert not send(die, 0x00, b"\0\0" + row(3), b"", 0x32) & FAIL
    before = die.now
    assert not send(die, 0x00, b"\0\0" + row(3, plane=1), b"", 0x30) & FAIL
    assert die.now - before == TWO_DIES.read_us * 1000  # one array time for both
    for plane, data in ((0, b"left"), (1, b"right")):
        die.command(0x06)
        die.address(b"\0\0" + row(3, plane=plane))
        die.command(0xE0)
        assert die.read(len(data)).tobytes() == data
    send(die, 0x60, row(3), b"", 0xD1)
    assert not send(die, 0x60, row(3, plane=1), b"", 0xD0) & FAIL
    assert read(die, 3, 0) == read(die, 3, 0, plane=1) == b"\xff" * STRIDE


def test_one_plane_twice_is_refused(die: Die) -> None:
    send(die, 0x00, b"\0\0" + row(3), b"", 0x32)
    assert send(die, 0x00, b"\0\0" + row(4), b"", 0x30) & FAIL
    assert refusal(die) == Refusal.ADDRESS


def test_what_was_remembered_is_of_the_same_command(die: Die) -> None:
    send(die, 0x60, row(3), b"", 0xD1)
    assert send(die, 0x00, b"\0\0" + row(3, plane=1), b"", 0x30) & FAIL
    assert refusal(die) == Refusal.ADDRESS
    assert not send(die, 0x00, b"\0\0" + row(3, plane=1), b"", 0x30) & FAIL


def test_busy_times_and_status(die: Die) -> None:
    for first, second, address, microseconds in (
        (0x80, 0x10, b"\0\0" + row(0), TWO_DIES.program_us),
        (0x00, 0x30, b"\0\0" + row(0), TWO_DIES.read_us),
        (0x60, 0xD0, row(0), TWO_DIES.erase_us),
    ):
        die.command(first)
        die.address(address)
        die.command(second)
        assert not status(die) & (READY | ARRAY_READY)
        die.command(0x78)
        die.address(row(0, plane=1))
        assert int(die.read(1)[0]) & READY  # the other plane is free
        die.advance(microseconds * 1000 - 1)
        assert not status(die) & READY
        die.advance(1)
        assert status(die) & (READY | ARRAY_READY) == READY | ARRAY_READY


def test_a_busy_plane_takes_nothing_but_reset(die: Die) -> None:
    die.command(0x60)
    die.address(row(0))
    die.command(0xD0)
    with pytest.raises(InternalFault) as caught:
        send(die, 0x00, b"\0\0" + row(0), b"", 0x30)
    assert caught.value.id == "EDGE-0170"
    die.command(0xFF)
    die.advance(die.busy_for())
    assert status(die) == 0xE0


@pytest.mark.parametrize("code", [0x10, 0x30, 0xE0, 0xD0, 0x45, 0x77, 0x33])
def test_cycles_out_of_turn(die: Die, code: int) -> None:
    with pytest.raises(InternalFault) as caught:
        die.command(code)
    assert caught.value.id == "EDGE-0170"


def test_too_few_cycles_and_too_much_data(die: Die) -> None:
    die.command(0x00)
    with pytest.raises(InternalFault):
        die.address(b"\0\0")
    die.command(0x80)
    die.address(b"\0\0" + row(0))
    with pytest.raises(InternalFault):
        die.write(bytes(STRIDE + 1))
    with pytest.raises(InternalFault):
        send(die, 0x60, row(0), b"data", 0xD0)


def test_features(die: Die) -> None:
    for address, value, there in ((0x81, 4, 4), (0x81, 3, 4), (0x81, 2, 2), (0x80, 1, 0)):
        die.command(0xEF)
        die.address(bytes((address,)))
        die.write(bytes((value, 0, 0, 0)))
        die.command(0xEE)
        die.address(bytes((address,)))
        assert die.read(4).tobytes() == bytes((there, 0, 0, 0))


def test_cells_that_fail(tmp_path: Path) -> None:
    cells = Cells(tmp_path, Geometry.of(TWO_DIES), Power(Faults(program=2, erase=1)))
    die = Die(TWO_DIES, cells, 3)
    assert not program(die, 0, 0, b"\0") & FAIL
    assert program(die, 0, 1, bytes(STRIDE)) & FAIL
    assert refusal(die) == Refusal.ARRAY
    torn = read(die, 0, 1)
    assert b"\0" * STRIDE != torn != b"\xff" * STRIDE
    assert send(die, 0x60, row(0), b"", 0xD0) & FAIL
    assert refusal(die) == Refusal.ARRAY
    cells.close()
