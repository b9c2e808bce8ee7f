"""An emulated nRF5340 application core: its memories, its devices, its resets."""

from __future__ import annotations

import mmap
import random
import struct
from collections.abc import Callable

from .board import Board
from .cpu import Counter, Cpu, Memory, Window
from .faults import PowerCut
from .flash_file import FlashFile
from .peripheral import ClockAndReset, FlashController, Peripheral, Protection, Watchdog
from .serial_port import Dppi, SerialPort, Timer
from .system_control import SystemControl

PERIPHERALS, PERIPHERALS_SIZE = 0x50000000, 0x40000
PORTS, SYSTEM = 0x50842000, 0xE0000000
FACTS, FACTS_SIZE = 0x00FF0000, 0x1000  # FICR
SERIAL_INTERRUPT = 8
EMULATED = 0x454D554C  # in the place of the part's variant: "EMUL"

REASON_WATCHDOG, REASON_SOFTWARE, REASON_LOCKUP = 1 << 1, 1 << 3, 1 << 4


class Nrf5340:
    """From one start of the power to the next cut. ``send`` takes what the serial port says."""

    def __init__(
        self, board: Board, flash: FlashFile, counter: Counter, send: Callable[[bytes], None]
    ) -> None:
        self._board, self._flash, self._counter, self._send = board, flash, counter, send
        self._kept: dict[int, int] = {}
        self._ram = mmap.mmap(-1, board.ram_size)
        self._facts = mmap.mmap(-1, FACTS_SIZE)
        self.slept = 0  # cycles
        self.cut = False
        self._stored: tuple[int, int] | None = None  # offset, what the flash holds there

    def power_on(self) -> None:
        """RAM holds anything; the reason of the reset is none."""
        self._flash.power_on()
        noise = random.Random(f"{self._flash.faults.seed} {self._counter.count}")
        self._ram[:] = noise.randbytes(len(self._ram))
        self._facts[:] = _facts(self._flash.identity)
        self._kept.clear()
        self.cut = False
        self.reset(0)

    def reset(self, reason: int) -> None:
        """Everything but the RAM and a few bits is as after power on."""
        self._kept[ClockAndReset.REASON] = self._kept.get(ClockAndReset.REASON, 0) | reason
        self.system = SystemControl(self.time, lambda: self.cpu.worked)
        self.watchdog = Watchdog(self.time, self._board.clock_hz)
        self._protection, self._controller = Protection(), FlashController()
        self._build_serial()
        self._pages: dict[int, Peripheral] = {
            0x01: Peripheral(),  # CACHE
            0x03: self._protection,
            0x05: ClockAndReset(self._kept),
            0x08: self.serial,
            0x0F: self._timer,
            0x17: self._dppi,
            0x18: self.watchdog,
            0x39: self._controller,
        }
        self.cpu = Cpu(self._counter, self._memories(), self._windows(), self._flash_write)
        self.system.requests[SERIAL_INTERRUPT] = self.serial.requests
        self.cpu.start(self._board.flash_base)

    def time(self) -> int:
        """Cycles since the emulator began: an instruction is one, and sleep counts."""
        return self._counter.count + self.slept

    def _build_serial(self) -> None:
        self._timer = Timer()
        self._dppi = Dppi(self._timer)
        self.serial = SerialPort(self._dppi, self._fetch, self._store, self._send)

    def _fetch(self, address: int, size: int) -> bytes:
        return self.cpu.read(address, size)

    def _store(self, address: int, data: bytes) -> None:
        self.cpu.write(address, data)

    def _memories(self) -> list[Memory]:
        return [
            Memory(self._board.flash_base, self._flash.view, writable=False),
            Memory(self._board.ram_base, self._ram, writable=True),
            Memory(FACTS, self._facts, writable=False),
        ]

    def _windows(self) -> list[Window]:
        ports: dict[int, int] = {}
        return [
            Window(PERIPHERALS, PERIPHERALS_SIZE, self._read, self._write),
            Window(PORTS, 0x1000, lambda offset: ports.get(offset, 0), ports.__setitem__),
            Window(SYSTEM, 0x10000, self.system.read, self._write_system),
        ]

    def _read(self, offset: int) -> int:
        self.settle()
        page = self._pages.get(offset >> 12)
        return page.read(offset & 0xFFF) if page else 0

    def _write(self, offset: int, value: int) -> None:
        self.settle()
        page = self._pages.get(offset >> 12)
        if page and not self.cut:
            page.write(offset & 0xFFF, value)

    def _write_system(self, offset: int, value: int) -> None:
        self.system.write(offset, value)
        if self.system.wants_reset:
            self.cpu.stop()

    def _flash_write(self, address: int, size: int, value: int) -> bool:
        """A store into flash: false is a bus fault. The engine writes ``value`` after this."""
        self.settle()
        offset, mode = address - self._board.flash_base, self._controller.mode
        allowed = 0 <= offset < self._board.flash_size and size == 4 and offset % 4 == 0
        if not allowed or mode == FlashController.READ_ONLY or self.cut:
            return self.cut
        if not self._protection.allows_write(offset):
            return False
        try:
            if mode == FlashController.WRITE:
                self._flash.program(offset, value)
            else:
                self._flash.erase(offset)
        except PowerCut:
            self.cut = True
            self.cpu.stop()
        self._stored = (offset, self._flash.word(offset))
        return True

    def settle(self) -> None:
        """The engine has written the whole value; put back what the flash holds."""
        if self._stored is not None:
            self._flash.restore(*self._stored)
            self._stored = None


def _facts(identity: bytes) -> bytes:
    """FICR: an identity, a part, no trimming."""
    content = bytearray(b"\xff" * FACTS_SIZE)
    content[0x204:0x20C] = identity
    content[0x20C:0x214] = struct.pack("<2I", 0x5340, EMULATED)
    return bytes(content)
