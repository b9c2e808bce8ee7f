"""Reading the frame of a GGUF file: its metadata, and where its tensors lie.

Specification: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (versions 2 and 3)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..decoder_checks import malformed
from ..tensor_file import TensorFile
from .cursor import Cursor, refused
from .types import TYPES, type_name

MOST_TENSORS = 1 << 16
MOST_ENTRIES = 1 << 16
LONGEST_KEY = 1024  # bytes
LONGEST_NAME = 256
RANK = 4
_DEFAULT_ALIGNMENT, _LARGEST_ALIGNMENT = 32, 1 << 16


@dataclass(frozen=True)
class GgufTensor:
    """One tensor. ``shape``: the last axis is the one whose entries lie beside each other."""

    name: str
    shape: tuple[int, ...]
    type: int
    offset: int  # from the start of the file

    @property
    def size(self) -> int | None:
        """Bytes; None for a type whose layout is not known here."""
        found = TYPES.get(self.type)
        return found.size(math.prod(self.shape)) if found else None

    def describe(self) -> str:
        """For example ``TQ2_0 [64, 256]``."""
        return f"{type_name(self.type)} {list(self.shape)}"


@dataclass(frozen=True)
class GgufFile:
    """What a file says of itself. An array of numbers is a numpy array, one of texts a list."""

    file: TensorFile
    version: int
    metadata: Mapping[str, Any]
    tensors: Mapping[str, GgufTensor]


def read_frame(path: Path) -> GgufFile:
    """Open a file and read all before its weights.

    Raises ``ModelRefused`` (EDGE-0270, EDGE-02100), ``UsageError`` (EDGE-0210).
    """
    file = TensorFile(path)
    cursor = Cursor(file)
    if cursor.take(4) != b"GGUF":
        raise refused(file, "it does not begin with GGUF")
    version = cursor.number("<I")
    if version not in (2, 3):
        swapped = version & 0xFFFF == 0
        why = "it is for big-endian machines" if swapped else f"its version is {version}"
        raise refused(file, f"{why}; little-endian files of version 2 and 3 are read")
    tensors, entries = cursor.number("<Q"), cursor.number("<Q")
    if tensors > MOST_TENSORS or entries > MOST_ENTRIES:
        raise refused(file, f"it claims {tensors} tensors and {entries} entries of metadata")
    metadata = _metadata(cursor, entries)
    found = [_tensor(cursor) for _ in range(tensors)]
    start = _aligned(cursor.position, _alignment(file, metadata))
    placed = _placed(file, found, start, _alignment(file, metadata))
    return GgufFile(file, version, metadata, placed)


def _metadata(cursor: Cursor, entries: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(entries):
        key = cursor.text(LONGEST_KEY)
        if key in found:
            raise refused(cursor.file, f"the key {key[:80]!r} is there twice")
        found[key] = cursor.value(cursor.number("<I"))
    return found


def _tensor(cursor: Cursor) -> GgufTensor:
    name = cursor.text(LONGEST_NAME)
    rank = cursor.number("<I")
    if not 1 <= rank <= RANK:
        raise refused(cursor.file, f"tensor {name[:80]!r} has {rank} axes")
    shape = tuple(int(cursor.number("<Q")) for _ in range(rank))
    if not all(0 < n < 2**40 for n in shape) or math.prod(shape) >= 2**44:
        raise refused(cursor.file, f"tensor {name[:80]!r} has shape {list(shape)}")
    kind, offset = cursor.number("<I"), cursor.number("<Q")
    return GgufTensor(name, tuple(reversed(shape)), kind, offset)


def _alignment(file: TensorFile, metadata: Mapping[str, Any]) -> int:
    value = metadata.get("general.alignment", _DEFAULT_ALIGNMENT)
    possible = type(value) is int and 8 <= value <= _LARGEST_ALIGNMENT and value & (value - 1) == 0
    if not possible:
        raise refused(file, f"its alignment is {str(value)[:40]}")
    return int(value)


def _placed(
    file: TensorFile, tensors: list[GgufTensor], start: int, alignment: int
) -> dict[str, GgufTensor]:
    """The tensors by name, with offsets in the file: aligned, inside it, none over another."""
    placed: dict[str, GgufTensor] = {}
    end = start
    for tensor in sorted(tensors, key=lambda tensor: tensor.offset):
        at = start + tensor.offset
        moved = GgufTensor(tensor.name, tensor.shape, tensor.type, at)
        size = _size(file, moved)
        if tensor.offset % alignment or at < end or at + size > file.size:
            where = f"{size} bytes at {at}, the one before ends at {end}, the file at {file.size}"
            raise refused(file, f"tensor {tensor.name[:80]!r} has {where}")
        if tensor.name in placed:
            raise refused(file, f"tensor {tensor.name[:80]!r} is there twice")
        placed[tensor.name] = moved
        end = at + size
    return placed


def _size(file: TensorFile, tensor: GgufTensor) -> int:
    """Bytes of a tensor; 0 where its type is not known, which is refused when it is read."""
    found = TYPES.get(tensor.type)
    if found is None:
        return 0
    if tensor.shape[-1] % found.block:
        why = f"rows of {tensor.shape[-1]} do not part in blocks of {found.block}"
        raise malformed(file.name, "GGUF", f"{tensor.name[:80]}, {type_name(tensor.type)}: {why}")
    return found.size(math.prod(tensor.shape))


def _aligned(position: int, alignment: int) -> int:
    return -(-position // alignment) * alignment
