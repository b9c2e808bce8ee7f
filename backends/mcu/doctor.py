"""What this machine has for microcontrollers: libraries, engines, the firmware that is shipped."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from edgesdk.errors import EdgeError

from .shipped import shipped

Row = tuple[str, bool, str]


def rows() -> Sequence[Row]:
    """(what, whether it is there, evidence or remedy)."""
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


def _library(name: str, what: str, extra: str) -> Row:
    try:
        return (name, True, f"{version(name)}, for {what}")
    except PackageNotFoundError:
        return (name, False, f"for {what}: pip install 'edgesdk[{extra}]'")


def _firmware() -> Row:
    try:
        found = shipped()
    except EdgeError as error:
        return ("firmware", False, str(error))
    return ("firmware", True, f"{found.version} for {', '.join(sorted(found.boards))}")
