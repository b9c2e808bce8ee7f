"""A line over a serial port."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgesdk.errors import DeviceUnavailable, EdgeError, MissingExtra, NoDevice

from .socket_link import gone, stuck

if TYPE_CHECKING:
    from ..link import Link

BAUD = 1_000_000
_WRITE_SECONDS = 10.0
_BUSY = (errno.EBUSY, errno.EAGAIN)
_ABSENT = (errno.ENOENT, errno.ENODEV, errno.ENXIO)


def open_serial(port: str, baud: int = BAUD) -> Link:
    """Open a port for this process alone, 8N1.

    Raises ``NoDevice`` (EDGE-0302), ``DeviceUnavailable`` (EDGE-0510 no permission, EDGE-0511 in
    use, EDGE-0512 not usable), ``MissingExtra``.
    """
    serial = _library()
    # Elsewhere ports are exclusive by themselves.
    exclusive = {"exclusive": True} if os.name == "posix" else {}
    try:
        line = serial.Serial(port, baud, timeout=0, write_timeout=_WRITE_SECONDS, **exclusive)
    except (OSError, ValueError) as error:  # SerialException is an OSError
        raise _refused(port, error) from None
    with suppress(OSError, AttributeError, NotImplementedError, ValueError):
        line.set_low_latency_mode(True)  # some USB converters wait 16 ms otherwise
    return SerialLink(line)


class SerialLink:
    """An open port of pyserial; owns it. See ``Link``."""

    def __init__(self, line: Any) -> None:
        self._line = line

    def write(self, data: bytes) -> None:
        """Send all bytes."""
        serial = _library()
        try:
            self._line.write(data)
        except serial.SerialTimeoutException:
            raise stuck() from None
        except (OSError, TypeError) as error:  # a TypeError where it was closed meanwhile
            raise gone(error) from None

    def read(self, seconds: float) -> bytes:
        """What has arrived; empty when the time has passed."""
        try:
            self._line.timeout = max(seconds, 0.0)
            first = self._line.read(1)
            return bytes(first + self._line.read(self._line.in_waiting)) if first else b""
        except (OSError, TypeError) as error:
            raise gone(error) from None

    def close(self) -> None:
        """Let go of the line."""
        with suppress(OSError):
            self._line.close()


def _refused(port: str, error: Exception) -> EdgeError:
    """Why a port could not be opened, and what to do about it."""
    number = getattr(error, "errno", None)
    evidence = os.strerror(number) if number else str(error)[:300]  # pyserial says it twice
    if number in _ABSENT:
        next_step = "Plug it in; 'edgesdk devices' lists the ports that are there"
        return NoDevice(f"There is no port {port}", evidence=evidence, next_step=next_step, code=2)
    if number in (errno.EACCES, errno.EPERM):
        return DeviceUnavailable(
            f"You may not open {port}", evidence=evidence, next_step=_remedy(port), code=10
        )
    if number in _BUSY:
        return DeviceUnavailable(
            f"{port} is in use by another program",
            evidence=evidence,
            next_step="Close the terminal, debugger or ModemManager that has it; "
            f"'fuser -v {port}' names it",
            code=11,
        )
    return DeviceUnavailable(
        f"{port} cannot be used as a serial port",
        evidence=evidence,
        next_step="Check that it is a serial port and takes this baud rate",
        code=12,
    )


def _remedy(port: str) -> str:
    """What gives this user the permission: on Linux the port's group, often dialout or uucp."""
    group = "dialout"
    with suppress(OSError, KeyError, NotImplementedError, ImportError):
        group = Path(port).group()
    if group == "root":
        return f"Make it yours: sudo chown $USER {port}; or add a udev rule that sets its group"
    return f"Join its group: sudo usermod -aG {group} $USER; then log out and in again"


def _library() -> Any:
    try:
        import serial
    except ImportError:
        raise MissingExtra("pyserial", "mcu") from None
    return serial
