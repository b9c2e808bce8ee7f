"""A link: bytes in, bytes out, and a deadline on every wait.

Serial ports, sockets, the emulator's pipe and the fault injector are all links.
"""

from __future__ import annotations

from typing import Protocol


class Link(Protocol):
    """A byte stream to one device. ``close`` is safe to call twice."""

    def write(self, data: bytes) -> None:
        """Send all bytes. Raises ``LinkFailed`` when the line is gone or does not take them."""

    def read(self, seconds: float) -> bytes:
        """What has arrived: at once if anything has, else waiting at most so long.

        Empty bytes mean that the time has passed. Raises ``LinkFailed`` when the line is gone.
        """

    def close(self) -> None:
        """Let go of the line."""
