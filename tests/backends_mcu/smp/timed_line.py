"""A serial line and a device that take time, on a clock of their own: nothing here waits."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from tests.backends_mcu.smp.device import Device


@dataclass(frozen=True)
class Timing:
    """Bits per second (ten bits a byte); seconds that the device works on each frame, and that pass
    on the host between a frame's last bit and the program, as with a USB converter."""

    baud: int
    work: float
    host: float


class TimedLine:
    """A link whose frames take the time that they would take. Both ways at once."""

    def __init__(self, device: Device, timing: Timing) -> None:
        self._device, self._timing = device, timing
        self.now = 0.0
        self._line_free = self._device_free = self._answer_line_free = 0.0
        self._answers: deque[tuple[float, bytes]] = deque()

    def clock(self) -> float:
        return self.now

    def write(self, data: bytes) -> None:
        """The port takes everything at once and sends it as fast as the line goes."""
        self._line_free = max(self.now, self._line_free) + self._seconds(data)
        self._device_free = max(self._line_free, self._device_free) + self._timing.work
        answer = self._device.receive(data)
        if answer:
            begins = max(self._device_free, self._answer_line_free)
            self._answer_line_free = begins + self._seconds(answer)
            self._answers.append((self._answer_line_free + self._timing.host, answer))

    def read(self, seconds: float) -> bytes:
        due = self._answers[0][0] if self._answers else self.now + seconds + 1
        if due > self.now + seconds:
            self.now += seconds
            return b""
        self.now = max(self.now, due)
        return self._answers.popleft()[1]

    def close(self) -> None:
        self._answers.clear()

    def _seconds(self, data: bytes) -> float:
        return len(data) * 10 / self._timing.baud
