"""Arrays as ``.npy`` bytes (numpy's format 1.0), read without evaluating anything.

The header is a function of dtype and shape: reading takes the numbers out of it, writes it again
and compares.
"""

from __future__ import annotations

import re
import sys
from typing import Any

import numpy as np

from ..tensors import DTYPES, Array
from . import limits

_MAGIC = b"\x93NUMPY\x01\x00"
_ALIGNMENT = 64  # bytes; the data begins at a multiple of it
_LONGEST_HEADER = 512  # bytes; eight axes of ten digits fit twice
_HEADER = re.compile(
    rb"\{'descr': '(?P<descr>[<|][a-zA-Z][0-9]{1,9})', 'fortran_order': False, "
    rb"'shape': \((?P<shape>[0-9, ]{0,120})\), \} *\n"
)


def encode_array(array: Array, dtype: str) -> bytes:
    """One array of a manifest's dtype. Raises ``ValueError`` where it would not come back the same.

    Strings become numpy's fixed-width Unicode, which cannot keep zero characters at a text's end.
    """
    if array.dtype != DTYPES[dtype]:
        raise ValueError(f"{array.dtype} where {DTYPES[dtype]} belongs")
    stored = _as_unicode(array) if dtype == "string" else array
    stored = stored.astype(stored.dtype.newbyteorder("<"), copy=False)
    return _header(stored.dtype.str, stored.shape) + stored.tobytes("C")


def decode_array(data: memoryview, dtype: str) -> Array:
    """The array again, writable and in this machine's byte order. Raises ``ValueError``."""
    length = len(_MAGIC) + 2
    length += int.from_bytes(data[length - 2 : length], "little")
    header = data[: min(length, _LONGEST_HEADER)].tobytes()
    match = _HEADER.fullmatch(header, len(_MAGIC) + 2)
    if not match:
        raise ValueError("not the header of an array in .npy format 1.0")
    descr = match["descr"].decode()
    shape = tuple(int(size) for size in re.findall(rb"[0-9]+", match["shape"]))
    _check_header(header, descr, shape, dtype)
    stored = np.dtype(descr)
    if _count(shape) * stored.itemsize != len(data) - length:
        raise ValueError(f"{len(data) - length} bytes of data for shape {list(shape)}")
    _check_values(data[length:], dtype)
    array = np.frombuffer(data, stored, offset=length).reshape(shape)
    return array.astype(DTYPES[dtype])


def _header(descr: str, shape: tuple[int, ...]) -> bytes:
    """For example ``{'descr': '<f4', 'fortran_order': False, 'shape': (1, 64), }`` and padding."""
    if any(size > limits.DIMENSION for size in shape):
        raise ValueError(f"an axis is too long: {list(shape)}")
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    before = len(_MAGIC) + 2
    text += b" " * (-(before + len(text) + 1) % _ALIGNMENT) + b"\n"
    return _MAGIC + len(text).to_bytes(2, "little") + text


def _check_header(header: bytes, descr: str, shape: tuple[int, ...], dtype: str) -> None:
    if header != _header(descr, shape):
        raise ValueError("not the one header of its dtype and shape")
    want = DTYPES[dtype].newbyteorder("<").str
    if not (re.fullmatch("<U[1-9][0-9]*", descr) if dtype == "string" else descr == want):
        raise ValueError(f"dtype {descr} where {dtype} belongs")


def _check_values(data: memoryview, dtype: str) -> None:
    """Bit patterns that numpy takes on trust: truth values, and code points of text."""
    if dtype == "bool" and np.frombuffer(data, np.uint8).max(initial=0) > 1:
        raise ValueError("a truth value that is neither 0 nor 1")
    if dtype == "string" and np.frombuffer(data, "<u4").max(initial=0) > sys.maxunicode:
        raise ValueError("a character beyond Unicode")


def _count(shape: tuple[int, ...]) -> int:
    """Elements, in Python's integers: the product of eight sizes does not fit 64 bits."""
    count = 1
    for size in shape:
        count *= size
    return count


def _as_unicode(array: Array) -> Array:
    texts: list[Any] = array.ravel().tolist()
    for text in texts:
        if not isinstance(text, str) or text.endswith("\0"):
            raise ValueError(f"{text!r:.80} cannot be stored as text")
    width = max((len(text) for text in texts), default=1)
    return np.array(texts, f"<U{max(width, 1)}").reshape(array.shape)
