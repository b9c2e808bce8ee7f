"""What a die says of itself: its identity, and ONFI's parameter page with its checksum."""

from __future__ import annotations

import math
import struct

from ..design.design import Design
from .addresses import COLUMN_CYCLES, Rows
from .geometry import Geometry

COPIES = 3
SIZE = 256  # bytes of one copy
SIGNATURE = b"ONFI"
MAKER = 0xED  # no maker of flash has this number
_BITS_OF_CELL = {"slc": 1, "lsb": 1, "tlc": 3}
_REVISION = 1 << 9  # of ONFI 4.0
_FEATURES = 1 << 3 | 1 << 5 | 1 << 6  # programs and erases of several planes, NV-DDR, their reads
_SEVERAL_DIES = 1 << 1  # a feature too: the dies of a chip work at the same time
_UNLIKELY = 1e-9  # that a die has more bad blocks than its page says
_OPTIONAL = 1 << 2 | 1 << 3 | 1 << 6  # get and set features, status enhanced, change read column


def identity(design: Design) -> bytes:
    """Of READ ID at address 00h: maker, device (C5h: computes), planes, cores, reserved."""
    return bytes((MAKER, 0xC5 if design.compute else 0x05, design.planes, int(design.compute), 0))


def parameter_page(design: Design) -> bytes:
    """Three copies of 256 bytes, each with its CRC."""
    page = bytearray(SIZE)
    page[0:4] = SIGNATURE
    features = _FEATURES | (_SEVERAL_DIES if design.dies > 1 else 0)
    struct.pack_into("<HHH", page, 4, _REVISION, features, _OPTIONAL)
    page[32:44] = b"EDGESDK".ljust(12)
    page[44:64] = design.name.encode("ascii", "replace")[:20].ljust(20)
    page[64] = MAKER
    _memory(page, design)
    _timing(page, design)
    struct.pack_into("<H", page, 254, checksum(bytes(page[:254])))
    return bytes(page) * COPIES


def _memory(page: bytearray, design: Design) -> None:
    rows = Rows.of(Geometry.of(design))
    blocks = design.planes * design.blocks
    struct.pack_into("<IH", page, 80, design.page_bytes, design.spare_bytes)
    struct.pack_into("<IIB", page, 92, design.pages, blocks, design.dies)
    page[101] = COLUMN_CYCLES << 4 | rows.cycles
    page[102] = _BITS_OF_CELL.get(design.cell, 1)
    struct.pack_into("<H", page, 103, min(most_bad(blocks, design.factory_bad), 0xFFFF))
    page[105:107] = bytes(_value_and_exponent(int(design.erase_limit)))
    page[110] = 1  # programs of a page for each erase
    page[112] = 0xFF  # bits of correction: see the extended page; there is none
    page[113] = rows.plane_bits


def most_bad(blocks: int, share: float) -> int:
    """Factory-bad blocks that hardly any die has more of, by Bernstein's bound for chances."""
    limit = -math.log(_UNLIKELY)
    spread = blocks * share * (1 - share)
    more = limit / 3 + math.sqrt((limit / 3) ** 2 + 2 * limit * spread)
    return min(blocks, math.ceil(blocks * share + more)) if share else 0


def _timing(page: bytearray, design: Design) -> None:
    times = (design.program_us, design.erase_us, design.read_us)
    whole = (min(max(round(time), 1), 0xFFFF) for time in times)
    struct.pack_into("<HHHH", page, 133, *whole, 300)  # tPROG, tBERS, tR in us, tCCS in ns


def _value_and_exponent(number: int) -> tuple[int, int]:
    exponent = 0
    while number > 0xFF:
        number, exponent = number // 10, exponent + 1
    return number, exponent


def checksum(data: bytes) -> int:
    """ONFI's CRC-16: polynomial 8005h, begins with 4F4Eh, nothing reflected."""
    value = 0x4F4E
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x8005 if value & 0x8000 else value << 1) & 0xFFFF
    return value
