"""The engine ``numpy`` of the emulator: the contract model behind the block's registers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edgesdk.decoder.reference import Trace

from ..registers.spec import MAP_VERSION, OPERATION, STATUS, WEIGHT_VERSION
from .call import BLOCK, DONE, Maxima, read_call, refused
from .forward import ForwardPass
from .memory import DeviceMemory
from .ternary import PORTS, TABLES, Matrices

NUMERIC_VERSION = 1  # of docs/fpga-numerics.md, as this package keeps it


class NumpyEngine:
    """See ``edgesdk_backends.fpga.emulator.engine.Engine``.

    ``trace`` is told every stage of a pass, by the names that ``edgesdk.decoder.reference`` uses.
    """

    name = "numpy"

    def __init__(self, maxima: Maxima | None = None, *, trace: Trace | None = None) -> None:
        self._maxima, self._trace = maxima or Maxima(), trace
        self._matrices = Matrices()

    def start(self, registers: NDArray[np.uint32], memory: NDArray[np.uint8], base: int) -> int:
        """Run to the end and return the status; see ``Engine``."""
        call = read_call(registers)
        if call["operation"] == OPERATION["identify"]:
            self._identify(registers)
            return DONE
        status = refused(call, self._maxima)
        device = DeviceMemory(memory, base, call)
        if status == DONE and not device.holds_everything():
            status = STATUS["bus_error"]
        if status == DONE:
            with np.errstate(all="ignore"):  # what is not finite shows in the logits
                ForwardPass(call, device, self._matrices, self._trace).run()
        registers[BLOCK.offset("status") // 4] = status
        return status

    def _identify(self, registers: NDArray[np.uint32]) -> None:
        found = {
            "identity": BLOCK.identity,
            "map_version": MAP_VERSION,
            "numeric_version": NUMERIC_VERSION,
            "weight_version": WEIGHT_VERSION,
            "tables": TABLES,
            "lanes": PORTS,
            "chunk": self._maxima.chunk,
            "max_hidden": self._maxima.hidden,
            "max_width": self._maxima.width,
            "max_intermediate": self._maxima.intermediate,
            "max_head_size": self._maxima.head_size,
            "status": DONE,
        }
        for name, value in found.items():
            registers[BLOCK.offset(name) // 4] = value
