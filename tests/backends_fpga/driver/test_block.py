"""The emulated registers behave as those that Vitis HLS makes."""

from __future__ import annotations

import threading
import time

import pytest

from edgesdk_backends.fpga.emulator.block import EmulatedBlock
from edgesdk_backends.fpga.emulator.faults import Faults
from edgesdk_backends.fpga.emulator.memory import EmulatedMemory
from edgesdk_backends.fpga.registers import OPERATION
from edgesdk_backends.fpga.registers.spec import (
    CONTROL,
    DONE,
    GLOBAL_INTERRUPT,
    IDLE,
    INTERRUPT_ENABLE,
    INTERRUPT_STATUS,
    READY,
    START,
)
from edgesdk_backends.fpga.waiting import wait_for_done
from tests.backends_fpga.driver.fake import BLOCK, FakeEngine
from tests.waiting import until

OPERATION_REGISTER = BLOCK.offset("operation")
STATUS_REGISTER = BLOCK.offset("status")


class Bench:
    """A block that was told to identify, and a count of its interrupts."""

    def __init__(self, engine: FakeEngine | None = None) -> None:
        self.interrupts = 0
        self.block = EmulatedBlock(
            BLOCK, engine or FakeEngine(), EmulatedMemory(4096), Faults(), self.count
        )
        self.block.write(OPERATION_REGISTER, OPERATION["identify"])

    def count(self) -> None:
        self.interrupts += 1

    def run(self) -> None:
        self.block.write(CONTROL, START)
        until(lambda: self.block._control & IDLE)


def test_at_first_it_is_idle() -> None:
    assert Bench().block.read(CONTROL) == IDLE


def test_reading_clears_done_and_ready() -> None:
    bench = Bench()
    bench.run()
    assert bench.block.read(CONTROL) == DONE | IDLE | READY
    assert bench.block.read(CONTROL) == IDLE


def test_an_output_says_once_that_it_is_new() -> None:
    block = Bench().block
    assert block.read(BLOCK.offset("identity") + 4) == 0
    bench = Bench()
    bench.run()
    for expected in (1, 0):
        assert bench.block.read(BLOCK.offset("identity") + 4) == expected
        assert bench.block.read(BLOCK.offset("identity")) == BLOCK.identity


def test_outputs_cannot_be_written() -> None:
    bench = Bench()
    bench.block.write(STATUS_REGISTER, 9)
    assert bench.block.read(STATUS_REGISTER) == 0


@pytest.mark.parametrize(("enabled", "whole", "count"), [(1, 1, 1), (1, 0, 0), (0, 1, 0)])
def test_interrupts_have_two_switches(enabled: int, whole: int, count: int) -> None:
    bench = Bench()
    bench.block.write(INTERRUPT_ENABLE, enabled)
    bench.block.write(GLOBAL_INTERRUPT, whole)
    bench.run()
    assert bench.interrupts == count
    assert bench.block.read(INTERRUPT_STATUS) == enabled
    assert bench.block.read(INTERRUPT_ENABLE) == enabled
    assert bench.block.read(GLOBAL_INTERRUPT) == whole


def test_writing_the_interrupt_status_toggles_it() -> None:
    bench = Bench()
    for expected in (1, 0):
        bench.block.write(INTERRUPT_STATUS, 1)
        assert bench.block.read(INTERRUPT_STATUS) == expected


def test_a_start_while_it_works_is_no_start() -> None:
    gate = threading.Event()
    engine = FakeEngine(gate=gate)
    bench = Bench(engine)
    bench.block.write(CONTROL, START)
    assert bench.block.read(CONTROL) == START
    bench.block.write(CONTROL, START)
    gate.set()
    until(lambda: bench.block.read(CONTROL) & DONE)
    assert bench.block.starts == len(engine.seen) == 1


def test_writing_zero_starts_nothing() -> None:
    bench = Bench()
    bench.block.write(CONTROL, 0)
    assert bench.block.starts == 0


@pytest.mark.parametrize("value", [-1, 1 << 32, 1.0, True])
def test_a_register_takes_an_int_of_32_bits(value: object) -> None:
    with pytest.raises(TypeError):
        Bench().block.write(OPERATION_REGISTER, value)  # type: ignore[arg-type]


def test_a_wait_of_no_length_asks_once_more() -> None:
    answers = [0, DONE]
    assert wait_for_done(lambda offset: answers.pop(0), time.sleep, 0)
    assert not wait_for_done(lambda offset: 0, time.sleep, 0)


def test_pauses_grow_and_end_in_time() -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        time.sleep(seconds)

    assert not wait_for_done(lambda offset: 0, pause, 0.05)
    assert pauses[0] < 1e-4 and max(pauses) <= 5e-3
    assert len(pauses) < 100
