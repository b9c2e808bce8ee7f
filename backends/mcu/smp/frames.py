"""Two framings of SMP messages on a byte stream; the device answers in the one that it is asked in.

COBS costs 0.4 % and two bytes, console base64 37 %: this client uses COBS unless told otherwise.
Both carry CRC-16/XMODEM, big-endian. What is damaged is dropped without a word.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Protocol

LARGEST = 64 * 1024  # bytes without an end of frame: noise, or another protocol
_CRC = 2  # bytes
_FULL = 254  # bytes of a COBS block that stands for no zero


class Framing(Protocol):
    """A way to tell messages apart. It holds what has come of an unfinished frame."""

    def encode(self, message: bytes) -> bytes:
        """The bytes to send for one message."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The whole messages that end in what has arrived."""


def seal(message: bytes) -> bytes:
    """A message with its CRC."""
    return message + binascii.crc_hqx(message, 0).to_bytes(_CRC, "big")


def unseal(sealed: bytes) -> bytes | None:
    """The message, or None where the CRC is not its own or there is nothing else."""
    if len(sealed) <= _CRC or binascii.crc_hqx(sealed, 0) != 0:
        return None
    return sealed[:-_CRC]


def cobs_encode(data: bytes) -> bytes:
    """Byte-stuff: no zero is left."""
    out = bytearray()
    for run in data.split(b"\0"):
        whole = len(run) - len(run) % _FULL
        for start in range(0, whole, _FULL):
            out += b"\xff" + run[start : start + _FULL]
        out.append(len(run) - whole + 1)
        out += run[whole:]
    return bytes(out)


def cobs_decode(stuffed: bytes) -> bytes | None:
    """The inverse, or None where the bytes are none of its results."""
    out = bytearray()
    at = 0
    while at < len(stuffed):
        code = stuffed[at]
        run = stuffed[at + 1 : at + code]
        if code == 0 or len(run) != code - 1:
            return None
        out += run
        at += code
        if code <= _FULL and at < len(stuffed):
            out.append(0)
    return bytes(out)


class Cobs:
    """Frames end with a zero. One goes before each frame too: it ends what noise has begun."""

    def __init__(self) -> None:
        self._held = bytearray()

    def encode(self, message: bytes) -> bytes:
        """The bytes to send for one message."""
        return b"\0" + cobs_encode(seal(message)) + b"\0"

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The whole messages that end in what has arrived."""
        self._held += data
        *frames, rest = self._held.split(b"\0")
        self._held = rest if len(rest) <= LARGEST else bytearray()
        for frame in frames:
            message = unseal(cobs_decode(bytes(frame)) or b"")
            if message is not None:
                yield message


_LINE = 124  # base64 digits; with mark and newline 127, which every SMP server takes
_LINES = re.compile(rb"(\x06\x09|\x04\x14)([A-Za-z0-9+/=]*)\r?\n")


class Console:
    """Lines of base64, for devices that speak SMP over their console."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._digits = b""  # of a frame that is not whole

    def encode(self, message: bytes) -> bytes:
        """The bytes to send for one message."""
        sealed = seal(message)
        digits = base64.b64encode(len(sealed).to_bytes(2, "big") + sealed)
        starts = range(0, len(digits), _LINE)
        marks = (b"\x06\x09" if start == 0 else b"\x04\x14" for start in starts)
        pieces = (digits[start : start + _LINE] for start in starts)
        return b"".join(mark + piece + b"\n" for mark, piece in zip(marks, pieces, strict=True))

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The whole messages that end in what has arrived."""
        self._held += data
        end = self._held.rfind(b"\n") + 1
        lines = bytes(self._held[:end])
        del self._held[:end]
        if len(self._held) > LARGEST:
            self._held.clear()
        for mark, digits in _LINES.findall(lines):
            message = self._line(mark == b"\x06\x09", digits)
            if message is not None:
                yield message

    def _line(self, first: bool, digits: bytes) -> bytes | None:
        if not first and not self._digits:
            return None  # its beginning was lost
        self._digits = digits if first else (self._digits + digits)[:LARGEST]
        try:
            frame = base64.b64decode(self._digits, validate=True)
        except binascii.Error:
            return None  # a line may end within a group of digits
        if len(frame) < 2 or len(frame) - 2 < int.from_bytes(frame[:2], "big"):
            return None
        self._digits = b""
        whole = len(frame) - 2 == int.from_bytes(frame[:2], "big")
        return unseal(frame[2:]) if whole else None
