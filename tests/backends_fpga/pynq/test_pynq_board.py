"""A board through PYNQ: what is its own, beside what every board does (see ../driver)."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgesdk.errors import DeviceUnavailable, EdgeError, LinkFailed, NoDevice, UsageError
from edgesdk_backends.fpga.driver.driver import Driver
from edgesdk_backends.fpga.emulator.faults import Faults
from edgesdk_backends.fpga.pynq import board_lock
from edgesdk_backends.fpga.registers import BLOCKS
from edgesdk_backends.fpga.registers.hwh import BASE
from tests.backends_fpga.driver.fake import FakeEngine, ready
from tests.backends_fpga.pynq.board import CLOCK, board, design

NO_FAULTS = Faults()
Make = Callable[..., Any]
pynq = pytest.importorskip("pynq", reason="the package pynq is not installed: pynq[numpy<2]")


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    monkeypatch.setattr(board_lock, "SYSTEM", tmp_path / "locks")
    with ExitStack() as boards:

        def build(
            faults: Faults = NO_FAULTS, engine: FakeEngine | None = None, **settings: Any
        ) -> Any:
            engine = engine or FakeEngine()
            hal = board(tmp_path / "board", engine, faults, 1 << 20, **settings)
            boards.callback(hal.close)
            return hal

        yield build


def refused(identity: str, hal: Any, bitstream: Path | None) -> EdgeError:
    with pytest.raises(EdgeError) as raised:
        hal.program(bitstream)
    assert raised.value.id == identity
    return raised.value


def test_pynq_knows_the_design(make: Make, tmp_path: Path) -> None:
    """Our handoff file says to PYNQ what Vivado's would."""
    make()
    overlay = pynq.Overlay(str(design(tmp_path)), device=pynq.Device.active_device)
    entry = overlay.ip_dict["edge_decoder_0"]
    block = BLOCKS["decoder"]
    assert (entry["phys_addr"], entry["addr_range"]) == (BASE, block.range)
    assert entry["type"] == block.vlnv
    for register in block.inputs:
        name = f"{register.name}_1" if register.kind == "address" else register.name
        assert entry["registers"][name]["address_offset"] == register.offset
    assert [int(clock["enable"]) for clock in overlay.clock_dict.values()] == [1, 0, 0, 0]
    assert int(overlay.clock_dict[0]["divisor0"]) == 1500 / CLOCK
    assert overlay.interrupt_pins["edge_decoder_0/interrupt"]["controller"] == "axi_intc_0"


def test_it_waits_for_the_interrupt(make: Make) -> None:
    engine, gate = FakeEngine(), threading.Event()
    hal = make(engine=engine)
    pauses = []
    driver, model = ready(hal)
    interrupt = hal._interrupt
    assert interrupt is not None
    original = interrupt.pause

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        gate.set()
        original(10)  # nothing but the interrupt ends it

    interrupt.pause, engine.gate = pause, gate
    for _ in range(5):
        gate.clear()  # no pass is done before somebody waits for it
        model.put(0)
        driver.forward(0, 4, 4, 60)
        assert (model.get() == 10).all()
    assert len(pauses) >= 5


def test_within_an_event_loop(make: Make) -> None:
    """A notebook has one running; ours cannot run in it, so the block is asked."""
    driver, model = ready(make())
    model.put(0)

    async def cell() -> None:
        driver.forward(0, 4, 4, 5)

    asyncio.run(cell())
    assert (model.get() == 10).all()


def test_without_the_interrupt(make: Make) -> None:
    hal = make()
    pynq.Device.active_device = None  # what PYNQ's interrupts look at
    driver, model = ready(hal)
    assert hal._interrupt is None
    model.put(0)
    driver.forward(0, 4, 4, 5)
    assert (model.get() == 10).all()


def test_a_reset_loads_the_fabric_again(make: Make) -> None:
    hal = make(Faults("hang", after=1))
    driver, _ = ready(hal)
    assert pynq.Device.active_device.programmed == 1
    with pytest.raises(LinkFailed):
        driver.forward(0, 1, 1, 0.05)
    assert pynq.Device.active_device.programmed == 2
    driver.forward(0, 1, 1, 5)


def test_the_clock_is_set(make: Make) -> None:
    hal = make(clock_mhz=187.5)
    hal.program(hal.bitstream)
    assert pynq.ps.Clocks.fclk0_mhz == pytest.approx(187.5, rel=1e-4)


def test_a_clock_that_cannot_be(make: Make) -> None:
    hal = make(clock_mhz=900.0)
    assert "900 MHz are wanted" in refused("EDGE-02166", hal, hal.bitstream).evidence


def test_no_bitstream(make: Make) -> None:
    assert "hls/vitis" in refused("EDGE-02165", make(), None).next_step


def test_a_bitstream_that_is_not_there(make: Make, tmp_path: Path) -> None:
    hal = make()
    refused("EDGE-02161", hal, tmp_path / "none.bit")
    hal.bitstream.unlink()
    assert "does not exist" in refused("EDGE-0637", hal, hal.bitstream).evidence


def test_the_handoff_file_of_another_bitstream(make: Make) -> None:
    sha256 = hashlib.sha256(b"another").hexdigest()
    hal = make(hwh_sha256=sha256)
    refused("EDGE-02162", hal, hal.bitstream)


def test_a_handoff_file_that_pynq_cannot_read(make: Make) -> None:
    """It is good enough for us, and lacks what PYNQ wants to know of the clocks."""
    hal = make()
    path = hal.bitstream.with_suffix(".hwh")
    path.write_text(path.read_text().replace("<PARAMETER ", "<SETTING "))
    refused("EDGE-0637", hal, hal.bitstream)


def test_not_root(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    hal = make()

    def download(*arguments: object) -> None:
        raise OSError("Root permissions required.")

    monkeypatch.setattr(type(pynq.Device.active_device), "download", download)
    error = refused("EDGE-0562", hal, hal.bitstream)
    assert isinstance(error, DeviceUnavailable)


def test_two_programs_on_a_board(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    first = make()
    with pytest.raises(DeviceUnavailable, match="Another program is using the board KV260"):
        make()
    monkeypatch.setenv("EDGESDK_STATE", "/another/user")  # root has another, and one board
    with pytest.raises(DeviceUnavailable):
        make()
    first.close()
    make().close()


def test_no_board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from edgesdk_backends.fpga.pynq.hal import PynqHal

    monkeypatch.setattr(pynq.Device, "_devices", [], raising=False)
    with pytest.raises(NoDevice) as raised:
        PynqHal()
    assert raised.value.id == "EDGE-0311"


def test_registers_outside_the_design(make: Make) -> None:
    make()
    with pytest.raises(LinkFailed) as raised:
        pynq.MMIO(BASE, 16, device=pynq.Device.active_device).read(0)
    assert raised.value.id == "EDGE-0636"


def test_slices_are_not_flushed(make: Make) -> None:
    make()
    buffer = pynq.allocate((64,), np.uint8, target=pynq.Device.active_device)
    with pytest.raises(ValueError, match="whole"):
        buffer[8:].flush()


def test_a_freed_buffer_moves_no_bytes(make: Make) -> None:
    hal = make()
    Driver(hal, hal.bitstream)
    buffer = hal.allocate(64)
    buffer.free()
    buffer.flush()
    buffer.invalidate()
    assert buffer.array.size == 0


def test_wrong_use_is_one_error(make: Make) -> None:
    hal = make()
    hal.close()
    with pytest.raises(UsageError):
        hal.program(hal.bitstream)
