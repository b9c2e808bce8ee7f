"""What computes inside the emulated board: the seam behind its registers."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Engine(Protocol):
    """One start of the decoder block on the device's memory."""

    name: str  # "native", "checked", "ap_int", "rtl" or "numpy"

    def start(self, registers: NDArray[np.uint32], memory: NDArray[np.uint8], base: int) -> int:
        """Run to the end and return the status.

        ``registers``: the block's words, that at byte offset o being ``registers[o // 4]``; outputs
        are written there. ``memory``: the device's, its first byte at device address ``base``.
        """
