"""The walk over a FlatBuffer, on bytes written by hand."""

from __future__ import annotations

import struct

import pytest

from edgesdk.formats import flatbuffer
from edgesdk.formats.flatbuffer import (
    Forbidden,
    Malformed,
    Scalar,
    String,
    Table,
    Tables,
    Union,
    Vector,
    check,
)

NUMBER = Table({0: Scalar(4)})


def words(*values: int | bytes) -> bytes:
    """Little-endian 32-bit words, or bytes as they are."""
    return b"".join(v if isinstance(v, bytes) else struct.pack("<i", v) for v in values)


def vtable(size: int, *offsets: int) -> bytes:
    """A vtable of a table of ``size`` bytes with up to three fields, padded to 12 bytes."""
    numbers = (4 + 2 * len(offsets), size, *offsets)
    return struct.pack(f"<{len(numbers)}H", *numbers).ljust(12, b"\0")


# root offset 16, vtable at 4, table at 16: its soffset (12), one field.
ONE = words(16, vtable(8, 4), 12, 4) + words(3, b"abc\0")


def test_well_formed() -> None:
    check(words(16, vtable(8, 4), 12, 77), NUMBER)
    check(ONE, Table({0: Vector(1)}))
    check(ONE, Table({0: String()}))
    check(ONE, Table({5: Scalar(8)}))  # a field that the file does not have


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", NUMBER),
        (words(16), NUMBER),
        (words(0, 0, 0, 0), NUMBER),  # the root leads to itself
        (words(-16, vtable(8, 4), 12, 77), NUMBER),  # and back
        (words(2**31 - 1, vtable(8, 4), 12, 77), NUMBER),
        (words(16, vtable(8, 4), 17, 77), NUMBER),  # a vtable before the file
        (words(16, vtable(8, 4), -17, 77), NUMBER),  # and after it
        (words(16, vtable(8, 4), -(2**31), 77), NUMBER),
        (words(16, b"\2\0\10\0".ljust(12, b"\0"), 12, 77), NUMBER),  # a vtable of two bytes
        (words(16, b"\5\0\10\0".ljust(12, b"\0"), 12, 77), NUMBER),  # of an odd number
        (words(16, b"\xfe\xff\10\0".ljust(12, b"\0"), 12, 77), NUMBER),  # past the end
        (words(16, vtable(9, 4), 12, 77), NUMBER),  # a table past the end
        (words(16, vtable(2, 4), 12, 77), NUMBER),  # one too small for itself
        (words(16, vtable(8, 6), 12, 77), NUMBER),  # a field half outside its table
        (words(16, vtable(8, 2), 12, 77), NUMBER),  # one on top of the vtable's offset
        (words(16, vtable(8, 4), 12, 77), Table({0: Forbidden("that")})),
        (words(16, vtable(8, 4), 12, 4, 8), Table({0: Vector(1)})),  # a vector past the end
        (words(16, vtable(8, 4), 12, 4, -1), Table({0: Vector(4)})),
        (words(16, vtable(8, 4), 12, 4, 2**30), Table({0: Vector(4)})),  # 4 * 2**30 wraps to 0
        (words(16, vtable(8, 4), 12, 4, 1, 9), Table({0: Tables(NUMBER)})),
        (words(16, vtable(8, 4), 12, 4, 3, b"abc"), Table({0: String()})),  # no zero byte after
        (words(16, vtable(8, 4), 12, -4), Table({0: NUMBER})),  # a child that is its parent
        (words(16, vtable(12, 4, 8), 12, 1, 4), Table({1: Union(0, {1: NUMBER})})),
        (words(16, vtable(12, 4, 8), 12, 9, 4), Table({1: Union(0, {1: NUMBER})})),
    ],
)
def test_malformed(data: bytes, kind: Table) -> None:
    with pytest.raises(Malformed):
        check(data, kind)


def test_a_union_takes_the_table_that_its_type_tells() -> None:
    # A child table at 28 whose vtable is the root's: two fields of four bytes each.
    data = words(16, vtable(12, 4, 8), 12, 1, 4, 24, 0, 0)
    check(data, Table({1: Union(0, {1: Table({1: Scalar(4)})})}))
    check(data, Table({1: Union(0, {2: Table({1: Vector(4)})})}))
    with pytest.raises(Malformed):
        check(data, Table({1: Union(0, {1: Table({1: Scalar(8)})})}))


def test_a_table_named_often_costs_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flatbuffer, "MOST_TABLES", 100)
    for count in (99, 100):
        offsets = [4 * (count - i) for i in range(count)]
        end = 28 + 4 * count
        data = words(16, vtable(8, 4), 12, 4, count, *offsets, end - 4)
        kind = Table({0: Tables(Table({}))})
        if count == 99:
            check(data.ljust(end + 64, b"\0"), kind)
        else:
            with pytest.raises(Malformed, match="more than 100 tables"):
                check(data.ljust(end + 64, b"\0"), kind)
