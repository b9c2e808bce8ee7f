"""A line over a socket: a serial port server, QEMU, an emulator in another process."""

from __future__ import annotations

import socket
from contextlib import suppress

from edgesdk.errors import LinkFailed, NoDevice, UsageError

from ..link import Link

_CONNECT_SECONDS = 5.0
_WRITE_SECONDS = 10.0
_PIECE = 65536  # bytes
_CLOSED = "the other end closed the connection; another program may be using the device"
_AGAIN = "Plug the device in again, or restart the program that serves it; then repeat the command"


def open_socket(place: str) -> Link:
    """Connect to ``HOST:PORT`` or ``[IPv6]:PORT``. Raises ``NoDevice`` (EDGE-0302)."""
    host, _, port = place.removeprefix("//").rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise UsageError(
            f"{place[:80]!r} names no socket", next_step="Write socket://HOST:PORT", code=52
        )
    try:
        line = socket.create_connection((host.strip("[]"), int(port)), _CONNECT_SECONDS)
    except (OSError, UnicodeError) as error:  # a host's name may have no form in DNS
        raise NoDevice(
            f"Nothing answers at {host}:{port}",
            evidence=str(error),
            next_step="Start the program that serves the device there, or correct the address",
            code=2,
        ) from None
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return SocketLink(line)


class SocketLink:
    """A connected socket of any family; owns it. See ``Link``.

    ``closed``, ``again``: why the other end may close it, and what to do then.
    """

    def __init__(self, line: socket.socket, closed: str = _CLOSED, again: str = _AGAIN) -> None:
        self._line, self._closed, self._again = line, closed, again

    def write(self, data: bytes) -> None:
        """Send all bytes."""
        try:
            self._line.settimeout(_WRITE_SECONDS)
            self._line.sendall(data)
        except TimeoutError:
            raise stuck() from None
        except OSError as error:
            raise self._gone(error) from None

    def read(self, seconds: float) -> bytes:
        """What has arrived; empty when the time has passed."""
        try:
            self._line.settimeout(max(seconds, 0.0))
            data = self._line.recv(_PIECE)
        except (TimeoutError, BlockingIOError):
            return b""
        except OSError as error:
            raise self._gone(error) from None
        if not data:
            raise gone(self._closed, self._again)
        return data

    def close(self) -> None:
        """Let go of the line."""
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._line.close()

    def _gone(self, error: OSError) -> LinkFailed:
        """Which end notices first, and how, is chance."""
        return gone(self._closed if isinstance(error, ConnectionError) else error, self._again)


def gone(why: object, again: str = _AGAIN) -> LinkFailed:
    """The line itself is no more."""
    return LinkFailed(
        "The connection to the device is lost",
        evidence=str(why),
        next_step=again,
        code=3,
    )


def stuck() -> LinkFailed:
    """The line takes no more bytes."""
    return LinkFailed(
        "The line takes no more bytes",
        evidence=f"nothing left within {_WRITE_SECONDS:g} s",
        next_step="Unplug the device and plug it in again; switch hardware flow control off",
        code=4,
    )
