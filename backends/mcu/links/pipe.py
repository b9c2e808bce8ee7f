"""A line over two file descriptors, such as the pipes of a child process."""

from __future__ import annotations

import os
import select

from .socket_link import gone, stuck

_WRITE_SECONDS = 10.0
_PIECE = 65536  # bytes


class PipeLink:
    """Reads from one descriptor and writes to another, or the same; owns both. See ``Link``."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming, self._outgoing = incoming, outgoing
        self._closed = False
        os.set_blocking(outgoing, False)

    def write(self, data: bytes) -> None:
        """Send all bytes."""
        left = memoryview(data)
        while left:
            if not self._ready(writing=True, seconds=_WRITE_SECONDS):
                raise stuck()
            try:
                left = left[os.write(self._outgoing, left) :]
            except BlockingIOError:
                continue  # taken by another writer since
            except OSError as error:
                raise gone(error) from None

    def read(self, seconds: float) -> bytes:
        """What has arrived; empty when the time has passed."""
        if not self._ready(writing=False, seconds=max(seconds, 0.0)):
            return b""
        try:
            data = os.read(self._incoming, _PIECE)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise gone(error) from None
        if not data:
            raise gone("the other end has closed the pipe")
        return data

    def close(self) -> None:
        """Let go of the line."""
        if not self._closed:
            self._closed = True
            for descriptor in {self._incoming, self._outgoing}:
                os.close(descriptor)

    def _ready(self, *, writing: bool, seconds: float) -> bool:
        if self._closed:
            raise gone("it was closed")
        poll = select.poll()
        if writing:
            poll.register(self._outgoing, select.POLLOUT)
        else:
            poll.register(self._incoming, select.POLLIN)
        return bool(poll.poll(seconds * 1000))
