"""Writing a bundle: the same manifest, parts and key give the same bytes."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from ..errors import FormatRefused, UsageError
from . import layout
from .atomic import replacing
from .layout import LayoutError, Member
from .manifest import Manifest, Part, encode
from .rules import MANIFEST_NAME, SIGNATURE_NAME
from .signed import sign
from .signing import SigningKey

_CHUNK = 1 << 20  # bytes


def write_bundle(
    path: Path | str, manifest: Manifest, parts: Mapping[str, bytes | Path], key: SigningKey
) -> None:
    """Write a signed bundle, which appears under its name whole or not at all.

    ``parts`` gives each part's content by its name: bytes, or the file that holds it. Raises
    ``FormatRefused`` for a manifest that no reader would take, ``UsageError`` (EDGE-0248) for
    parts that are not those of the manifest, EDGE-0240 for one that cannot be read, EDGE-0249 when
    the bundle cannot be written; ``DoesNotFit`` (EDGE-0940) on a full disk.
    """
    data = encode(manifest)
    front = {MANIFEST_NAME: data, SIGNATURE_NAME: sign(data, key)}
    if set(parts) != {part.name for part in manifest.parts}:
        raise _wrong_part("The parts given are not those that the manifest names", "")
    members = _plan(front, manifest)
    with replacing(Path(path)) as file:
        crcs = [_write_member(file, m, [front[m.name]]) for m in members[:2]]
        for part, member in zip(manifest.parts, members[2:], strict=True):
            crcs.append(_write_member(file, member, _checked(part, parts[part.name])))
        file.write(layout.directory(members, crcs))


def _plan(front: Mapping[str, bytes], manifest: Manifest) -> list[Member]:
    sizes = [(name, len(content)) for name, content in front.items()]
    try:
        return layout.plan([*sizes, *((part.name, part.size) for part in manifest.parts)])
    except LayoutError as error:
        raise FormatRefused("The bundle is too large", evidence=str(error), code=15) from None


def _write_member(file: BinaryIO, member: Member, chunks: Iterator[bytes] | list[bytes]) -> int:
    """Write the data, then the header before it, which holds the CRC-32 of the data."""
    crc = 0
    file.seek(member.data_offset)
    for chunk in chunks:
        file.write(chunk)
        crc = zlib.crc32(chunk, crc)
    file.seek(member.offset)
    file.write(member.local_header(crc))
    file.seek(member.end)
    return crc


def _checked(part: Part, content: bytes | Path) -> Iterator[bytes]:
    """The content in chunks. Raises ``UsageError`` where it is not what the manifest promises."""
    digest, size = hashlib.sha256(), 0
    for chunk in _chunks(content):
        digest.update(chunk)
        size += len(chunk)
        if size > part.size:
            break
        yield chunk
    if size != part.size or digest.hexdigest() != part.sha256:
        raise _wrong_part(
            f"The content of {part.name} is not what the manifest promises",
            f"SHA-256 {digest.hexdigest()[:16]}…; promised {part.size} bytes, {part.sha256[:16]}…",
        )


def _chunks(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    try:
        with content.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except OSError as error:
        raise UsageError(f"Cannot read {content}", evidence=str(error.strerror), code=40) from None


def _wrong_part(what: str, evidence: str) -> UsageError:
    return UsageError(
        what, evidence=evidence, next_step="A file that changes meanwhile does this", code=48
    )
