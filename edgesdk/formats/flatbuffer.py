"""Checking a FlatBuffer before anything reads it: every offset, table and vector in bounds.

Specification: https://flatbuffers.dev/internals/
A schema is data: for each table, a mapping from field number to what the field holds. Readers made
from that schema's own library follow offsets wherever they point; after ``check`` they stay inside
the file and meet at most ``MOST_TABLES`` tables. Fields that the schema does not name are skipped,
as readers skip them.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

MOST_TABLES = 250_000


class Malformed(ValueError):
    """A FlatBuffer that leads outside itself, or is too large to read."""


@dataclass(frozen=True)
class Scalar:
    """A number of ``size`` bytes inside the table."""

    size: int


@dataclass(frozen=True)
class Vector:
    """A vector of numbers, or of structs, of ``size`` bytes each."""

    size: int


@dataclass(frozen=True)
class String:
    """A vector of bytes and a zero byte after it."""


@dataclass(frozen=True)
class Table:
    """Another table, with its fields by number."""

    fields: Mapping[int, Field]


@dataclass(frozen=True)
class Tables:
    """A vector of tables of one kind."""

    of: Table


@dataclass(frozen=True)
class Union:
    """A table whose kind the number before it tells; a kind without an entry has no known fields.

    ``type_field`` is the field that tells.
    """

    type_field: int
    kinds: Mapping[int, Table] = field(default_factory=dict)


@dataclass(frozen=True)
class Forbidden:
    """Something that must not be there; ``what`` says what it is, for the refusal."""

    what: str


Field = Forbidden | Scalar | Vector | String | Table | Tables | Union
_ANY_TABLE = Table({})


def check(data: bytes, root: Table) -> None:
    """Walk everything a reader of ``root`` can reach. Raises ``Malformed``."""
    if len(data) > 2**31 - 1:
        raise Malformed("a FlatBuffer holds at most 2 GiB")
    walk = _Walk(data)
    walk.table(walk.follow(0), root)


class _Walk:
    """One pass over a file; ``left`` is how many tables it may still meet."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.left = MOST_TABLES

    def table(self, at: int, kind: Table) -> None:
        """Check the table at a position, and all that hangs on it."""
        self.left -= 1
        if self.left < 0:
            raise Malformed(f"more than {MOST_TABLES} tables")
        vtable = at - self.number("<i", at)
        fields, size = self.vtable(vtable, at)
        for number, what in kind.fields.items():
            if number < fields and (offset := self.number("<H", vtable + 4 + 2 * number)):
                if isinstance(what, Forbidden):
                    raise Malformed(f"it has {what.what}")
                width = what.size if isinstance(what, Scalar) else 4
                if offset < 4 or offset + width > size:
                    raise Malformed(f"a field of the table at byte {at} lies outside the table")
                if not isinstance(what, Scalar):
                    self.child(what, at + offset, at, vtable, fields)

    def vtable(self, at: int, table: int) -> tuple[int, int]:
        """The number of fields that a vtable has room for, and the table's size in bytes."""
        length, size = self.number("<H", at), self.number("<H", at + 2)
        if length < 4 or length % 2 or size < 4:
            raise Malformed(f"the vtable at byte {at} is too short")
        self.within(at, length)
        self.within(table, size)
        return (length - 4) // 2, size

    def child(self, what: Field, at: int, table: int, vtable: int, fields: int) -> None:
        """Check what the offset at a position of a table leads to."""
        target = self.follow(at)
        if isinstance(what, Table):
            self.table(target, what)
        elif isinstance(what, Vector):
            self.vector(target, what.size)
        elif isinstance(what, String):
            end = target + 4 + self.vector(target, 1)
            self.within(end, 1)
        elif isinstance(what, Tables):
            self.tables(target, what)
        elif isinstance(what, Union):
            known = what.type_field < fields
            offset = self.number("<H", vtable + 4 + 2 * what.type_field) if known else 0
            kind = self.number("<B", table + offset) if offset else 0
            self.table(target, what.kinds.get(kind, _ANY_TABLE))

    def tables(self, at: int, what: Tables) -> None:
        """Check a vector of offsets and the tables that they lead to."""
        for index in range(self.vector(at, 4)):
            self.table(self.follow(at + 4 + 4 * index), what.of)

    def vector(self, at: int, size: int) -> int:
        """The number of entries of a vector that lies inside the file."""
        count = self.number("<I", at)
        self.within(at + 4, count * size)
        return count

    def follow(self, at: int) -> int:
        """Where the offset at a position leads: always forward, so nothing can lead in a circle."""
        offset = self.number("<I", at)
        if offset < 4:
            raise Malformed(f"the offset at byte {at} leads nowhere")
        self.within(at + offset, 4)
        return at + offset

    def number(self, form: str, at: int) -> int:
        """The number at a position, which must lie inside the file."""
        self.within(at, struct.calcsize(form))
        value: int = struct.unpack_from(form, self.data, at)[0]
        return value

    def within(self, at: int, size: int) -> None:
        """Refuse bytes that the file does not have."""
        if at < 0 or at + size > len(self.data):
            raise Malformed(f"{size} bytes at byte {at} are not in the file's {len(self.data)}")
