"""A board behind the seam, through PYNQ: ``Overlay``, ``MMIO`` and ``allocate``."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesdk.errors import (
    DeviceUnavailable,
    EdgeError,
    LinkFailed,
    MissingExtra,
    NoDevice,
    UsageError,
)
from edgesdk.session import closed

from ..bitstream.hardware import read_hardware
from ..no_room import no_room
from ..waiting import wait_for_done
from .board_lock import BoardLock, SharedFiles, system_lock
from .interrupt import PynqInterrupt

_CLOCK_TOLERANCE = 0.01  # of the clock that was asked for


def cma_free() -> int:
    """Bytes of the contiguous memory that Linux has left."""
    try:
        text = Path("/proc/meminfo").read_text()
        return int(text.split("CmaFree:")[1].split()[0]) * 1024
    except (OSError, IndexError, ValueError):
        return 0


class PynqBuffer:
    """See ``Buffer``."""

    def __init__(self, buffer: Any) -> None:
        self._buffer = buffer
        self.address = int(buffer.device_address)
        self.array: NDArray[np.uint8] = buffer.view(np.ndarray)

    def flush(self) -> None:
        """See ``Buffer``."""
        if self._buffer is not None:
            self._buffer.flush()

    def invalidate(self) -> None:
        """See ``Buffer``."""
        if self._buffer is not None:
            self._buffer.invalidate()

    def free(self) -> None:
        """PYNQ gives the memory back when nobody has a view of it any more. Safe twice."""
        self._buffer = None
        self.array = np.empty(0, np.uint8)


class PynqHal:
    """See ``Hal``. ``device``: a ``pynq.Device``, else the board that this program runs on.

    ``clock_mhz``: of the fabric, else what the bitstream's design says; ``hwh_sha256``: of the
    ``.hwh``, where it is known; ``free_memory`` tells what the device has left, where Linux does
    not. Raises ``MissingExtra``, ``NoDevice`` (EDGE-0311), ``DeviceUnavailable`` (EDGE-0560,
    EDGE-0561).
    """

    def __init__(
        self,
        device: Any = None,
        *,
        clock_mhz: float | None = None,
        hwh_sha256: str = "",
        free_memory: Callable[[], int] | None = None,
    ) -> None:
        self._pynq = _pynq()
        self._device = device if device is not None else this_board()
        self.name = str(self._device.name)
        self._clock, self._sha256 = clock_mhz, hwh_sha256
        self._free = free_memory or cma_free
        self._lock = BoardLock(
            system_lock(self._device.tag),
            f"board {self.name}",
            "Make room there, and let this user write it",
            SharedFiles(),
        )
        self._registers: Any = None
        self._interrupt: PynqInterrupt | None = None
        self._closed = False

    def program(self, bitstream: Path | None) -> None:
        """See ``Hal``.

        Raises as ``read_hardware``; ``UsageError`` (EDGE-02165, EDGE-02166), ``DeviceUnavailable``
        (EDGE-0562) without the right to, ``LinkFailed`` (EDGE-0637) where PYNQ fails.
        """
        self._check_open()
        if bitstream is None:
            raise UsageError(
                "A board needs a bitstream, and there is none",
                next_step="Build one with the scripts in hls/vitis, and compile the model with "
                "--option bitstream=FILE.bit",
                code=165,
            )
        hardware = read_hardware(bitstream, self._sha256)
        self._forget_interrupt()
        try:
            self._pynq.Overlay(str(bitstream.resolve()), device=self._device)
            self._set_clock()
            self._registers = self._pynq.MMIO(hardware.base, hardware.range, device=self._device)
        except EdgeError:
            raise
        except Exception as error:
            raise _not_loaded(error, bitstream) from None
        self._interrupt = self._interrupt_of(hardware.instance)

    def read(self, offset: int) -> int:
        """See ``Hal``."""
        self._check_open()
        return int(self._registers.read(offset))

    def write(self, offset: int, value: int) -> None:
        """See ``Hal``."""
        self._check_open()
        self._registers.write(offset, int(value))

    def wait(self, seconds: float) -> bool:
        """See ``Hal``: by interrupt where there is one, else by asking."""
        return wait_for_done(self.read, self._pause, seconds)

    def allocate(self, size: int) -> PynqBuffer:
        """See ``Hal``. Raises ``DoesNotFit`` (EDGE-0941)."""
        self._check_open()
        try:
            buffer = self._device.allocate((size,), np.uint8, cacheable=1)
        except (RuntimeError, OSError, MemoryError) as error:
            raise no_room(size, self._free(), str(error)[:200]) from None
        return PynqBuffer(buffer)

    def free_memory(self) -> int:
        """See ``Hal``."""
        return self._free()

    def close(self) -> None:
        """See ``Hal``. The fabric stays as it is."""
        if not self._closed:
            self._closed = True
            self._forget_interrupt()
            self._lock.close()

    def _check_open(self) -> None:
        if self._closed:
            raise closed()

    def _set_clock(self) -> None:
        if self._clock is None:
            return
        clocks = import_module("pynq.ps").Clocks
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # we say it ourselves
            clocks.fclk0_mhz = self._clock
        found = float(clocks.fclk0_mhz)
        if abs(found - self._clock) > _CLOCK_TOLERANCE * self._clock:
            raise UsageError(
                "The board cannot make the clock that the bitstream was built for",
                evidence=f"{self._clock:g} MHz are wanted; the nearest is {found:g} MHz",
                next_step="Build the bitstream for a clock that divides the board's PLL",
                code=166,
            )

    def _interrupt_of(self, instance: str) -> PynqInterrupt | None:
        """None where there is none that we can get at: then the block is asked."""
        if self._pynq.Device.active_device is not self._device:
            return None
        try:
            return PynqInterrupt(f"{instance}/interrupt")
        except Exception:
            return None

    def _pause(self, seconds: float) -> None:
        if self._interrupt is not None:
            self._interrupt.pause(seconds)
        else:
            time.sleep(seconds)

    def _forget_interrupt(self) -> None:
        if self._interrupt is not None:
            self._interrupt.close()
            self._interrupt = None


def _pynq() -> Any:
    try:
        return import_module("pynq")
    except ImportError:
        raise MissingExtra("pynq", "pynq") from None


def this_board() -> Any:
    """The ``pynq.Device`` of this machine. Raises ``MissingExtra``, ``NoDevice`` (EDGE-0311)."""
    pynq = _pynq()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that there is none: we say it ourselves
        devices = pynq.Device.devices
    if not devices:
        raise NoDevice(
            "PYNQ finds no board",
            evidence="this machine has no FPGA that it knows",
            next_step="Run edgesdk on the board itself, or use the emulator: emu:fpga",
            code=11,
        )
    return pynq.Device.active_device


def _not_loaded(error: Exception, bitstream: Path) -> EdgeError:
    evidence = f"{bitstream.name}: {type(error).__name__}: {error}"[:300]
    if isinstance(error, PermissionError) or "Root permissions" in str(error):
        return DeviceUnavailable(
            "PYNQ may not load the bitstream",
            evidence=evidence,
            next_step="Run edgesdk as root on the board: sudo -E edgesdk ...",
            code=62,
        )
    return LinkFailed(
        "PYNQ could not load the bitstream",
        evidence=evidence,
        next_step="Check that the bitstream is for this board, and that PYNQ's own overlays load",
        code=37,
    )
