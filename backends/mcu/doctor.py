"""What this machine has for microcontrollers: an engine, the firmware that is shipped."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from edgesdk.errors import EdgeError

from .shipped import shipped

Row = tuple[str, bool, str]


def rows() -> Sequence[Row]:
    """(what, whether it is there, evidence or remedy)."""
    qemu = shutil.which("qemu-system-arm")
    return [
        (
            "qemu",
            qemu is not None,
            qemu or "optional, for emu:mcu?engine=qemu: install qemu-system-arm",
        ),
        _firmware(),
    ]


def _firmware() -> Row:
    try:
        found = shipped()
    except EdgeError as error:
        return ("firmware", False, str(error))
    return ("firmware", True, f"{found.version} for {', '.join(sorted(found.boards))}")
