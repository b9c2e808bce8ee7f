"""The bytes of an execution plan. Specification: ``docs/execution-plan.md``.

The device's reader is ``firmware/lib/nn/plan.c``; this one reads what edgesdk itself wrote, to add
golden vectors and an interface.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from .refusals import bad_plan

MAGIC = b"EDPL"
VERSION = 1
NO_VALUE = 2**32 - 1  # a variable without a value in the constants
LARGEST_INTERFACE = 16384  # bytes
_HEADER = struct.Struct("<4s11I")  # magic, version, bytes, arena, 7 sections, records
_PLACE = struct.Struct("<2I")
_VARIABLE = struct.Struct("<4I")
_ALIGNMENT = 16

Place = tuple[int, int]  # offset into the arena, bytes
Variable = tuple[int, int, int, int]  # offset, bytes, value's offset or NO_VALUE, fill


@dataclass(frozen=True)
class PlanFile:
    """A plan's sections. ``records`` are (kind, struct)."""

    arena: int
    inputs: tuple[Place, ...]
    outputs: tuple[Place, ...]
    variables: tuple[Variable, ...]
    records: tuple[tuple[int, bytes], ...]
    constants: bytes
    interface: bytes = b""
    golden: bytes = b""


def encode(plan: PlanFile) -> bytes:
    """The one encoding of a plan."""
    sections = (
        b"".join(_PLACE.pack(*place) for place in plan.inputs),
        b"".join(_PLACE.pack(*place) for place in plan.outputs),
        b"".join(_VARIABLE.pack(*variable) for variable in plan.variables),
        b"".join(struct.pack("<2I", kind, len(data)) + data for kind, data in plan.records),
        plan.constants,
        plan.interface,
        plan.golden,
    )
    body = b"".join(map(_padded, sections))
    sizes = [len(section) for section in sections]
    size = _HEADER.size + len(body)
    return _HEADER.pack(MAGIC, VERSION, size, plan.arena, *sizes, len(plan.records)) + body


def decode(content: bytes) -> PlanFile:
    """Read a plan's sections. Raises ``ModelRefused`` (EDGE-0289)."""
    if len(content) < _HEADER.size or content[:4] != MAGIC:
        raise bad_plan("it does not begin as a plan does")
    _, version, size, arena, *sizes, count = _HEADER.unpack_from(content)
    if version != VERSION:
        raise bad_plan(f"its format has version {version}, not {VERSION}")
    if size != len(content) or size != _HEADER.size + sum(map(_whole, sizes)):
        raise bad_plan("its sections do not fill it exactly")
    sections, at = [], _HEADER.size
    for length in sizes:
        sections.append(content[at : at + length])
        at += _whole(length)
    try:
        return PlanFile(
            arena,
            tuple(_PLACE.iter_unpack(sections[0])),
            tuple(_PLACE.iter_unpack(sections[1])),
            tuple(_VARIABLE.iter_unpack(sections[2])),
            tuple(_records(sections[3], count)),
            *sections[4:],
        )
    except struct.error:
        raise bad_plan("an entry is cut off") from None


def _records(section: bytes, count: int) -> Iterable[tuple[int, bytes]]:
    at = 0
    for _ in range(count):
        kind, size = struct.unpack_from("<2I", section, at)
        yield kind, section[at + 8 : at + 8 + size]
        at += 8 + size
    if at != len(section):
        raise bad_plan("its records do not fill their section exactly")


def _whole(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT


def _padded(section: bytes) -> bytes:
    return section + bytes(_whole(len(section)) - len(section))
