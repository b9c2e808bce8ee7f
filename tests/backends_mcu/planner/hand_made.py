"""A plan made by hand, byte by byte, for the tests of the format."""

from __future__ import annotations

import struct

LOAD = 100  # the kernel that copies a constant into the arena
ARENA = 64


def padded(section: bytes) -> bytes:
    return section + bytes(-len(section) % 16)


def plan(**sections: bytes) -> bytes:
    """One input of 4 bytes at 0, one output of 8 at 16, a variable of 4 at 32, one load to 16."""
    made = {
        "inputs": struct.pack("<2I", 0, 4),
        "outputs": struct.pack("<2I", 16, 8),
        "variables": struct.pack("<4I", 32, 4, 2**32 - 1, 7),
        "records": struct.pack("<5I", LOAD, 12, 16, 0, 8),
        "constants": bytes(range(16)),
        "interface": b"{}",
        "golden": b"",
        **sections,
    }
    body = b"".join(map(padded, made.values()))
    sizes = struct.pack("<7I", *map(len, made.values()))
    return (
        b"EDPL" + struct.pack("<3I", 1, 48 + len(body), ARENA) + sizes + struct.pack("<I", 1) + body
    )


def with_word(content: bytes, offset: int, value: int) -> bytes:
    return content[:offset] + struct.pack("<I", value) + content[offset + 4 :]
