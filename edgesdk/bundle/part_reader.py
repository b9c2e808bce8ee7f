"""A stream over one part, which will not give its last byte unless the whole is as promised."""

from __future__ import annotations

import hashlib
import io
import zlib
from typing import TYPE_CHECKING, BinaryIO

from ..errors import FormatRefused
from .layout import Member
from .manifest import Part
from .regular_file import RegularFile

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BUFFER = 1 << 18  # bytes; hashing is faster in large pieces


class PartReader(io.RawIOBase):
    """Bounded reads over the bundle's own descriptor, hashed on the way."""

    def __init__(self, file: RegularFile, member: Member, crc: int, part: Part) -> None:
        super().__init__()
        self._file, self._member, self._part = file, member, part
        self._position = 0  # bytes given
        self._stated_crc, self._crc = crc, 0
        self._sha256 = hashlib.sha256()
        if part.size == 0:
            self._check()

    @classmethod
    def buffered(cls, file: RegularFile, member: Member, crc: int, part: Part) -> BinaryIO:
        """The reader behind a buffer, so that small reads are cheap."""
        return io.BufferedReader(cls(file, member, crc, part), _BUFFER)

    def readable(self) -> bool:
        """A reader is."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill the buffer as far as the part goes. Raises ``FormatRefused`` (EDGE-0816)."""
        left = self._part.size - self._position
        view = memoryview(buffer).cast("B")[:left]
        if not view:
            return 0
        count = self._file.read_into(self._member.data_offset + self._position, view)
        if count < len(view):
            raise self._refused("the file was cut short after it was opened")
        self._position += count
        self._sha256.update(view)
        self._crc = zlib.crc32(view, self._crc)
        if count == left:
            self._check()
        return count

    def _check(self) -> None:
        if self._sha256.hexdigest() != self._part.sha256:
            raise self._refused("its SHA-256 is not the one in the manifest")
        if self._crc != self._stated_crc:
            raise self._refused("its CRC-32 is not the one in its header")

    def _refused(self, evidence: str) -> FormatRefused:
        return FormatRefused(
            f"The content of {self._part.name} in {self._file.path.name} is not what was signed",
            evidence=evidence,
            next_step="Copy or compile the bundle again",
            code=16,
        )
