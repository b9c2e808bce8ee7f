"""The engine whose ternary matmuls are done by the simulated SystemVerilog."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .rtl_build import rtl_library
from .rtl_simulation import BusMemory, Counts, Simulation
from .shared_library import SharedLibraryEngine, shipped_engine

CHUNK = 8  # as in the HLS configuration


class RtlEngine:
    """See ``Engine``: the native engine, with the RTL in the place of its matmul.

    ``memory`` is the bus around the block: by default one without latency or limits.
    """

    name = "rtl"

    def __init__(self, memory: BusMemory | None = None) -> None:
        """Build the simulation if need be: seconds, once.

        Raises ``NoDevice`` (EDGE-0320, EDGE-0322), ``InternalFault`` (EDGE-0161, EDGE-0162).
        """
        self._native: SharedLibraryEngine = shipped_engine("native")
        self.simulation = Simulation(rtl_library(CHUNK), memory)
        self.fault = ""
        function, context = self.simulation.matmul_function
        ffi = self._native.ffi
        self._native.set_matmul(
            ffi.cast("edge_matmul_function", function), ffi.cast("void *", context)
        )

    @property
    def counts(self) -> Counts:
        """Cycles and stalls, as the block's registers tell them."""
        return self.simulation.counts

    def start(self, registers: NDArray[np.uint32], memory: NDArray[np.uint8], base: int) -> int:
        """Run to the end and return the status; see ``Engine``."""
        status = self._native.start(registers, memory, base)
        self.fault = self.simulation.fault or self._native.fault
        return status
