"""What all peripherals of an nRF5340 have in common, and the simple ones."""

from __future__ import annotations

from collections.abc import Callable

TASK = 0x000
EVENT = 0x100
PUBLISH = 0x180
INTERRUPT_SET, INTERRUPT_CLEAR = 0x304, 0x308
CONNECTED = 1 << 31  # in PUBLISH and SUBSCRIBE registers, beside a channel's number


class Peripheral:
    """Registers that keep what is written. Offsets count from its base address."""

    def __init__(self) -> None:
        self.values: dict[int, int] = {}

    def read(self, offset: int) -> int:
        """What the processor reads there."""
        return self.values.get(offset, 0)

    def write(self, offset: int, value: int) -> None:
        """The processor writes there."""
        self.values[offset] = value

    def event(self, offset: int) -> None:
        """Something has happened; its register says so until it is cleared."""
        self.values[offset] = 1


class Interrupting(Peripheral):
    """With interrupts: number i is requested while event i stands and is enabled."""

    def write(self, offset: int, value: int) -> None:
        """Set and clear masks, keep everything else."""
        if offset == INTERRUPT_SET:
            self.values[INTERRUPT_SET] = self.read(INTERRUPT_SET) | value
        elif offset == INTERRUPT_CLEAR:
            self.values[INTERRUPT_SET] = self.read(INTERRUPT_SET) & ~value
        else:
            super().write(offset, value)

    def requests(self) -> bool:
        """Whether it asks for its interrupt now."""
        enabled = self.read(INTERRUPT_SET)
        number = 0
        while enabled >> number:
            if enabled >> number & 1 and self.read(EVENT + 4 * number):
                return True
            number += 1
        return False


class ClockAndReset(Peripheral):
    """CLOCK, POWER and RESET share a block. ``kept`` outlives a reset: reason, retained bits."""

    START_HFCLK, HFCLK_STARTED = 0x000, 0x100
    REASON, RETAINED = 0x400, 0x51C

    def __init__(self, kept: dict[int, int]) -> None:
        super().__init__()
        self._kept = kept

    def read(self, offset: int) -> int:
        """See ``Peripheral``."""
        return self._kept.get(offset, super().read(offset))

    def write(self, offset: int, value: int) -> None:
        """The crystal starts at once; reasons are cleared by ones."""
        if offset == self.REASON:
            self._kept[offset] = self._kept.get(offset, 0) & ~value
        elif offset == self.RETAINED:
            self._kept[offset] = value & 0xFF
        elif offset == self.START_HFCLK:
            self.event(self.HFCLK_STARTED)
        else:
            super().write(offset, value)


class Protection(Peripheral):
    """The SPU: permissions of flash regions of 16 KiB, locked until the next reset."""

    FLASH, REGION, WRITE, LOCK, FRESH = 0x600, 16384, 1 << 1, 1 << 8, 0x17

    def read(self, offset: int) -> int:
        """Everything is allowed at first."""
        return self.values.get(offset, self.FRESH if self.FLASH <= offset < 0x800 else 0)

    def write(self, offset: int, value: int) -> None:
        """A locked region stays as it is."""
        if not (self.FLASH <= offset < 0x800 and self.read(offset) & self.LOCK):
            super().write(offset, value)

    def allows_write(self, address: int) -> bool:
        """Whether the flash may be changed there."""
        return bool(self.read(self.FLASH + 4 * (address // self.REGION)) & self.WRITE)


class Watchdog(Peripheral):
    """Resets the part unless it is fed. ``now`` gives the time in cycles of ``clock`` Hz."""

    START, RUNS, RELOAD, FEED, FOOD = 0x000, 0x400, 0x504, 0x600, 0x6E524635

    def __init__(self, now: Callable[[], int], clock: int) -> None:
        super().__init__()
        self._now, self._clock = now, clock
        self.deadline: int | None = None

    def write(self, offset: int, value: int) -> None:
        """See ``Peripheral``."""
        if offset == self.START or (offset == self.FEED and value == self.FOOD and self.deadline):
            self.values[self.RUNS] = 1
            periods = self.values.get(self.RELOAD, 0xFFFFFFFF) + 1
            self.deadline = self._now() + periods * self._clock // 32768
        elif not (offset == self.RELOAD and self.deadline):
            super().write(offset, value)


class FlashController(Peripheral):
    """The NVMC: what a write to the flash means. Nothing takes time, so it is always ready."""

    READY, CONFIG, READ_ONLY, WRITE, ERASE = 0x400, 0x504, 0, 1, 2

    def read(self, offset: int) -> int:
        """See ``Peripheral``."""
        return 1 if offset == self.READY else super().read(offset)

    @property
    def mode(self) -> int:
        """READ_ONLY, WRITE or ERASE."""
        return self.values.get(self.CONFIG, 0) & 3
