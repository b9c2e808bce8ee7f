"""The accelerator that proposes golden answers when a model is compiled: the native emulator."""

from __future__ import annotations

from .accelerator import Accelerator
from .emulator.hal import EmulatedHal
from .engines import NATIVE, open_engine


def golden_accelerator(memory: int) -> Accelerator:
    """A fresh one, with so many bytes; nobody else has it."""
    return Accelerator(EmulatedHal(open_engine(NATIVE), memory), None, NATIVE)
