"""Reading safetensors: a JSON header, then the tensors' bytes; one file, or shards with an index.

Specification: https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from .decoder_checks import malformed, missing, wrong_shape
from .json_file import parse_json, read_json
from .tensor_file import TensorFile

LARGEST_HEADER = 16 << 20  # bytes; that of 1,024 layers has about 3 MB
MOST_SHARDS = 1024
RANK = 8
_KIND = "safetensors"

# Bytes of an entry. The tensors of a model that are not asked for may have any of these.
_SIZES = {
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2"), 1),
    **dict.fromkeys(("U16", "I16", "F16", "BF16"), 2),
    **dict.fromkeys(("U32", "I32", "F32"), 4),
    **dict.fromkeys(("U64", "I64", "F64"), 8),
}
_READABLE = {"F32": "<f4", "F16": "<f2", "BF16": "<u2", "U8": "u1", "I8": "i1"}


@dataclass(frozen=True)
class Entry:
    """Where a tensor lies, and what it is. ``offset`` counts from the start of the file."""

    file: TensorFile
    dtype: str
    shape: tuple[int, ...]
    offset: int

    def read(self) -> NDArray[Any]:
        """The tensor: float32, float16, uint8 or int8. A bfloat16 one is widened to float32."""
        if self.dtype == "BF16":
            return self.file.widened(self.offset, self.shape)
        return self.file.array(self.offset, _READABLE[self.dtype], self.shape)


class Safetensors:
    """The tensors of a model by name, in one file or in several."""

    def __init__(self, name: str, files: tuple[TensorFile, ...], entries: Mapping[str, Entry]):
        self.name, self.files, self._entries = name, files, entries

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def dtype(self, name: str) -> str:
        """For example ``BF16``. Raises ``ModelRefused`` (EDGE-02103) when it is not there."""
        return self._entry(name).dtype

    def is_scalar(self, name: str) -> bool:
        """Whether it has no axes. Raises ``ModelRefused`` (EDGE-02103) when it is not there."""
        return not self._entry(name).shape

    def check(self, name: str, shape: tuple[int, ...], dtypes: tuple[str, ...]) -> None:
        """Raises ``ModelRefused`` (EDGE-02103, 02104) unless the tensor is there and is that."""
        entry = self._entry(name)
        if entry.shape != shape or entry.dtype not in dtypes:
            found = f"{entry.dtype[:20]} {list(entry.shape)}"
            raise wrong_shape(name, found, f"{' or '.join(dtypes)} {list(shape)}")

    def read(self, name: str) -> NDArray[Any]:
        """A tensor that ``check`` accepted."""
        return self._entry(name).read()

    def _entry(self, name: str) -> Entry:
        if name not in self._entries:
            raise missing(name, self.name)
        return self._entries[name]


def read_safetensors(path: Path) -> Safetensors:
    """Open one file. Raises ``ModelRefused`` (EDGE-02100, 0270), ``UsageError`` (EDGE-0210)."""
    file = TensorFile(path)
    return Safetensors(file.name, (file,), _entries(file))


def read_sharded(index: Path) -> Safetensors:
    """Open the shards that a ``model.safetensors.index.json`` names, all beside it."""
    names = read_json(index, LARGEST_HEADER).get("weight_map")
    if not isinstance(names, dict) or not all(_is_beside(shard) for shard in names.values()):
        raise malformed(index.name, "safetensors index", "weight_map must name files beside it")
    shards = sorted(set(names.values()))
    if not 0 < len(shards) <= MOST_SHARDS:
        raise malformed(index.name, "safetensors index", f"it names {len(shards)} files")
    files = {shard: TensorFile(index.parent / shard) for shard in shards}
    held = {shard: _entries(file) for shard, file in files.items()}
    for name, shard in names.items():
        if name not in held[shard]:
            raise missing(name[:200], shard)
    entries = {name: held[shard][name] for name, shard in names.items()}
    return Safetensors(index.name, tuple(files.values()), entries)


def _is_beside(name: object) -> bool:
    return (
        isinstance(name, str)
        and name.endswith(".safetensors")
        and len(name) < 256
        and not set(name) & set("/\\:\0")
    )


def _entries(file: TensorFile) -> dict[str, Entry]:
    head = file.bytes_at(0, 8)
    length = struct.unpack("<Q", head)[0] if len(head) == 8 else 0
    if not 2 <= length <= min(LARGEST_HEADER, file.size - 8):
        why = f"a header of {length} bytes in a file of {file.size}"
        raise malformed(file.name, _KIND, why)
    header = parse_json(file.bytes_at(8, length), file.name)
    header.pop("__metadata__", None)
    try:
        found = {name: _entry(file, value, 8 + length) for name, value in header.items()}
    except (KeyError, TypeError, ValueError) as error:
        raise malformed(file.name, _KIND, f"of its header: {str(error)[:200]}") from None
    _check_cover(file, found, 8 + length)
    return found


def _entry(file: TensorFile, value: Any, start: int) -> Entry:
    """One tensor of the header; its offsets count from the end of the header."""
    dtype, shape, (begin, end) = value["dtype"], value["shape"], value["data_offsets"]
    if not isinstance(shape, list) or len(shape) > RANK or dtype not in _SIZES:
        raise ValueError(f"dtype {str(dtype)[:20]}, shape {str(shape)[:80]}")
    if not all(type(n) is int and 0 <= n < 2**48 for n in (*shape, begin, end)):
        raise ValueError(f"shape {str(shape)[:80]}, from {str(begin)[:20]} to {str(end)[:20]}")
    if math.prod(shape) * _SIZES[dtype] != end - begin:
        raise ValueError(f"{dtype} {shape} does not have {end - begin} bytes")
    return Entry(file, dtype, tuple(shape), start + begin)


def _check_cover(file: TensorFile, entries: Mapping[str, Entry], start: int) -> None:
    """The tensors must follow one another from the header to the end of the file."""
    at = start
    for entry in sorted(entries.values(), key=lambda entry: (entry.offset, math.prod(entry.shape))):
        if entry.offset != at:
            raise malformed(file.name, _KIND, "its tensors overlap, or leave bytes between them")
        at += math.prod(entry.shape) * _SIZES[entry.dtype]
    if at != file.size:
        raise malformed(file.name, _KIND, f"its tensors end at {at}, the file at {file.size}")
