"""A position in the head of a GGUF file, and what can stand there."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ModelRefused
from ..decoder_checks import malformed
from ..tensor_file import TensorFile

LARGEST_HEAD = 32 << 20  # bytes; the vocabulary of 128,256 tokens with its merges has 8 MB
LONGEST_TEXT = 1 << 20  # bytes; a chat template has about ten thousand
MOST_ITEMS = 1 << 21  # of one array
_WINDOW = 1 << 20

# The types of values by their numbers; an array has a type of its own, and texts another.
_NUMBERS = {
    0: "<u1",
    1: "<i1",
    2: "<u2",
    3: "<i2",
    4: "<u4",
    5: "<i4",
    6: "<f4",
    7: "u1",
    10: "<u8",
    11: "<i8",
    12: "<f8",
}
_TRUTH, _TEXT, _ARRAY = 7, 8, 9


class Cursor:
    """Reads a file from its start. Raises ``ModelRefused`` (EDGE-02100) where nothing is left."""

    def __init__(self, file: TensorFile) -> None:
        self.file = file
        self.position = 0
        self._window, self._start = b"", 0

    def take(self, count: int) -> bytes:
        """The next bytes."""
        if self.position + count > min(self.file.size, LARGEST_HEAD):
            raise refused(self.file, f"it ends, or its head passes {LARGEST_HEAD} bytes")
        at = self.position - self._start
        if at + count > len(self._window):
            self._window = self.file.bytes_at(self.position, max(count, _WINDOW))
            self._start, at = self.position, 0
        self.position += count
        return self._window[at : at + count]

    def number(self, form: str) -> int:
        """A whole number, ``form`` as ``struct`` has it."""
        found: int = struct.unpack(form, self.take(struct.calcsize(form)))[0]
        return found

    def text(self, longest: int = LONGEST_TEXT) -> str:
        """Text in UTF-8, after its length."""
        length = self.number("<Q")
        if length > longest:
            raise refused(self.file, f"a text of {length} bytes, where {longest} are possible")
        try:
            return self.take(length).decode("utf-8")
        except UnicodeDecodeError:
            raise refused(self.file, f"the text at {self.position - length} is not UTF-8") from None

    def value(self, kind: int) -> Any:
        """A value of metadata: a number, a truth, a text, or an array of one of them."""
        if kind == _TEXT:
            return self.text()
        if kind != _ARRAY:
            return self._numbers(kind, 1)[0].item()
        kind, count = self.number("<I"), self.number("<Q")
        if count > MOST_ITEMS:
            raise refused(self.file, f"an array of {count} values, where {MOST_ITEMS} are possible")
        return [self.text() for _ in range(count)] if kind == _TEXT else self._numbers(kind, count)

    def _numbers(self, kind: int, count: int) -> NDArray[Any]:
        if kind not in _NUMBERS:
            what = "an array in an array" if kind == _ARRAY else f"a value of type {kind}"
            raise refused(self.file, what)
        dtype = np.dtype(_NUMBERS[kind])
        data = self.take(count * dtype.itemsize)
        found: NDArray[Any] = np.frombuffer(data, np.uint8 if kind == _TRUTH else dtype)
        return found != 0 if kind == _TRUTH else found


def refused(file: TensorFile, why: str) -> ModelRefused:
    """The refusal of a file that is no GGUF file (EDGE-02100)."""
    return malformed(file.name, "GGUF", why)
