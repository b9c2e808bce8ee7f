"""A board that PYNQ finds: an emulated device, and a bitstream with its handoff file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edgesdk_backends.fpga.emulator.faults import Faults
from edgesdk_backends.fpga.pynq.hal import PynqHal
from edgesdk_backends.fpga.registers import BLOCKS
from edgesdk_backends.fpga.registers.hwh import hwh_text
from tests.backends_fpga.device.bit_files import bit

CLOCK = 250.0  # MHz


def design(folder: Path) -> Path:
    """The bitstream of an emulated board: a header, bytes of its own, and a handoff file."""
    folder.mkdir(parents=True, exist_ok=True)
    bitstream = folder / "decoder.bit"
    bitstream.write_bytes(bit() + str(folder).encode())
    bitstream.with_suffix(".hwh").write_text(hwh_text(BLOCKS["decoder"], CLOCK))
    return bitstream


def board(folder: Path, engine: Any, faults: Faults, memory: int, **settings: Any) -> PynqHal:
    """A board of its own, which is also PYNQ's active one."""
    import pynq

    from edgesdk_backends.fpga.emulator.pynq_device import EmulatedDevice

    device = EmulatedDevice(folder.name, engine, memory, faults)
    pynq.Device.active_device = device
    free = settings.pop("free_memory", lambda: device.memory.free_bytes)
    hal = PynqHal(device, free_memory=free, **settings)
    hal.bitstream = design(folder)  # type: ignore[attr-defined]
    return hal
