"""Runs an emulated board: instructions, exceptions, sleep, resets, and the host's bytes."""

from __future__ import annotations

from typing import Protocol

from .board import Board
from .cpu import HARD_FAULT, Counter, Lockup, Stop
from .flash_file import FlashFile
from .nrf5340 import REASON_LOCKUP, REASON_SOFTWARE, REASON_WATCHDOG, Nrf5340

SLICE = 500_000  # instructions at most before the host is looked at again
MOST_SLEEP = 16  # ms at a time while nothing happens
PER_BYTE = 16  # instructions at least between bytes; a line of 1 Mbaud leaves time for 1,280


class Host(Protocol):
    """The other end of the serial port. All calls are from the machine's thread."""

    def waiting(self) -> bytes:
        """Bytes that have come and were not taken yet."""

    def taken(self, count: int) -> None:
        """So many of them were."""

    def send(self, data: bytes) -> None:
        """The board says this."""

    def wait(self, seconds: float) -> bool:
        """Until bytes come or the time has passed; whether something came."""


class Machine:
    """An nRF5340 with its flash. ``resets`` counts by reason; faults are remembered."""

    def __init__(self, board: Board, flash: FlashFile) -> None:
        self._board = board
        self._host: Host
        self.counter = Counter()
        self._chip = Nrf5340(board, flash, self.counter, self._say)
        self.resets = {"power": 0, "software": 0, "watchdog": 0, "lockup": 0}
        self.faults: list[int] = []  # addresses of instructions, the last 16
        self._quiet = 0  # ms that nothing has happened
        self._credit = 0  # ms that were slept and not yet counted
        self._free_from = 0  # the count from which the line takes bytes again

    def power_on(self, host: Host) -> None:
        """Start anew from the flash, with another host."""
        self._host = host
        self.resets["power"] += 1
        self._quiet = self._credit = 0
        self._chip.power_on()

    @property
    def is_cut(self) -> bool:
        """The power has gone."""
        return self._chip.cut

    def step(self) -> None:
        """Run until there is something to look at: a slice, a sleep, a reset."""
        chip = self._chip
        self._receive()
        chip.system.pass_time()
        stop = self._go_on()
        chip.settle()
        if chip.cut:
            return
        if chip.system.wants_reset:
            self._reset("software", REASON_SOFTWARE)
        elif chip.watchdog.deadline is not None and chip.time() >= chip.watchdog.deadline:
            self._reset("watchdog", REASON_WATCHDOG)
        elif stop is Stop.RETURN:
            chip.cpu.leave()
        elif stop is Stop.FAULT:
            self._fault()
        elif stop is Stop.SLEEP:
            self._sleep()

    def _go_on(self) -> Stop:
        chip, cpu = self._chip, self._chip.cpu
        exception = 0 if cpu.active else chip.system.pending()
        limit = self.counter.count + SLICE
        if exception and not cpu.masked:
            chip.system.take(exception)
            try:
                cpu.enter(exception, chip.system.vectors)
            except Lockup:
                return Stop.FAULT
        elif exception:
            limit = self.counter.count + 1  # look again as soon as a block has run
        ticks = [t for t in (chip.system.next_tick, chip.watchdog.deadline) if t is not None]
        until = min((t - chip.slept for t in ticks), default=limit)
        return cpu.run(max(min(limit, until), self.counter.count + 1))

    def _receive(self) -> None:
        """Bytes come in heaps, but not faster than the processor can look after the DMA."""
        if self.counter.count < self._free_from:
            return
        data = self._host.waiting()
        if data:
            self._quiet = self._credit = 0
            taken = self._chip.serial.arrive(data)
            self._host.taken(taken)
            self._free_from = self.counter.count + PER_BYTE * taken

    def _say(self, data: bytes) -> None:
        self._host.send(data)

    def _sleep(self) -> None:
        """The processor waits: so does this, in the host's time, for at most a tick or some."""
        chip = self._chip
        self._free_from = 0
        if chip.system.pending():
            return
        wake = chip.system.next_tick or chip.time() + self._board.clock_hz // 1000
        if self._credit == 0:
            self._credit = min(self._quiet + 1, MOST_SLEEP)
            if self._host.wait(self._credit / 1000):
                self._quiet = self._credit = 0
                return
        self._quiet += 1
        self._credit -= 1
        chip.slept += max(wake - chip.time(), 0)

    def _fault(self) -> None:
        cpu = self._chip.cpu
        self.faults = [*self.faults[-15:], cpu.pc]
        try:
            if cpu.active == HARD_FAULT:
                raise Lockup
            cpu.enter(HARD_FAULT, self._chip.system.vectors)
        except Lockup:
            self._reset("lockup", REASON_LOCKUP)

    def _reset(self, name: str, reason: int) -> None:
        self.resets[name] += 1
        self._chip.reset(reason)
