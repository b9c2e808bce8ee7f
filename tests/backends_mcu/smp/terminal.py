"""A device behind a pseudo-terminal, for clients that must have a serial port."""

from __future__ import annotations

import os
import select
import threading
import tty
from types import TracebackType

from tests.backends_mcu.smp.device import Device


class Terminal:
    """Serves one device at ``port``; a requested reset happens after its answer has gone out."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self._wake, self._stop = os.pipe()
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Terminal:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        os.write(self._stop, b"x")
        self._thread.join()
        for descriptor in (self._master, self._slave, self._wake, self._stop):
            os.close(descriptor)

    def _serve(self) -> None:
        while self._wake not in select.select([self._master, self._wake], [], [])[0]:
            answer = self._device.receive(os.read(self._master, 65536))
            while answer:
                answer = answer[os.write(self._master, answer) :]
            if self._device.count("reset"):
                self._device.reboot()
