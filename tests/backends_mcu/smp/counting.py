"""A link around a link that counts what goes over it."""

from __future__ import annotations

from edgesdk_backends.mcu.link import Link


class CountingLink:
    """Counts bytes both ways, writes, and turnarounds: changes from sending to receiving."""

    def __init__(self, inner: Link) -> None:
        self._inner = inner
        self.written = self.received = 0  # bytes
        self.writes = self.turnarounds = 0
        self._sending = False

    def write(self, data: bytes) -> None:
        """Send all bytes."""
        self._inner.write(data)
        self.written += len(data)
        self.writes += 1
        self._sending = True

    def read(self, seconds: float) -> bytes:
        """What has arrived; empty when the time has passed."""
        data = self._inner.read(seconds)
        self.received += len(data)
        self.turnarounds += self._sending and bool(data)
        self._sending = self._sending and not data
        return data

    def close(self) -> None:
        """Let go of the line."""
        self._inner.close()
