"""The processor's own registers: tick, interrupts, reset, cycle counter (Armv8-M ARM, D1)."""

from __future__ import annotations

from collections.abc import Callable

SYSTICK = 15  # exception numbers
INTERRUPT_0 = 16

_CONTROL, _RELOAD, _VALUE = 0xE010, 0xE014, 0xE018
_ENABLE, _DISABLE, _PEND, _UNPEND = 0xE100, 0xE180, 0xE200, 0xE280
_ICSR, _VTOR, _AIRCR = 0xED04, 0xED08, 0xED0C
_CYCLES = 0x1004
_MASK = 0xFFFFFFFF


class SystemControl:
    """Offsets count from 0xE0000000.

    ``time`` is in cycles and passes while the processor sleeps; ``worked`` counts instructions in
    thread mode only, so that an interrupt adds nothing to what is measured with the cycle counter.
    """

    def __init__(self, time: Callable[[], int], worked: Callable[[], int]) -> None:
        self._time, self._worked = time, worked
        self._values: dict[int, int] = {}
        self._enabled = 0
        self._pending = 0
        self._tick_pending = False
        self._tick_start = 0
        self._cycles_from = 0
        self.next_tick: int | None = None
        self.wants_reset = False
        self.requests: dict[int, Callable[[], bool]] = {}  # interrupt -> does its device ask?

    @property
    def vectors(self) -> int:
        """Address of the vector table."""
        return self._values.get(_VTOR, 0)

    def pass_time(self) -> None:
        """Note a tick that is due."""
        if self.next_tick is not None and self._time() >= self.next_tick:
            self._tick_start = self.next_tick
            self.next_tick += self._period()
            self._tick_pending = bool(self._values[_CONTROL] & 2)

    def pending(self) -> int:
        """The exception to take next, 0 where there is none."""
        if self._tick_pending:
            return SYSTICK
        for number, asks in self.requests.items():
            bit = 1 << number
            if self._enabled & bit and (self._pending & bit or asks()):
                return INTERRUPT_0 + number
        return 0

    def take(self, exception: int) -> None:
        """It begins."""
        if exception == SYSTICK:
            self._tick_pending = False
        else:
            self._pending &= ~(1 << (exception - INTERRUPT_0))

    def read(self, offset: int) -> int:
        """What the processor reads."""
        if offset == _CYCLES:
            return (self._worked() - self._cycles_from) & _MASK
        if offset == _VALUE:
            return self._tick_value()
        if _ENABLE <= offset < _ENABLE + 0x40 or _DISABLE <= offset < _DISABLE + 0x40:
            return self._enabled >> (offset & 0x3F) * 8 & _MASK
        return self._values.get(offset, 0)

    def write(self, offset: int, value: int) -> None:
        """The processor writes."""
        bits = value << (offset & 0x3F) * 8
        if offset == _CYCLES:
            self._cycles_from = self._worked() - value
        elif offset == _AIRCR:
            self.wants_reset |= value >> 16 == 0x05FA and bool(value & 4)
        elif offset == _ICSR:
            self._tick_pending &= not value & 1 << 25
        elif _ENABLE <= offset < _ENABLE + 0x40:
            self._enabled |= bits
        elif _DISABLE <= offset < _DISABLE + 0x40:
            self._enabled &= ~bits
        elif _PEND <= offset < _PEND + 0x40:
            self._pending |= bits
        elif _UNPEND <= offset < _UNPEND + 0x40:
            self._pending &= ~bits
        else:
            self._values[offset] = value
            if offset in (_CONTROL, _VALUE):
                self._restart_tick()

    def _period(self) -> int:
        return (self._values.get(_RELOAD, 0) & 0xFFFFFF) + 1

    def _restart_tick(self) -> None:
        runs = self._values.get(_CONTROL, 0) & 1
        self._tick_start = self._time()
        self.next_tick = self._tick_start + self._period() if runs else None

    def _tick_value(self) -> int:
        if self.next_tick is None:
            return 0
        return self._period() - 1 - (self._time() - self._tick_start) % self._period()
