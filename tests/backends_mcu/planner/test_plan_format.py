"""The plan's C reader against plans made by hand: every number that may not be is refused."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgesdk.errors import ModelRefused
from edgesdk.native import ffi, lib
from edgesdk_backends.mcu.planner.plan_file import decode, encode

from .hand_made import ARENA, plan, with_word

MAGIC, VERSION, BYTES, ARENA_FIELD, SECTIONS, COUNT = 0, 4, 8, 12, 16, 44
MALFORMED, UNKNOWN, BAD = (
    lib.EDGE_PLAN_MALFORMED,
    lib.EDGE_PLAN_UNKNOWN_KERNEL,
    lib.EDGE_PLAN_BAD_RECORD,
)
RECORD = 48 + 16 + 16 + 16  # where the record is
ALL = 2**32 - 1


class Opened:
    """A plan in aligned memory, checked."""

    def __init__(self, content: bytes, arena: int = ARENA, shift: int = 0) -> None:
        self.room = np.zeros(len(content) + 64, np.uint8)
        start = -self.room.ctypes.data % 16 + shift
        self.room[start : start + len(content)] = np.frombuffer(content, np.uint8)
        self.address = ffi.cast("uint8_t *", self.room.ctypes.data + start)
        self.plan = ffi.new("struct edge_plan *")
        self.table = lib.edge_operators_plain
        self.status = lib.edge_plan_check(
            self.address, len(content), arena, self.table, lib.EDGE_KINDS, self.plan
        )


def status(content: bytes, **more: Any) -> int:
    return int(Opened(content, **more).status)


def test_it_runs() -> None:
    opened = Opened(plan())
    assert opened.status == lib.EDGE_PLAN_OK
    arena = ffi.new("uint8_t[64]")
    memory = ffi.new("struct edge_memory *", {"arena": arena, "constants": opened.plan.constants})
    lib.edge_plan_reset(opened.plan, memory)
    assert bytes(arena[32:36]) == b"\7\7\7\7"
    lib.edge_plan_run(opened.plan, memory, opened.table)
    assert bytes(arena[16:24]) == bytes(range(8))
    assert (opened.plan.input_bytes, opened.plan.output_bytes) == (4, 8)


def test_a_variable_begins_with_its_value() -> None:
    opened = Opened(plan(variables=struct.pack("<4I", 32, 4, 5, 0)))
    assert opened.status == lib.EDGE_PLAN_OK
    arena = ffi.new("uint8_t[64]")
    memory = ffi.new("struct edge_memory *", {"arena": arena, "constants": opened.plan.constants})
    lib.edge_plan_reset(opened.plan, memory)
    assert bytes(arena[32:36]) == bytes([5, 6, 7, 8])


def test_golden_vectors_are_counted() -> None:
    opened = Opened(plan(golden=bytes(24)))
    assert (opened.status, opened.plan.golden_vectors) == (lib.EDGE_PLAN_OK, 2)


@pytest.mark.parametrize(
    ("offset", "value", "expected"),
    [
        (MAGIC, 0, MALFORMED),
        (VERSION, 2, lib.EDGE_PLAN_VERSION),
        (BYTES, 0, MALFORMED),
        (ARENA_FIELD, ARENA + 1, lib.EDGE_PLAN_ARENA_TOO_SMALL),
        (ARENA_FIELD, 32, MALFORMED),  # the variable is no longer inside
        *((SECTIONS + 4 * i, ALL, MALFORMED) for i in range(7)),
        *((SECTIONS + 4 * i, ALL - 15, MALFORMED) for i in range(7)),
        (SECTIONS, 4, MALFORMED),
        (COUNT, 0, MALFORMED),
        (COUNT, 2, MALFORMED),
        (COUNT, ALL, MALFORMED),
        (48, 61, MALFORMED),  # input
        (48, ALL, MALFORMED),
        (52, ALL, MALFORMED),
        (64, 57, MALFORMED),  # output
        (80, 61, MALFORMED),  # variable
        (84, ALL, MALFORMED),
        (88, 13, MALFORMED),
        (92, 256, MALFORMED),
        (RECORD, 0, UNKNOWN),
        (RECORD, 127, UNKNOWN),
        (RECORD, 128, UNKNOWN),
        (RECORD, ALL, UNKNOWN),
        (RECORD + 4, 8, BAD),
        (RECORD + 4, 13, MALFORMED),
        (RECORD + 4, ALL, MALFORMED),
        (RECORD + 8, 57, BAD),
        (RECORD + 8, ALL - 3, BAD),
        (RECORD + 12, 9, BAD),
        (RECORD + 16, ALL, BAD),
        (RECORD + 20, 1, MALFORMED),  # padding behind the records
    ],
)
def test_a_wrong_number_is_refused(offset: int, value: int, expected: int) -> None:
    assert status(with_word(plan(), offset, value)) == expected


@pytest.mark.parametrize("cut", [1, 4, 16, 32, 100])
def test_a_plan_that_is_cut_off(cut: int) -> None:
    content = plan()[:-cut]
    assert status(content) == MALFORMED
    assert status(with_word(content, BYTES, len(content))) == MALFORMED


def test_bytes_behind_the_end() -> None:
    content = plan() + bytes(16)
    assert status(content) == MALFORMED
    assert status(with_word(content, BYTES, len(content))) == MALFORMED


def test_too_short_for_a_header() -> None:
    assert {status(plan()[:size]) for size in range(48)} == {MALFORMED}


def test_at_an_odd_address() -> None:
    assert status(plan(), shift=4) == MALFORMED


def test_sizes_of_sections() -> None:
    assert status(plan(golden=bytes(13))) == MALFORMED
    assert status(plan(inputs=b"", outputs=b"", golden=bytes(1))) == MALFORMED
    assert status(plan(inputs=b"", outputs=b"")) == lib.EDGE_PLAN_OK
    assert status(plan(interface=bytes(16384))) == lib.EDGE_PLAN_OK
    assert status(plan(interface=bytes(16385))) == MALFORMED
    assert status(plan(variables=struct.pack("<4I", 32, 4, 0, 1))) == MALFORMED


def test_sums_of_places_that_have_more_than_32_bits() -> None:
    """Refused because no arena is that large; the places themselves are inside."""
    places = struct.pack("<2I", 0, 2**31) * 2
    content = with_word(plan(inputs=places), ARENA_FIELD, 2**31)
    assert status(content, arena=2**31) == MALFORMED


def test_the_writer_writes_the_same_bytes() -> None:
    content = plan(golden=bytes(24))
    assert encode(decode(content)) == content


@pytest.mark.parametrize(
    ("offset", "value"),
    [(MAGIC, 0), (VERSION, 9), (BYTES, 1), (COUNT, 2), (COUNT, 0), (SECTIONS, 4)],
)
def test_the_python_reader_refuses_too(offset: int, value: int) -> None:
    with pytest.raises(ModelRefused) as caught:
        decode(with_word(plan(), offset, value))
    assert caught.value.id == "EDGE-0289"


def test_the_page_gives_this_plan() -> None:
    """docs/execution-plan.md shows the plan that these tests begin with."""
    page = (Path(__file__).parents[3] / "docs/execution-plan.md").read_text("utf-8")
    words = [line.split("|")[2].strip() for line in page.splitlines() if line.startswith("| 0x")]
    assert bytes.fromhex("".join(words)) == plan()
