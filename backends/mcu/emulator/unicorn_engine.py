"""The nRF5340 in Unicorn, as an engine of the emulator's process."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, BinaryIO

from .board import Board
from .control import ControlSocket
from .faults import Faults
from .flash_file import FlashFile
from .machine import Machine
from .process import Line


class StallingLine(Line):
    """Takes nothing for a while, once so many bytes have come."""

    def __init__(self, line: socket.socket, control: ControlSocket, faults: Faults) -> None:
        super().__init__(line, control)
        self._faults, self._count, self._until = faults, 0, 0.0

    def waiting(self) -> bytes:
        """See ``Line``."""
        return b"" if time.monotonic() < self._until else super().waiting()

    def taken(self, count: int) -> None:
        """See ``Line``."""
        super().taken(count)
        before, self._count = self._count, self._count + count
        if before < self._faults.stall_after <= self._count:
            self._until = time.monotonic() + self._faults.stall_seconds


class UnicornEngine:
    """See ``serve.Engine``."""

    def __init__(
        self, board: Board, file: BinaryIO, control: ControlSocket, faults: Faults
    ) -> None:
        self._control = control
        self._flash = FlashFile(file, board, faults)
        self._line: Line | None = None
        self._machine = Machine(board, self._flash)

    def power_on(self, line: socket.socket) -> None:
        """See ``Engine``."""
        self.power_off()
        self._line = StallingLine(line, self._control, self._flash.faults)
        self._machine.power_on(self._line)

    def power_off(self) -> None:
        """See ``Engine``."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def work(self) -> bool:
        """See ``Engine``."""
        if self._line is None:
            return False
        self._machine.step()
        if self._machine.is_cut:
            self.power_off()
        return True

    def set_cut(self, at: int, tear: str, seed: int) -> None:
        """See ``Engine``."""
        self._flash.faults = replace(self._flash.faults, cut=at, tear=tear, seed=seed)

    def counts(self) -> Mapping[str, Any]:
        """See ``Engine``."""
        return {
            "on": self._line is not None,
            "instructions": self._machine.counter.count,
            "programs": self._flash.programs,
            "erases": self._flash.erases,
            "resets": self._machine.resets,
            "faults": self._machine.faults,
        }
