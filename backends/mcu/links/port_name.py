"""Which serial port an address means."""

from __future__ import annotations

from typing import Any

from edgesdk.errors import AmbiguousDevice, MissingExtra, NoDevice, UsageError

_ID = "id="


def port_of(rest: str) -> str:
    """The path of a port: as it stands, or that of the USB device with a serial number.

    ``/dev/ttyACM0`` or ``id=ABC123``. Raises ``NoDevice`` (EDGE-0304), ``AmbiguousDevice``
    (EDGE-0402), ``UsageError`` (EDGE-0252) where nothing is named.
    """
    if not rest or rest == _ID:
        raise UsageError(
            "The address names no serial port",
            next_step="Write serial:/dev/ttyACM0 or serial:id=SERIALNUMBER; 'edgesdk devices' "
            "lists those that are plugged in",
            code=52,
        )
    return _by_identity(rest.removeprefix(_ID)) if rest.startswith(_ID) else rest


def _by_identity(identity: str) -> str:
    ports = [port for port in _ports() if port.serial_number]
    found = [port.device for port in ports if port.serial_number == identity]
    if len(found) > 1:  # one debugger with several ports, for example
        raise AmbiguousDevice(
            f"{len(found)} serial ports have the serial number {identity[:80]}",
            evidence=", ".join(f"serial:{device}" for device in sorted(found)),
            next_step="Name one of these",
            code=2,
        )
    if not found:
        there = ", ".join(sorted({f"serial:id={port.serial_number}" for port in ports}))
        raise NoDevice(
            f"No serial port has the serial number {identity[:80]}",
            evidence=f"plugged in: {there or 'none that has one'}",
            next_step="Plug it in, or name the port: serial:/dev/ttyACM0",
            code=4,
        )
    return str(found[0])


def _ports() -> list[Any]:
    try:
        from serial.tools.list_ports import comports
    except ImportError:
        raise MissingExtra("pyserial", "mcu") from None
    return list(comports())
