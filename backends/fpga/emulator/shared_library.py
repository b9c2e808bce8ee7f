"""The accelerator's HLS C++, compiled for this machine, as an engine of the emulator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesdk.errors import InternalFault
from edgesdk.native import load

DESCRIPTION = "edgesdk_backends.fpga._engine_abi"
SHIPPED = Path(__file__).parents[1]  # where the install puts the libraries


class SharedLibraryEngine:
    """See ``edgesdk_backends.fpga.emulator.engine.Engine``.

    ``fault`` says after a start what left its width, in the builds that check. One start at a
    time, of all engines of one library.
    """

    def __init__(self, path: Path) -> None:
        """Load ``path``. Raises ``InternalFault`` (EDGE-0110) where that does not work."""
        self.ffi, self.lib = load(path, DESCRIPTION)
        self.name: str = self._text(self.lib.edge_fpga_build())
        self.fault = ""
        self._matmul = self.ffi.NULL, self.ffi.NULL

    def start(self, registers: NDArray[np.uint32], memory: NDArray[np.uint8], base: int) -> int:
        """Run to the end and return the status; see ``Engine``."""
        if not (registers.flags.c_contiguous and memory.flags.c_contiguous):
            raise ValueError("registers and memory are to be contiguous")
        words = self.ffi.from_buffer("uint32_t[]", registers, require_writable=True)
        content = self.ffi.from_buffer("uint8_t[]", memory, require_writable=True)
        self.lib.edge_fpga_set_matmul(*self._matmul)  # others may have the same library
        status = int(self.lib.edge_fpga_start(words, content, base, memory.size))
        self.fault = self._text(self.lib.edge_fpga_fault())
        return status

    def set_matmul(self, function: Any, context: Any) -> None:
        """Let a C function do this engine's ternary matmuls; ``ffi.NULL``: our own again."""
        self._matmul = function, context

    def _text(self, pointer: Any) -> str:
        return str(self.ffi.string(pointer).decode())


def shipped_engine(name: str) -> SharedLibraryEngine:
    """The engine ``native`` or ``checked``, which the install builds."""
    engine = SharedLibraryEngine(SHIPPED / f"_{name}.so")
    if engine.name != name:
        raise InternalFault(
            "An engine of the FPGA emulator is another than its name says",
            evidence=f"_{name}.so says that it is {engine.name}",
            next_step="Install edgesdk again",
            code=60,
        )
    return engine
