"""The emulator's process. ``emulator.Emulator`` starts it and owns both descriptors."""

from __future__ import annotations

import argparse
import os
import socket
from contextlib import suppress
from pathlib import Path

from .board import board
from .control import ControlSocket, Gone
from .faults import from_text
from .process import Engine, serve


def main() -> None:
    """Serve a board until the owner closes the control socket."""
    parser = argparse.ArgumentParser(prog="python -m edgesdk_backends.mcu.emulator")
    parser.add_argument("--engine", choices=["unicorn", "qemu"], required=True)
    parser.add_argument("--board", required=True)
    parser.add_argument("--flash", type=Path, required=True)
    parser.add_argument("--boot-image", type=Path, required=True)
    parser.add_argument("--faults", required=True)
    parser.add_argument("--control", type=int, required=True, help="a descriptor")
    parser.add_argument("--file", type=int, required=True, help="a descriptor of the flash, locked")
    chosen = parser.parse_args()
    control = ControlSocket(socket.socket(fileno=chosen.control))
    try:
        serve(_engine(chosen, control), control)
    except Exception as error:  # the owner tells the user, who never sees this process
        with suppress(Gone):
            control.send({"error": f"{type(error).__name__}: {error}"[:500]})
        raise SystemExit(1) from None


def _engine(chosen: argparse.Namespace, control: ControlSocket) -> Engine:
    about = board(chosen.board)
    if chosen.engine == "qemu":
        from .qemu_engine import QemuEngine

        return QemuEngine(about, chosen.flash, chosen.file, chosen.boot_image)
    from .unicorn_engine import UnicornEngine

    file = os.fdopen(chosen.file, "r+b", buffering=0)
    return UnicornEngine(about, file, control, from_text(chosen.faults))


if __name__ == "__main__":
    main()
