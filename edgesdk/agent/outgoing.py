"""What the agent sends. Two threads do: the one that answers, and the one that reads."""

from __future__ import annotations

import os
from collections import deque
from threading import Lock


class NobodyReads(KeyboardInterrupt):
    """The host has closed its end: whatever is under way has to stop, and to clean up."""


class Outgoing:
    """Frames to a descriptor, whole ones, one after the other. Raises ``NobodyReads``."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._writing = Lock()
        # All of them say the same: of a host that asks and does not read, the last ones are enough.
        self._urgent: deque[bytes] = deque(maxlen=16)

    def send(self, data: bytes) -> None:
        """A frame."""
        with self._writing:
            self._write_urgent()
            self._write(data)
        self._flush()

    def send_soon(self, data: bytes) -> None:
        """A frame that goes between two others, and does not wait for them."""
        self._urgent.append(data)
        self._flush()

    def _flush(self) -> None:
        """Send what is urgent, unless somebody is writing: who does sends it before letting go."""
        while self._urgent and self._writing.acquire(blocking=False):
            try:
                self._write_urgent()
            finally:
                self._writing.release()

    def _write_urgent(self) -> None:
        while self._urgent:
            self._write(self._urgent.popleft())

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError as error:
            raise NobodyReads(f"its host reads no more: {error.strerror or error}") from None
