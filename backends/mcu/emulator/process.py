"""The process of an emulator: a board that its owner switches on and off."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from .control import ControlSocket, Gone


class Engine(Protocol):
    """A board that is on or off."""

    def power_on(self, line: socket.socket) -> None:
        """Start from the flash, with that line at the serial port."""

    def power_off(self) -> None:
        """RAM is lost; the other end of the line sees that it is closed."""

    def work(self) -> bool:
        """Run a little; false while there is nothing to run."""

    def counts(self) -> Mapping[str, Any]:
        """See ``emulator.Counts``."""

    def set_cut(self, at: int, tear: str, seed: int) -> None:
        """As in ``Faults``."""


def serve(engine: Engine, control: ControlSocket) -> None:
    """Until the owner is gone."""
    answers: Mapping[str, Callable[..., object]] = {
        "off": engine.power_off,
        "cut": engine.set_cut,
        "counts": lambda: None,
    }
    try:
        while True:
            busy = engine.work()
            ready, _, _ = select.select([control], [], [], 0 if busy else 1.0)
            if ready:
                message, line = control.receive()
                name = message.pop("do")
                if line is not None:
                    engine.power_on(line)
                else:
                    answers[name](**message)
                control.send(engine.counts())
    except Gone:
        engine.power_off()


class Line:
    """The serial port's host: a socket. ``control`` ends every wait as well."""

    def __init__(self, line: socket.socket, control: ControlSocket) -> None:
        self._line: socket.socket | None = line
        self._control = control
        self._arrived = bytearray()
        line.setblocking(False)

    def waiting(self) -> bytes:
        """What has come and was not taken."""
        if self._line is not None and len(self._arrived) < 65536:
            try:
                data = self._line.recv(65536)
            except BlockingIOError:
                data = None
            except OSError:
                data = b""
            if data == b"":
                self.close()
            self._arrived += data or b""
        return bytes(self._arrived)

    def taken(self, count: int) -> None:
        """So many bytes of it were taken."""
        del self._arrived[:count]

    def send(self, data: bytes) -> None:
        """To the owner, who must read; what nobody wants is dropped."""
        if self._line is None:
            return
        try:
            self._line.settimeout(10.0)
            self._line.sendall(data)
            self._line.setblocking(False)
        except OSError:
            self.close()

    def wait(self, seconds: float) -> bool:
        """Until something comes."""
        sources: list[Any] = [self._control, *([] if self._line is None else [self._line])]
        return bool(select.select(sources, [], [], seconds)[0])

    def close(self) -> None:
        """The owner sees the end of the line."""
        if self._line is not None:
            self._line.close()
            self._line = None
