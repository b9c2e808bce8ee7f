"""The seam between the driver and whatever holds the accelerator: PYNQ, or an emulator."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Buffer(Protocol):
    """Memory that host and accelerator both see, through caches that nobody keeps coherent."""

    address: int  # for the accelerator; a multiple of 4096
    array: NDArray[np.uint8]  # the host's view

    def flush(self) -> None:
        """What the host wrote becomes what the accelerator reads."""

    def invalidate(self) -> None:
        """What the accelerator wrote becomes what the host reads."""

    def free(self) -> None:
        """Give it back. Safe twice."""


class Hal(Protocol):
    """One board: its fabric, the registers of our block, and memory for it."""

    name: str  # of the board, for people

    def program(self, bitstream: Path | None) -> None:
        """Load the fabric; the ``.hwh`` lies beside the bitstream. An emulator needs neither.

        Also the way to reset an accelerator that does not answer: nothing of it is kept but
        what lies in memory from ``allocate``.
        """

    def read(self, offset: int) -> int:
        """A 32-bit register of our block."""

    def write(self, offset: int, value: int) -> None:
        """A 32-bit register of our block; ``value`` is an int, not a numpy number."""

    def wait(self, seconds: float) -> bool:
        """Until the block says that it is done; false when the time has passed."""

    def allocate(self, size: int) -> Buffer:
        """Contiguous memory, bytes. Raises ``DoesNotFit`` when there is not enough."""

    def free_memory(self) -> int:
        """Bytes that ``allocate`` has left, in all."""

    def close(self) -> None:
        """Let go of the board. Safe twice."""
