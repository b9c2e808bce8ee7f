"""What is plugged in."""

from __future__ import annotations

from collections.abc import Sequence

from edgesdk.backend import DeviceInfo


def serial_devices() -> Sequence[DeviceInfo]:
    """A line for each USB serial port; none is opened, so none is known to run edgesdk."""
    try:
        from serial.tools.list_ports import comports
    except ImportError:
        return []
    return [
        DeviceInfo(
            address=f"serial:{port.device}",
            backend="mcu",
            target="mcu:",
            description=f"{port.description}"
            + (f", serial number {port.serial_number}" if port.serial_number else ""),
        )
        for port in comports()
        if port.vid is not None
    ]
