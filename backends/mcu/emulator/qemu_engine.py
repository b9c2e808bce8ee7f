"""The MPS2+ AN505 in QEMU, as an engine of the emulator's process."""

from __future__ import annotations

import ctypes
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .board import Board

PROGRAM = "qemu-system-arm"
_PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
FILE_SIZE = 16 << 20  # bytes of the memory that is the flash; QEMU takes no less


class QemuEngine:
    """See ``serve.Engine``. QEMU writes the flash itself, so its operations are not counted."""

    def __init__(self, board: Board, flash: Path, locked: int, boot_image: Path) -> None:
        self._locked = locked  # descriptor: QEMU has it too, and with it the lock
        self._command = [PROGRAM, "-display", "none", "-monitor", "none", "-parallel", "none"]
        self._command += ["-M", "mps2-an505,memory-backend=flash"]
        backend = (
            f"memory-backend-file,id=flash,size={FILE_SIZE},share=on,mem-path={_escaped(flash)}"
        )
        self._command += ["-object", backend]
        loader = f"loader,addr={board.boot_address:#x},force-raw=on,file={_escaped(boot_image)}"
        self._command += ["-device", loader]
        # 64 ns of its time for each instruction: what the port counts.
        self._command += ["-icount", "shift=6"]
        self._process: subprocess.Popen[bytes] | None = None
        self._starts = 0

    def power_on(self, line: socket.socket) -> None:
        """See ``Engine``."""
        self.power_off()
        self._starts += 1
        number = line.fileno()
        serial = ["-chardev", f"socket,id=line,fd={number}", "-serial", "chardev:line"]
        self._process = subprocess.Popen(  # noqa: S603
            [*self._command, *serial],
            pass_fds=[number, self._locked],
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
        )
        line.close()

    def power_off(self) -> None:
        """See ``Engine``."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def work(self) -> bool:
        """Nothing: it runs by itself."""
        return False

    def set_cut(self, at: int, tear: str, seed: int) -> None:
        """The owner has refused it."""

    def counts(self) -> Mapping[str, Any]:
        """See ``Engine``."""
        on = self._process is not None and self._process.poll() is None
        return {
            "on": on,
            "instructions": 0,
            "programs": 0,
            "erases": 0,
            "resets": {"power": self._starts},
            "faults": [],
        }


def _end_with_parent() -> None:
    """QEMU ends even when this process is killed; safe here, where there is one thread."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _escaped(path: Path) -> str:
    """QEMU separates options by commas."""
    return str(path).replace(",", ",,")
