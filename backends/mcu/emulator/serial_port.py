"""UARTE0 with its DMA, the timer that counts its bytes, and the DPPI between them."""

from __future__ import annotations

from collections.abc import Callable

from .peripheral import CONNECTED, EVENT, PUBLISH, Interrupting, Peripheral

MOST_AT_ONCE = 4096  # bytes that arrive before the processor runs again


class Timer(Peripheral):
    """TIMER0 as a counter of 32 bits."""

    START, STOP, COUNT, CLEAR, CAPTURE = 0x000, 0x004, 0x008, 0x00C, 0x040
    SUBSCRIBE_COUNT, CAPTURED = 0x088, 0x540

    def __init__(self) -> None:
        super().__init__()
        self._runs, self._count = False, 0

    def write(self, offset: int, value: int) -> None:
        """See ``Peripheral``."""
        if offset in (self.START, self.STOP):
            self._runs = offset == self.START
        elif offset == self.CLEAR:
            self._count = 0
        elif offset == self.COUNT:
            self.count(1)
        elif offset == self.CAPTURE:
            self.values[self.CAPTURED] = self._count
        else:
            super().write(offset, value)

    def count(self, events: int) -> None:
        """So many events have happened."""
        if self._runs:
            self._count = (self._count + events) & 0xFFFFFFFF


class Dppi(Peripheral):
    """Carries events to tasks over channels; here to the one counter there is."""

    ENABLED, SET, CLEAR = 0x500, 0x504, 0x508

    def __init__(self, timer: Timer) -> None:
        super().__init__()
        self._timer = timer

    def write(self, offset: int, value: int) -> None:
        """See ``Peripheral``."""
        enabled = self.values.get(self.ENABLED, 0)
        if offset == self.SET:
            self.values[self.ENABLED] = enabled | value
        elif offset == self.CLEAR:
            self.values[self.ENABLED] = enabled & ~value
        else:
            super().write(offset, value)

    def carry(self, publish: int, events: int) -> None:
        """``publish`` is the register of the peripheral whose event happened."""
        channel = publish & 0xFF
        subscribed = self._timer.read(Timer.SUBSCRIBE_COUNT)
        enabled = self.values.get(self.ENABLED, 0) >> channel & 1
        if publish & CONNECTED and enabled and subscribed == CONNECTED | channel:
            self._timer.count(events)


class SerialPort(Interrupting):
    """UARTE0. The line is as fast as the host; ``fetch`` and ``store`` are the DMA's memory."""

    START_RX, STOP_RX, START_TX, STOP_TX, FLUSH_RX = 0x000, 0x004, 0x008, 0x00C, 0x02C
    RX_READY, RX_END, TX_READY, TX_END = EVENT + 0x08, EVENT + 0x10, EVENT + 0x1C, EVENT + 0x20
    RX_STOPPED, RX_STARTED, TX_STARTED, TX_STOPPED = 0x144, 0x14C, 0x150, 0x158
    SHORTS, END_TO_START = 0x200, 1 << 5
    RX_POINTER, RX_BYTES, RX_AMOUNT = 0x534, 0x538, 0x53C
    TX_POINTER, TX_BYTES, TX_AMOUNT = 0x544, 0x548, 0x54C

    def __init__(
        self,
        dppi: Dppi,
        fetch: Callable[[int, int], bytes],
        store: Callable[[int, bytes], None],
        send: Callable[[bytes], None],
    ) -> None:
        super().__init__()
        self._dppi, self._fetch, self._store, self._send = dppi, fetch, store, send
        self._receives, self._at, self._left, self._got = False, 0, 0, 0

    def write(self, offset: int, value: int) -> None:
        """See ``Peripheral``."""
        task = self._tasks.get(offset)
        if task is not None:
            task(self)
        else:
            super().write(offset, value)

    def arrive(self, data: bytes) -> int:
        """Bytes come in; how many were taken. At the end of a buffer the processor must run."""
        taken = min(len(data), self._left, MOST_AT_ONCE) if self._receives else 0
        if taken:
            self._store(self._at, data[:taken])
            self._at, self._left, self._got = (
                self._at + taken,
                self._left - taken,
                self._got + taken,
            )
            self.event(self.RX_READY)
            self._dppi.carry(self.read(PUBLISH + self.RX_READY - EVENT), taken)
            if self._left == 0:
                self._full()
        return taken

    def _full(self) -> None:
        self._receives = False
        self.values[self.RX_AMOUNT] = self._got
        self.event(self.RX_END)
        if self.read(self.SHORTS) & self.END_TO_START:
            self._start_rx()

    def _start_rx(self) -> None:
        self._receives, self._got = True, 0
        self._at, self._left = self.read(self.RX_POINTER), self.read(self.RX_BYTES)
        self.event(self.RX_STARTED)

    def _stop_rx(self) -> None:
        self._receives = False
        self.event(self.RX_STOPPED)

    def _flush_rx(self) -> None:
        self.values[self.RX_AMOUNT] = 0
        self.event(self.RX_END)

    def _start_tx(self) -> None:
        count = self.read(self.TX_BYTES)
        self._send(self._fetch(self.read(self.TX_POINTER), count))
        self.values[self.TX_AMOUNT] = count
        for event in (self.TX_STARTED, self.TX_READY, self.TX_END):
            self.event(event)

    def _stop_tx(self) -> None:
        self.event(self.TX_STOPPED)

    _tasks = {  # noqa: RUF012 - never changes
        START_RX: _start_rx,
        STOP_RX: _stop_rx,
        FLUSH_RX: _flush_rx,
        START_TX: _start_tx,
        STOP_TX: _stop_tx,
    }
