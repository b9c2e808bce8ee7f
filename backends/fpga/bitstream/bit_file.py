"""A ``.bit`` file: which design it is, for which part, and whether all of it is there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgesdk.errors import EdgeError
from edgesdk.formats.files import read_whole

MOST_BYTES = 64 << 20  # the K26's bitstreams have 7.8 million
_START = bytes.fromhex("0009 0ff00ff00ff00ff000 0001")
_FIELDS = b"abcd"  # design, part, date, time
_BODY = ord("e")


@dataclass(frozen=True)
class BitHeader:
    """``design`` is the top module, usually NAME_wrapper; ``part`` as ``xck26-sfvc784-2LV-c``.

    ``missing``: bytes that the file lacks of what its header announces.
    """

    design: str
    part: str
    missing: int


def parse_header(content: bytes) -> BitHeader | None:
    """What the header of a whole file says; nothing where there is none."""
    if not content.startswith(_START):
        return None
    place, fields = len(_START), []
    for key in _FIELDS:
        length = int.from_bytes(content[place + 1 : place + 3], "big")
        text = content[place + 3 : place + 3 + length]
        if content[place : place + 1] != bytes([key]) or not length or len(text) < length:
            return None
        fields.append(text.rstrip(b"\0").decode("ascii", "replace"))
        place += 3 + length
    if len(content) < place + 5 or content[place] != _BODY:
        return None
    announced = int.from_bytes(content[place + 1 : place + 5], "big")
    design, part = fields[:2]
    return BitHeader(design.split(";")[0], part, max(0, announced - (len(content) - place - 5)))


def read_header(path: Path) -> BitHeader | None:
    """Of a file; nothing where it has none or cannot be read."""
    try:
        return parse_header(read_whole(path, MOST_BYTES))
    except EdgeError:
        return None
