"""What an emulator's process and its owner say to each other: lines of JSON over a socket.

The owner asks, the process answers. Where the question brings a line for the serial port, its
descriptor travels beside the text.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from typing import Any

_MOST = 65536  # bytes


class Gone(Exception):
    """The other side is no more."""


class ControlSocket:
    """One end of it; owns the socket."""

    def __init__(self, line: socket.socket) -> None:
        self._line, self._rest = line, b""
        self._descriptors: list[int] = []

    def fileno(self) -> int:
        """For ``select``."""
        return self._line.fileno()

    def send(self, message: Mapping[str, Any], line: socket.socket | None = None) -> None:
        """Say something. Raises ``Gone``."""
        data = json.dumps(message).encode() + b"\n"
        try:
            if line is None:
                self._line.sendall(data)
            else:
                socket.send_fds(self._line, [data], [line.fileno()])
        except OSError as error:
            raise Gone(str(error)) from None

    def receive(self, seconds: float | None = None) -> tuple[dict[str, Any], socket.socket | None]:
        """Wait for a message and the line that came with it. Raises ``Gone``."""
        self._line.settimeout(seconds)
        while b"\n" not in self._rest:
            try:
                data, descriptors, _, _ = socket.recv_fds(self._line, _MOST, 1)
            except OSError as error:
                raise Gone(str(error) or "no answer in time") from None
            self._descriptors += descriptors
            if not data:
                raise Gone("it has closed its end")
            self._rest += data
        text, _, self._rest = self._rest.partition(b"\n")
        line = socket.socket(fileno=self._descriptors.pop(0)) if self._descriptors else None
        return json.loads(text), line

    def close(self) -> None:
        """Let go."""
        self._line.close()
