"""A board that PYNQ finds in this process: an emulated device, with the native engine behind it.

Its memory goes with the process, as a board's does with its power; the store of models is a folder.
"""

from __future__ import annotations

import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from edgesdk_backends.fpga.driver.patience import NATIVE
from edgesdk_backends.fpga.emulator.engines import open_engine
from edgesdk_backends.fpga.emulator.faults import Faults
from edgesdk_backends.fpga.pynq import board_lock
from tests.backends_fpga.pynq.board import CLOCK, design

MEMORY = 64 << 20  # bytes


def switch_pynq_on(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """PYNQ's board from now on, with all of its memory free."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what PYNQ itself imports
        pynq: Any = import_module("pynq")
        module = import_module("edgesdk_backends.fpga.emulator.pynq_device")
    board = module.EmulatedDevice(folder.name, open_engine(NATIVE), MEMORY, Faults())
    patch.setattr(board_lock, "SYSTEM", folder / "locks")
    patch.setattr(pynq.Device, "_devices", [board], raising=False)
    pynq.Device.active_device = board
    patch.setattr("edgesdk_backends.fpga.pynq.hal.cma_free", lambda: board.memory.free_bytes)


def pynq_options(folder: Path) -> dict[str, str]:
    """What a bundle for a real board carries: a bitstream, here an empty one with its handoff."""
    return {"bitstream": str(design(folder / "design")), "clock": str(CLOCK)}
