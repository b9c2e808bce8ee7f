"""Writes registers by name, each only when its value changes."""

from __future__ import annotations

import struct

from ..registers import Block, Register
from ..registers.spec import ADDRESS, FLOAT
from .hal import Hal

_WORD = 0xFFFF_FFFF


class RegisterFile:
    """The inputs of a block, and what was last written to each word of them."""

    def __init__(self, hal: Hal, block: Block) -> None:
        self._hal, self._block = hal, block
        self._written: dict[int, int] = {}

    def forget(self) -> None:
        """The block was reset: nothing is known of what it holds."""
        self._written.clear()

    def put(self, **values: float) -> None:
        """Give registers their values: floats as patterns, addresses as two words.

        The block must not be at work: it would see half an address.
        """
        for name, value in values.items():
            register = self._block.register(name)
            for offset, word in zip(register.words, _words(register, value), strict=True):
                if self._written.get(offset) != word:
                    self._hal.write(offset, word)
                    self._written[offset] = word

    def read(self, name: str) -> int:
        """An output."""
        return self._hal.read(self._block.offset(name))


def _words(register: Register, value: float) -> tuple[int, ...]:
    if register.kind == FLOAT:
        return struct.unpack("<I", struct.pack("<f", float(value)))
    number = int(value)
    if register.kind == ADDRESS:
        return number & _WORD, number >> 32
    return (number,)
