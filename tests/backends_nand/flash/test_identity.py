"""What a die says of itself."""

from __future__ import annotations

import struct

from edgesdk_backends.nand.flash.die import Die
from tests.backends_nand.flash.flashes import DESIGN


def test_identity(die: Die) -> None:
    die.command(0x90)
    die.address(b"\x20")
    assert die.read(4).tobytes() == b"ONFI"
    die.command(0x90)
    die.address(b"\x00")
    assert die.read(4).tobytes() == b"\xed\xc5\x02\x01"


def _crc(data: bytes) -> int:
    """ONFI's CRC-16 as a division of polynomials, which is another way than the one tested."""
    value = int.from_bytes(data, "big") << 16
    value ^= 0x4F4E << (8 * len(data))
    for bit in range(8 * len(data) + 15, 15, -1):
        if value >> bit & 1:
            value ^= 0x18005 << (bit - 16)
    return value


def test_parameter_page(die: Die) -> None:
    die.command(0xEC)
    die.address(b"\0")
    pages = die.read(768).tobytes()
    first = pages[:256]
    assert pages == first * 3
    assert first[:4] == b"ONFI"
    assert struct.unpack_from("<IH", first, 80) == (DESIGN.page_bytes, DESIGN.spare_bytes)
    assert struct.unpack_from("<IIB", first, 92) == (4, 12, 2)  # pages, blocks of a die, dies
    assert first[101] == 0x23  # cycles: column, row
    assert first[110] == 1  # programs of a page
    program_us, erase_us, read_us = struct.unpack_from("<HHH", first, 133)
    assert (program_us, erase_us) == (round(DESIGN.program_us), round(DESIGN.erase_us))
    assert read_us == round(DESIGN.read_us)
    assert struct.unpack_from("<H", first, 254)[0] == _crc(first[:254])
