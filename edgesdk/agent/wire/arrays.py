"""Arrays as a head and a blob, and back."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from ...tensors import DTYPES, Array
from .plain import Untellable, Wrong

MOST_AXES = 32
_STRING = "string"
# What numpy has under its manifest's name; other floats travel as the unsigned integers they are.
_NUMBERS = {name for name, dtype in DTYPES.items() if dtype.name == name}


@dataclass(frozen=True)
class ArrayHead:
    """An array without its content, which is a blob: C order, little-endian.

    Of strings it is their UTF-8, each behind its length in four bytes, big-endian.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]


def array_to_wire(name: str, array: Array) -> tuple[ArrayHead, bytes | memoryview]:
    """An array as its head and its content. Raises ``Untellable`` for some dtypes."""
    if array.dtype == object:
        return ArrayHead(name, _STRING, array.shape), _texts(array)
    if array.dtype.name not in _NUMBERS:
        raise Untellable(f"{name!r} has the dtype {array.dtype}, which does not travel")
    stored = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    content: Any = stored.reshape(-1).view(np.uint8)
    return ArrayHead(name, array.dtype.name, array.shape), memoryview(content)


def array_from_wire(head: ArrayHead, content: bytes) -> Array:
    """The array again, writable. Raises ``Wrong`` where the content is not as its head says."""
    if len(head.shape) > MOST_AXES or min(head.shape, default=0) < 0:
        raise Wrong(f"{head.name!r:.80} has the shape {list(head.shape)!r:.80}")
    if head.dtype == _STRING:
        return _from_texts(head, content)
    if head.dtype not in _NUMBERS:
        raise Wrong(f"{head.name!r:.80} has the dtype {head.dtype!r:.40}")
    dtype = DTYPES[head.dtype]
    if prod(head.shape) * dtype.itemsize != len(content):
        raise Wrong(f"{head.name!r:.80} has {len(content)} bytes for {head.shape!r:.80}")
    if head.dtype == "bool" and np.frombuffer(content, np.uint8).max(initial=0) > 1:
        raise Wrong(f"{head.name!r:.80} has a truth value that is neither 0 nor 1")
    return _shaped(head, np.frombuffer(content, dtype.newbyteorder("<"))).astype(dtype)


def _shaped(head: ArrayHead, flat: Array) -> Array:
    try:
        return flat.reshape(head.shape)
    except ValueError:  # without a value, and still larger than arrays may be
        raise Wrong(f"{head.name!r:.80} has the shape {list(head.shape)!r:.80}") from None


def _texts(array: Array) -> bytes:
    encoded = [str(item).encode("utf-8", "backslashreplace") for item in array.flat]
    return b"".join(len(text).to_bytes(4, "big") + text for text in encoded)


def _from_texts(head: ArrayHead, content: bytes) -> Array:
    texts: list[str] = []
    at = 0
    while at < len(content):
        end = at + 4 + int.from_bytes(content[at : at + 4], "big")
        if end > len(content):
            raise Wrong(f"{head.name!r:.80} has a text that ends too soon")
        try:
            texts.append(content[at + 4 : end].decode())
        except UnicodeDecodeError:
            raise Wrong(f"{head.name!r:.80} has a text that is no UTF-8") from None
        at = end
    if len(texts) != prod(head.shape):
        raise Wrong(f"{head.name!r:.80} has {len(texts)} texts for {head.shape!r:.80}")
    array = np.empty(len(texts), object)
    array[:] = texts
    return _shaped(head, array)
