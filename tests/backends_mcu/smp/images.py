"""MCUboot images that are whole as far as their layout goes."""

from __future__ import annotations

import hashlib
import random
import struct


def image(
    size: int = 100_000, version: tuple[int, int, int, int] = (1, 2, 3, 0), seed: int = 1
) -> bytes:
    """An image of ``size`` payload bytes with its hash TLV; half of the payload is zeros."""
    numbers = random.Random(seed)
    payload = numbers.randbytes(size // 2) + bytes(size - size // 2)
    header = struct.pack("<IIHHIIBBHII", 0x96F3B83D, 0, 32, 0, size, 0, *version, 0)
    digest = hashlib.sha256(header + payload).digest()
    tlvs = struct.pack("<HH", 0x10, 32) + digest
    return header + payload + struct.pack("<HH", 0x6907, 4 + len(tlvs)) + tlvs


def digest(content: bytes) -> bytes:
    """The hash that names an image."""
    return content[-32:]
