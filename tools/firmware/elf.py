"""Reading what a linker wrote: the flat image of an ELF, and its sizes by section."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

WRITABLE, ALLOCATED = 1, 2  # of a section
SYMBOLS, NO_BITS = 2, 8  # kinds of sections
LOAD = 1  # kind of a segment


@dataclass(frozen=True)
class Sizes:
    """Bytes: of code and constants, of variables with a first value, of variables without."""

    text: int
    data: int
    bss: int


def flat(elf: Path) -> bytes:
    """What lies in flash, from the lowest load address to the highest."""
    content = elf.read_bytes()
    at, size, count = _table(content, 28, 42)
    rows = [struct.unpack_from("<8I", content, at + i * size) for i in range(count)]
    parts = [(r[3], content[r[1] : r[1] + r[4]]) for r in rows if r[0] == LOAD and r[4]]
    low = min(address for address, _ in parts)
    image = bytearray(b"\xff" * (max(a + len(part) for a, part in parts) - low))
    for address, part in parts:
        image[address - low : address - low + len(part)] = part
    return bytes(image)


def intel_hex(content: bytes, address: int) -> str:
    """The same for tools that flash hexadecimal files."""
    lines, at, end = [], address, address + len(content)
    while at < end:
        if at == address or at % 65536 == 0:
            lines.append(_record(0, 4, (at >> 16).to_bytes(2, "big")))
        following = min(at - at % 16 + 16, end)  # no line crosses a border of 64 KiB
        lines.append(_record(at & 0xFFFF, 0, content[at - address : following - address]))
        at = following
    return "\n".join([*lines, _record(0, 1, b""), ""])


def _record(address: int, kind: int, data: bytes) -> str:
    body = bytes([len(data)]) + address.to_bytes(2, "big") + bytes([kind]) + data
    return ":" + (body + bytes([-sum(body) & 0xFF])).hex().upper()


def sizes(elf: Path) -> Sizes:
    """The sizes of its sections, as ``size`` would print them."""
    content = elf.read_bytes()
    at, size, count = _table(content, 32, 46)
    rows = [struct.unpack_from("<10I", content, at + i * size) for i in range(count)]
    used = [row for row in rows if row[2] & ALLOCATED]
    bss = sum(row[5] for row in used if row[1] == NO_BITS)
    data = sum(row[5] for row in used if row[1] != NO_BITS and row[2] & WRITABLE)
    text = sum(row[5] for row in used if row[1] != NO_BITS) - data
    return Sizes(text, data, bss)


def symbols(elf: Path) -> list[tuple[str, int, int]]:
    """Name, address and bytes of each function and variable."""
    content = elf.read_bytes()
    at, size, count = _table(content, 32, 46)
    sections = [struct.unpack_from("<10I", content, at + i * size) for i in range(count)]
    found = []
    for section in (row for row in sections if row[1] == SYMBOLS):
        names = sections[section[6]][4]
        for offset in range(section[4], section[4] + section[5], 16):
            name, value, length, info, _, home = struct.unpack_from("<3I2BH", content, offset)
            if info & 15 in (1, 2) and length and 0 < home < 0xFF00:
                end = content.index(0, names + name)
                found.append((content[names + name : end].decode(), value & ~1, length))
    return found


def _table(content: bytes, offset: int, entry: int) -> tuple[int, int, int]:
    (at,) = struct.unpack_from("<I", content, offset)
    size, count = struct.unpack_from("<HH", content, entry)
    return at, size, count
