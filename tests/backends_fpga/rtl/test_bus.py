"""Registers, refusals, interrupts, and a bus that fails."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgesdk_backends.fpga.emulator.rtl_simulation import BusMemory, Simulation
from edgesdk_backends.fpga.registers.spec import (
    BLOCKS,
    CONTROL,
    DONE,
    GLOBAL_INTERRUPT,
    IDLE,
    INTERRUPT_ENABLE,
    INTERRUPT_STATUS,
    START,
    STATUS,
)

from .problems import drawn, solve

BLOCK = BLOCKS["matmul"]
CHANNELS = ["weights_0", "weights_1", "weights_2", "weights_3", "codes", "sums"]
ADDRESSES = [register for register in BLOCK.registers if register.name in CHANNELS]


def read(block: Simulation, name: str) -> int:
    return block.read(BLOCK.offset(name))


def write(block: Simulation, **values: int) -> None:
    for name, value in values.items():
        block.write(BLOCK.offset(name), value)


def refusal(block: Simulation, **changes: int) -> int:
    """The status of a run that cannot begin, on arguments that are good but for the changes."""
    arguments: dict[str, int] = {"rows": 16, "tiles": 1, "tokens": 1}
    for register in ADDRESSES:
        address = changes.pop(register.name, 0x1000)
        block.write(register.offset, address & 0xFFFFFFFF)
        block.write(register.offset + 4, address >> 32)
    write(block, **{**arguments, **changes})
    block.write(CONTROL, START)
    for _ in range(8):
        if block.read(CONTROL) & DONE:
            break
    assert block.read(CONTROL) == IDLE
    return read(block, "status")


def test_it_says_what_it_is(block: Simulation) -> None:
    expected = {
        "identity": BLOCK.identity,
        "map_version": 1,
        "weight_version": 1,
        "tables": 32,
        "lanes": 4,
        "chunk": 8,
        "max_rows": 6912,
        "max_tiles": 72,
    }
    assert {name: read(block, name) for name in expected} == expected


def test_arguments_are_read_back(block: Simulation) -> None:
    """Whole words; part of a word changes nothing, and neither does a write to an output."""
    offsets = [word for r in BLOCK.registers if r.kind != "output" for word in r.words]
    values = {offset: 0x1234_0000 + offset for offset in offsets}
    for offset, value in values.items():
        block.write(offset, value)
        block.write(offset, 0xFFFF_FFFF, strobes=0b0111)
    write(block, identity=7)
    assert {offset: block.read(offset) for offset in offsets} == values
    assert read(block, "identity") == BLOCK.identity


def test_offsets_without_a_register_read_as_zero(block: Simulation) -> None:
    known = {word for register in BLOCK.registers for word in register.words}
    unknown = sorted(set(range(0x10, 0x200, 4)) - known)
    assert len(unknown) > 40
    assert not any(block.read(offset) for offset in [*unknown, 0xFFC])


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"rows": 0}, "bad_shape"),
        ({"rows": 24}, "bad_shape"),
        ({"tiles": 0}, "bad_shape"),
        ({"tokens": 0}, "bad_shape"),
        ({"rows": 6928}, "too_large"),
        ({"rows": 1 << 16}, "too_large"),
        ({"tiles": 73}, "too_large"),
        ({"tiles": 1 << 31}, "too_large"),
        ({"tokens": 9}, "too_large"),
        ({"tokens": 17}, "too_large"),
        ({"weights_2": 0x1008}, "bad_shape"),
        ({"sums": 1 << 40}, "bus_error"),
        ({"weights_0": 1 << 63}, "bus_error"),
        ({"sums": (1 << 40) - 16}, "bus_error"),
        ({"codes": (1 << 40) - (1 << 24)}, "bus_error"),
    ],
)
def test_what_it_refuses(block: Simulation, changes: dict[str, Any], status: str) -> None:
    assert refusal(block, **changes) == STATUS[status]
    assert read(block, "cycles_low") == 2  # it looked, and said so: nothing was read or written
    solve(block, drawn(1, 32, 1, 1))  # and goes on


@pytest.mark.parametrize("channel", range(len(CHANNELS)), ids=CHANNELS)
def test_addresses_that_are_no_memory(block: Simulation, channel: int) -> None:
    """It ends, says so, and the next run is a good one."""
    problem = drawn(2, 64, 3, 2)
    block.configure(BusMemory(broken=1 << channel))
    streams = np.zeros((4, 3 * 4 * 80), np.uint8)
    status, _ = block.matmul(streams, 64, problem.codes)
    assert (status, block.fault) == (STATUS["bus_error"], "")
    block.configure(BusMemory())
    solve(block, problem)


def test_a_run_that_does_not_end(block: Simulation) -> None:
    problem = drawn(3, 64, 3, 2)
    block.configure(BusMemory(limit=50))
    status, _ = block.matmul(np.zeros((4, 960), np.uint8), 64, problem.codes)
    assert status == STATUS["bus_error"]
    assert "did not finish" in block.fault
    block.configure(BusMemory())
    solve(block, problem)


def test_interrupt_and_done(block: Simulation) -> None:
    """As Vitis HLS has it: enabled twice, raised by the end, cleared by writing; done once."""
    solve(block, drawn(1, 16, 1, 1))
    assert not block.interrupt
    block.write(GLOBAL_INTERRUPT, 0)
    refusal(block, rows=0)
    assert block.read(INTERRUPT_STATUS) == 1
    assert not block.interrupt
    block.write(GLOBAL_INTERRUPT, 1)
    assert block.interrupt
    block.write(INTERRUPT_STATUS, 1)
    assert not block.interrupt
    block.write(INTERRUPT_ENABLE, 0)
    refusal(block, rows=0)
    assert block.read(INTERRUPT_STATUS) == 0


def test_outputs_tell_once_that_they_are_new(block: Simulation) -> None:
    solve(block, drawn(1, 16, 1, 1))
    refusal(block, rows=0)
    fresh = BLOCK.offset("cycles_low") + 4
    assert [block.read(fresh), block.read(fresh)] == [1, 0]
