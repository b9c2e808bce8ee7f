"""The emulated memory: pieces never overlap, and everything comes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgesdk.errors import DoesNotFit
from edgesdk_backends.fpga.driver.driver import Driver
from edgesdk_backends.fpga.emulator.memory import BASE, PAGE, EmulatedBuffer, EmulatedMemory
from tests.backends_fpga.driver.fake import MakeHal

PAGES = 16


def test_this_machine_has_an_end_too(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = EmulatedMemory(PAGE)

    def none(size: int, dtype: object) -> None:
        raise MemoryError

    monkeypatch.setattr("edgesdk_backends.fpga.emulator.memory.np.zeros", none)
    for call in (lambda: EmulatedMemory(1 << 40), lambda: EmulatedBuffer(memory, 100)):
        with pytest.raises(DoesNotFit) as raised:
            call()
        assert raised.value.id == "EDGE-0941"
    assert memory.free_bytes == PAGE


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5 * PAGE)), max_size=60))
def test_pieces_never_overlap(steps: list[tuple[bool, int]]) -> None:
    memory = EmulatedMemory(PAGES * PAGE)
    held: list[tuple[int, int]] = []
    for take, number in steps:
        if take:
            try:
                held.append((memory.take(number), number))
            except DoesNotFit:
                assert longest_hole(held) < max(number, 1)
        elif held:
            memory.give_back(*held.pop(number % len(held)))
        assert memory.free_bytes == PAGES * PAGE - sum(len(pages(*piece)) for piece in held) * PAGE
        taken = [page for piece in held for page in pages(*piece)]
        assert len(set(taken)) == len(taken)
    for piece in held:
        memory.give_back(*piece)
    assert memory.take(PAGES * PAGE) == BASE


def pages(address: int, size: int) -> range:
    first = (address - BASE) // PAGE
    assert address % PAGE == 0
    return range(first, first + max(1, -(-size // PAGE)))


def longest_hole(held: list[tuple[int, int]]) -> int:
    taken = {page for piece in held for page in pages(*piece)}
    longest = length = 0
    for page in range(PAGES):
        length = 0 if page in taken else length + 1
        longest = max(longest, length)
    return longest * PAGE


def test_a_buffer_is_freed_once() -> None:
    memory = EmulatedMemory(4 * PAGE)
    buffers = [EmulatedBuffer(memory, 3 * PAGE)]
    buffers[0].free()
    buffers.append(EmulatedBuffer(memory, 3 * PAGE))
    buffers[0].free()
    assert memory.free_bytes == PAGE


def test_a_freed_buffer_moves_no_bytes() -> None:
    memory = EmulatedMemory(4 * PAGE)
    old = EmulatedBuffer(memory, PAGE)
    old.free()
    new = EmulatedBuffer(memory, PAGE)
    new.array[:] = 1
    new.flush()
    old.flush()
    new.invalidate()
    assert (new.array == 1).all()


def test_no_room(make_hal: MakeHal) -> None:
    hal = make_hal(memory=64 * PAGE)
    Driver(hal, getattr(hal, "bitstream", None))
    assert hal.free_memory() == 64 * PAGE
    buffer = hal.allocate(60 * PAGE)
    with pytest.raises(DoesNotFit) as raised:
        hal.allocate(8 * PAGE)
    assert raised.value.id == "EDGE-0941"
    assert f"{8 * PAGE} bytes" in raised.value.evidence
    assert f"{4 * PAGE} are free" in raised.value.evidence
    buffer.free()
    buffer.free()
    assert hal.free_memory() == 64 * PAGE
    assert hal.allocate(64 * PAGE).address % PAGE == 0


def test_memory_survives_a_reset(make_hal: MakeHal) -> None:
    hal = make_hal()
    driver = Driver(hal, getattr(hal, "bitstream", None))
    buffer = hal.allocate(PAGE)
    buffer.array[:] = 7
    buffer.flush()
    driver.reset()
    buffer.array[:] = 0
    buffer.invalidate()
    assert (buffer.array == 7).all()
