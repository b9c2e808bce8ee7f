"""Reading a bundle: verify, only then parse, then compare every other byte with what must be there.

``docs/bundle-format.md`` is the specification.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import BinaryIO

from ..errors import FormatRefused, UsageError
from . import layout, limits
from .layout import LayoutError, Member
from .manifest import Manifest, Part
from .part_reader import PartReader
from .regular_file import RegularFile
from .rules import MANIFEST_NAME, SIGNATURE_NAME
from .signed import SignedManifest
from .writer import write_bundle

_CHUNK = 1 << 20  # bytes

__all__ = ["Bundle", "SignedManifest", "read_bundle", "write_bundle"]


class Bundle:
    """An opened bundle whose signature and layout were found right. A context manager.

    The content of a part is checked when it is read. The file stays open until ``close``; what
    happens to its name meanwhile does not matter.
    """

    def __init__(
        self, file: RegularFile, signed: SignedManifest, places: dict[Part, tuple[Member, int]]
    ) -> None:
        self._file = file
        self._places = places  # of each part: its member, and the CRC-32 that its header states
        self.signed = signed

    @property
    def manifest(self) -> Manifest:
        """What the bundle says about itself."""
        return self.signed.manifest

    @property
    def path(self) -> Path:
        """The name it was opened by."""
        return self._file.path

    def open_part(self, part: Part) -> BinaryIO:
        """The content of a part, as a stream.

        The read that gives the last byte raises ``FormatRefused`` (EDGE-0816) instead when the
        size, SHA-256 or CRC-32 is not the promised one. Raises ``UsageError`` (EDGE-0250) for a
        part of another bundle.
        """
        if part not in self._places:
            raise UsageError(f"{self.path.name} has no such part as {part.name!r}", code=50)
        return PartReader.buffered(self._file, *self._places[part], part)

    def read_part(self, part: Part) -> bytes:
        """The whole content of a part, checked. Raises as ``open_part``."""
        with self.open_part(part) as stream:
            return stream.read(part.size)

    def located(self, part: Part) -> tuple[int, int]:
        """Where a part lies, once its content is found right: the file's descriptor, an offset.

        To map it: ``read_part`` would copy it. Raises as ``open_part``.
        """
        with self.open_part(part) as stream:
            while stream.read(_CHUNK):
                pass
        return self._file.descriptor, self._places[part][0].data_offset

    def whole(self) -> tuple[int, int]:
        """The file as it is, to send it on: its descriptor, and its size in bytes."""
        return self._file.descriptor, self._file.size

    def close(self) -> None:
        """Close the file. Safe to call twice; a closed bundle raises ``ValueError`` when read."""
        self._file.close()

    def __enter__(self) -> Bundle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def read_bundle(path: Path | str, trusted: Collection[bytes] | None) -> Bundle:
    """Open a bundle. ``trusted`` are public keys of 32 bytes; None means any key.

    Raises ``SignatureRefused`` and ``FormatRefused`` as ``SignedManifest.verified``;
    ``FormatRefused``: EDGE-0802 (not laid out as a bundle is), 0810 (cut short), 0811 (something
    follows its end), 0812 (the manifest is over the cap); ``UsageError``: EDGE-0240 (cannot be
    read), 0241 (not a regular file).
    """
    file = RegularFile(Path(path))
    try:
        return _read(file, trusted)
    except LayoutError as error:
        raise _malformed(file, str(error)) from None
    except BaseException:
        file.close()
        raise


def _read(file: RegularFile, trusted: Collection[bytes] | None) -> Bundle:
    front = layout.plan(_front(_manifest_size(file)))
    for member in front:
        _stated_crc(file, member)
    data, signature_member = (file.read(member.data_offset, member.size) for member in front)
    signed = SignedManifest.verified(data, signature_member, trusted)
    parts = signed.manifest.parts
    members = layout.plan([*_front(len(signed.data)), *((part.name, part.size) for part in parts)])
    crcs = _check_layout(file, members)
    if crcs[:2] != [zlib.crc32(data), zlib.crc32(signature_member)]:
        raise LayoutError("the CRC-32 of the manifest or its signature is wrong")
    places = dict(zip(parts, zip(members[2:], crcs[2:], strict=True), strict=True))
    return Bundle(file, signed, places)


def _front(manifest_size: int) -> list[tuple[str, int]]:
    return [(MANIFEST_NAME, manifest_size), (SIGNATURE_NAME, limits.SIGNATURE_MEMBER)]


def _manifest_size(file: RegularFile) -> int:
    """The only number that is taken from a file before its signature holds; capped at once."""
    if file.read(0, min(file.size, 4)) != layout.LOCAL_MAGIC[: file.size]:
        raise LayoutError("it does not begin as a ZIP file")
    size = layout.size_field(file.read(0, layout.LOCAL.size))
    if size > limits.MANIFEST:
        raise FormatRefused(
            f"The manifest of {file.path.name} claims {size} bytes; "
            f"at most {limits.MANIFEST} are allowed",
            next_step="This is not a bundle that edgesdk wrote",
            code=12,
        )
    return size


def _stated_crc(file: RegularFile, member: Member) -> int:
    header = file.read(member.offset, member.data_offset - member.offset)
    return layout.match_local_header(member, header)


def _check_layout(file: RegularFile, members: Sequence[Member]) -> list[int]:
    """Compare every byte that is not content. Returns the members' CRC-32s, not yet checked."""
    size = layout.archive_size(members)
    if file.size > size:
        raise FormatRefused(
            f"Something follows the end of {file.path.name}",
            evidence=f"{file.size} bytes where {size} belong",
            next_step="Copy or compile it again",
            code=11,
        )
    end = members[-1].end
    file.read(size - 1, 1)  # the last byte: a file cut short says so, whatever its headers say
    crcs = [_stated_crc(file, member) for member in members]
    if file.read(end, size - end) != layout.directory(members, crcs):
        raise LayoutError("the central directory is not as it must be")
    return crcs


def _malformed(file: RegularFile, evidence: str) -> FormatRefused:
    file.close()
    return FormatRefused(
        f"{file.path.name} is not laid out as a bundle",
        evidence=evidence,
        next_step="Compile it again; other tools' ZIP files and repacked bundles are not bundles",
        code=2,
    )
