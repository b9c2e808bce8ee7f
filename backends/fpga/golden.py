"""The accelerator that proposes golden answers when a model is compiled: the native emulator."""

from __future__ import annotations

from .driver.accelerator import Accelerator
from .driver.patience import NATIVE
from .emulator.engines import open_engine
from .emulator.hal import EmulatedHal


def golden_accelerator(memory: int) -> Accelerator:
    """A fresh one, with so many bytes; nobody else has it."""
    return Accelerator(EmulatedHal(open_engine(NATIVE), memory), None, NATIVE)
