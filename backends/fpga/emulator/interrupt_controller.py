"""The registers of an AXI interrupt controller with one input, as PYNQ drives it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

_STATUS, _PENDING, _ENABLE, _ACKNOWLEDGE = 0x00, 0x04, 0x08, 0x0C
_SET, _CLEAR, _MASTER = 0x10, 0x14, 0x1C
_BOTH = 3  # bits of _MASTER: its output is on, and it listens to its input


class EmulatedInterruptController:
    """``raise_output`` is called when its output rises, in the thread that made it rise."""

    def __init__(self, raise_output: Callable[[], None]) -> None:
        self._raise, self._lock = raise_output, Lock()
        self._status = self._enabled = self._master = 0

    def input_rises(self) -> None:
        """The accelerator's interrupt."""
        with self._lock:
            self._status |= 1
        self._tell()

    def read(self, offset: int) -> int:
        """A register; 0 for one that only takes writes."""
        with self._lock:
            values = {_STATUS: self._status, _PENDING: self._status & self._enabled}
            return (values | {_ENABLE: self._enabled, _MASTER: self._master}).get(offset, 0)

    def write(self, offset: int, value: int) -> None:
        """A register."""
        with self._lock:
            if offset == _ENABLE:
                self._enabled = value & 1
            elif offset == _SET:
                self._enabled |= value & 1
            elif offset == _CLEAR:
                self._enabled &= ~value
            elif offset == _ACKNOWLEDGE:
                self._status &= ~value
            elif offset == _MASTER:
                self._master = value & _BOTH
        if offset in (_ENABLE, _SET, _MASTER):
            self._tell()

    def _tell(self) -> None:
        if self._status & self._enabled and self._master == _BOTH:
            self._raise()
