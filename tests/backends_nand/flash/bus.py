"""Command, address and data cycles by hand, for die 1 of a chip of two.

Rows: 2 bits page, 1 bit plane, 3 bits block, 1 bit die.
"""

from __future__ import annotations

from dataclasses import replace

from edgesdk_backends.nand.flash.die import Die
from tests.backends_nand.flash.flashes import DESIGN

FAIL, ARRAY_READY, READY = 0x01, 0x20, 0x40
STRIDE = DESIGN.page_bytes + DESIGN.spare_bytes
TWO_DIES = replace(DESIGN, dies=2)


def row(block: int, page: int = 0, plane: int = 0, die: int = 1) -> bytes:
    return (page | plane << 2 | block << 3 | die << 6).to_bytes(3, "little")


def send(die: Die, first: int, address: bytes = b"", data: bytes = b"", second: int = -1) -> int:
    """A whole command; waits until it is done and returns the status."""
    die.command(first)
    if address:
        die.address(address)
    if data:
        die.write(data)
    if second >= 0:
        die.command(second)
    die.advance(die.busy_for())
    return status(die)


def status(die: Die) -> int:
    die.command(0x70)
    return int(die.read(1)[0])


def program(die: Die, block: int, page: int, data: bytes, plane: int = 0) -> int:
    return send(die, 0x80, b"\0\0" + row(block, page, plane), data, 0x10)


def read(die: Die, block: int, page: int, count: int = STRIDE, plane: int = 0) -> bytes:
    assert not send(die, 0x00, b"\0\0" + row(block, page, plane), b"", 0x30) & FAIL
    die.command(0x06)
    die.address(b"\0\0" + row(block, page, plane))
    die.command(0xE0)
    return die.read(count).tobytes()


def refusal(die: Die) -> int:
    die.command(0xEE)
    die.address(b"\xf0")
    return int(die.read(4)[0])
