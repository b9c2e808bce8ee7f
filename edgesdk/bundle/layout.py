"""The ZIP layout, as a pure function of the members' names, sizes and CRC-32s.

A reader computes every byte that is not content and compares; there is nothing to parse, and so
nothing to disagree about. The fields are those of PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.4.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from . import limits

ALIGNMENT = 64  # bytes; a cache line, and what every engine's memory mapping asks for at most
LOCAL = struct.Struct("<4s5H3L2H")  # local file header, then name and extra field
CENTRAL = struct.Struct("<4s6H3L5H2L")  # central directory header, then name
END = struct.Struct("<4s4H2LH")  # end of central directory record

LOCAL_MAGIC = b"PK\x03\x04"
_VERSION = 10  # 1.0: stored members, no folders
_FLAGS, _STORED, _TIME, _DATE = 0, 0, 0, 0x0021  # midnight of 1 January 1980
_PADDING_ID = 0xD935  # the alignment extra field that Android's zipalign has registered
_CRC_AT, _SIZE_AT = 14, 18  # offsets of those fields within a local header


class LayoutError(ValueError):
    """The bytes are not those that the layout has at their place; says which."""


@dataclass(frozen=True)
class Member:
    """One member; ``offset`` is that of its local header within the file."""

    name: str
    size: int
    offset: int

    @property
    def padding(self) -> int:
        """Length of the extra field, 6 to 69 bytes: with it the data begins aligned."""
        least = self.offset + LOCAL.size + len(self.name) + 6
        return 6 + -least % ALIGNMENT

    @property
    def data_offset(self) -> int:
        """Where the data begins: a multiple of ``ALIGNMENT``."""
        return self.offset + LOCAL.size + len(self.name) + self.padding

    @property
    def end(self) -> int:
        """Where the data ends, and the next header begins."""
        return self.data_offset + self.size

    def local_header(self, crc: int) -> bytes:
        """Everything from ``offset`` to ``data_offset``."""
        name = self.name.encode("ascii")
        fixed = LOCAL.pack(
            LOCAL_MAGIC, *_common(crc, self.size), len(name), self.padding
        )  # fmt: skip
        extra = struct.pack("<HHH", _PADDING_ID, self.padding - 4, ALIGNMENT)
        return fixed + name + extra + bytes(self.padding - len(extra))

    def central_header(self, crc: int) -> bytes:
        """This member's entry in the central directory."""
        name = self.name.encode("ascii")
        rest = (len(name), 0, 0, 0, 0, 0, self.offset)
        return CENTRAL.pack(b"PK\x01\x02", _VERSION, *_common(crc, self.size), *rest) + name


def _common(crc: int, size: int) -> tuple[int, ...]:
    return (_VERSION, _FLAGS, _STORED, _TIME, _DATE, crc, size, size)


def plan(sizes: Iterable[tuple[str, int]]) -> list[Member]:
    """Place members one after the other from offset 0. Raises ``LayoutError`` beyond the caps."""
    members: list[Member] = []
    for name, size in sizes:
        members.append(Member(name, size, members[-1].end if members else 0))
    if len(members) > limits.MEMBERS:
        raise LayoutError(f"{len(members)} members; at most {limits.MEMBERS} are allowed")
    if archive_size(members) > limits.ARCHIVE:
        raise LayoutError(f"more than {limits.ARCHIVE} bytes")
    return members


def archive_size(members: Sequence[Member]) -> int:
    """Size of the whole file in bytes."""
    names = sum(CENTRAL.size + len(member.name) for member in members)
    return (members[-1].end if members else 0) + names + END.size


def directory(members: Sequence[Member], crcs: Sequence[int]) -> bytes:
    """The central directory and the end record: everything after the last member's data."""
    entries = b"".join(m.central_header(c) for m, c in zip(members, crcs, strict=True))
    start, count = members[-1].end if members else 0, len(members)
    return entries + END.pack(b"PK\x05\x06", 0, 0, count, count, len(entries), start, 0)


def size_field(header: bytes) -> int:
    """The size that a local header states. Raises ``LayoutError`` when the header is cut short."""
    return _field(header, _SIZE_AT)


def match_local_header(member: Member, header: bytes) -> int:
    """Return the CRC-32 that a local header states, when all else in it is as the layout has it."""
    crc = _field(header, _CRC_AT)
    if header != member.local_header(crc):
        raise LayoutError(f"the local header of {member.name} is not as it must be")
    return crc


def _field(header: bytes, offset: int) -> int:
    if len(header) < LOCAL.size:
        raise LayoutError("a local header is cut short")
    return int.from_bytes(header[offset : offset + 4], "little")


def pack(contents: Sequence[tuple[str, bytes]]) -> bytes:
    """A whole archive in memory."""
    members = plan((name, len(data)) for name, data in contents)
    crcs = [zlib.crc32(data) for _, data in contents]
    pieces = [
        piece
        for member, crc, (_, data) in zip(members, crcs, contents, strict=True)
        for piece in (member.local_header(crc), data)
    ]
    return b"".join([*pieces, directory(members, crcs)])


def unpack(data: bytes, names: Iterable[str]) -> list[memoryview]:
    """The contents of an archive whose members' names are known. Raises ``LayoutError``.

    Sizes are read from the local headers, each only after all before it was found right.
    """
    view = memoryview(data)
    members: list[Member] = []
    for name in names:
        offset = members[-1].end if members else 0
        members.append(
            Member(name, size_field(view[offset : offset + LOCAL.size].tobytes()), offset)
        )
        if members[-1].end > len(data):
            raise LayoutError(f"{name} is cut short")
    crcs = [match_local_header(m, data[m.offset : m.data_offset]) for m in members]
    contents = [view[m.data_offset : m.end] for m in members]
    for member, crc, content in zip(members, crcs, contents, strict=True):
        if zlib.crc32(content) != crc:
            raise LayoutError(f"the CRC-32 of {member.name} is wrong")
    if view[members[-1].end if members else 0 :] != directory(members, crcs):
        raise LayoutError("the central directory is not as it must be")
    return contents
