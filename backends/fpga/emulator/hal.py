"""An emulated board behind the seam that a real one is behind."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from threading import Lock

from edgesdk.session import closed

from ..registers import BLOCKS
from ..waiting import wait_for_done
from .block import EmulatedBlock
from .engine import Engine
from .faults import Faults
from .memory import EmulatedBuffer, EmulatedMemory

MEMORY = 1 << 30  # bytes, unless somebody asks for another size
_NO_FAULTS = Faults()


class EmulatedHal:
    """See ``Hal``. ``engine`` computes; all else is a board's behaviour, faults included."""

    def __init__(
        self, engine: Engine, memory_size: int = MEMORY, faults: Faults = _NO_FAULTS
    ) -> None:
        self.name = f"emulated KV260, engine {engine.name}"
        self._memory = EmulatedMemory(memory_size)
        self._risen = _Bell()
        self._block = EmulatedBlock(
            BLOCKS["decoder"], engine, self._memory, faults, self._risen.ring
        )
        self._closed = False

    def program(self, bitstream: Path | None) -> None:
        """Reset it; there is no fabric to load."""
        self._live().reset()
        self._risen.wait(0)

    def read(self, offset: int) -> int:
        """See ``Hal``. Raises ``LinkFailed`` (EDGE-0630, EDGE-0633)."""
        return self._live().read(offset)

    def write(self, offset: int, value: int) -> None:
        """See ``Hal``. Raises ``LinkFailed`` (EDGE-0630)."""
        self._live().write(offset, value)

    def wait(self, seconds: float) -> bool:
        """See ``Hal``."""
        return wait_for_done(self.read, self._pause, seconds)

    def allocate(self, size: int) -> EmulatedBuffer:
        """See ``Hal``. Raises ``DoesNotFit`` (EDGE-0941)."""
        self._live()
        return EmulatedBuffer(self._memory, size)

    def free_memory(self) -> int:
        """See ``Hal``."""
        return self._memory.free_bytes

    def close(self) -> None:
        """See ``Hal``."""
        self._closed = True

    def _pause(self, seconds: float) -> None:
        self._risen.wait(seconds)

    def _live(self) -> EmulatedBlock:
        if self._closed:
            raise closed()
        return self._block


class _Bell:
    """Rung once, heard once. Unlike ``Event`` it survives a Ctrl-C at any moment of a wait: that
    has a lock written in Python, which an exception in the wrong place leaves locked for ever."""

    def __init__(self) -> None:
        self._silence = Lock()
        self._silence.acquire()

    def ring(self) -> None:
        with suppress(RuntimeError):  # it rings already
            self._silence.release()

    def wait(self, seconds: float) -> None:
        self._silence.acquire(timeout=seconds)
