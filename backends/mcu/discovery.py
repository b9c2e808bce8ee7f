"""What is plugged in, and what this machine has for microcontrollers."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from edgesdk.backend import DeviceInfo
from edgesdk.errors import EdgeError

from .shipped import shipped


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


def doctor() -> Sequence[tuple[str, bool, str]]:
    """Libraries, engines, shipped firmware."""
    qemu = shutil.which("qemu-system-arm")
    return [
        _library("pyserial", "serial ports", "mcu"),
        _library("unicorn", "emu:mcu", "emulator"),
        (
            "qemu",
            qemu is not None,
            qemu or "optional, for emu:mcu?engine=qemu: install qemu-system-arm",
        ),
        _firmware(),
    ]


def _library(name: str, what: str, extra: str) -> tuple[str, bool, str]:
    try:
        return (name, True, f"{version(name)}, for {what}")
    except PackageNotFoundError:
        return (name, False, f"for {what}: pip install 'edgesdk[{extra}]'")


def _firmware() -> tuple[str, bool, str]:
    try:
        found = shipped()
    except EdgeError as error:
        return ("firmware", False, str(error))
    return ("firmware", True, f"{found.version} for {', '.join(sorted(found.boards))}")
