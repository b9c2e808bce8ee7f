"""The Verilated matmul with memory around it, as a Python object."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from cffi import FFI
from numpy.typing import NDArray

from edgesdk.errors import InternalFault

from .rtl_build import RTL

ALL_CHANNELS = 0b111111  # weights 0-3, codes, sums
# What a slave may wait for before it takes a write's address or data, see harness.h.
ANY_ORDER, ADDRESS_FIRST, TOGETHER, DATA_FIRST = range(4)


@dataclass(frozen=True)
class BusMemory:
    """How the simulated memory behaves; rates are out of 256.

    ``latency``: cycles from an address to its first word. ``bandwidth``: words that all channels
    together may move in 256 cycles, 0 for no limit. ``refusal``: how often one of ``channels`` is
    not ready. ``offset``: words by which every array misses a boundary of 4096 bytes. ``broken``:
    channels whose array is no memory. ``order``: what it takes first of a write. ``probe``: look in
    every cycle for outputs that follow an input at once, which AXI forbids. ``limit``: cycles after
    which a run counts as hung, 0 for enough for any shape.
    """

    latency: int = 1
    bandwidth: int = 0
    refusal: int = 0
    channels: int = ALL_CHANNELS
    seed: int = 0
    offset: int = 0
    broken: int = 0
    order: int = ANY_ORDER
    probe: int = 0
    limit: int = 0


@dataclass(frozen=True)
class Counts:
    """What the block counted in its last run, and in all runs so far.

    ``cycles``: clock cycles. ``stalls``: of these, the ones in which only weights were missing.
    ``words``: of 16 bytes, that the last run read.
    """

    cycles: int
    stalls: int
    words: int
    runs: int
    all_cycles: int
    all_stalls: int
    simulated: int


class Simulation:
    """One block with its bus. Not for two threads at a time."""

    def __init__(self, library: Path, memory: BusMemory | None = None, seed: int = 0) -> None:
        """Load what ``rtl_library`` made; ``seed`` draws what it holds before the reset, 0: zeros.

        Raises ``InternalFault`` (EDGE-0162).
        """
        self.ffi = FFI()
        self.ffi.cdef(_declarations())
        try:
            self.lib = self.ffi.dlopen(str(library))
        except OSError as error:
            raise InternalFault(
                "The simulation of the FPGA's RTL does not load",
                evidence=str(error),
                next_step=f"Remove {library.parent} and try again: it is then built anew",
                code=62,
            ) from error
        self._block: Any = self.ffi.gc(self.lib.edge_rtl_open(seed), self.lib.edge_rtl_close)
        self.configure(memory or BusMemory())

    def configure(self, memory: BusMemory) -> None:
        """How the memory behaves from now on."""
        self.lib.edge_rtl_configure(self._block, self.ffi.new("edge_rtl_memory *", asdict(memory)))

    def read(self, offset: int) -> int:
        """A register, through AXI4-Lite."""
        return int(self.lib.edge_rtl_read(self._block, offset))

    def write(self, offset: int, value: int, strobes: int = 15) -> None:
        """A register, through AXI4-Lite; ``strobes`` has a bit for each byte that counts."""
        self.lib.edge_rtl_write(self._block, offset, value, strobes)

    @property
    def interrupt(self) -> bool:
        """Whether the block's interrupt line is up."""
        return bool(self.lib.edge_rtl_interrupt(self._block))

    @property
    def counts(self) -> Counts:
        """See ``Counts``."""
        counted = self.lib.edge_rtl_counted(self._block)
        return Counts(**{name: int(getattr(counted, name)) for name in Counts.__annotations__})

    @property
    def fault(self) -> str:
        """What broke the rules of the bus in the last run, in words, or why it did not end."""
        return bytes(self.ffi.string(self.lib.edge_rtl_fault(self._block))).decode()

    @property
    def matmul_function(self) -> tuple[int, int]:
        """Addresses of a C function with the signature ``edge_matmul_function``, its context."""
        as_number = self.ffi.typeof("uintptr_t")
        function = self.ffi.addressof(self.lib, "edge_rtl_matmul")
        return int(self.ffi.cast(as_number, function)), int(self.ffi.cast(as_number, self._block))

    def matmul(
        self, streams: NDArray[np.uint8], rows: int, codes: NDArray[np.int8]
    ) -> tuple[int, NDArray[np.int32]]:
        """One run: the status and the sums [tokens, rows].

        ``streams`` uint8 [4, bytes] as ``port_streams`` packs them; ``codes`` int8
        [tokens, 96 * tiles].
        """
        streams, codes = np.ascontiguousarray(streams), np.ascontiguousarray(codes)
        tokens, tiles = codes.shape[0], codes.shape[1] // 96
        sums = np.zeros((tokens, rows), np.int32)
        ports = [self.ffi.from_buffer("uint8_t[]", port) for port in streams]
        status = self.lib.edge_rtl_matmul(
            self._block,
            self.ffi.new("uint8_t *[4]", ports),
            rows,
            tiles,
            tokens,
            self.ffi.from_buffer("int8_t[]", codes),
            self.ffi.from_buffer("int32_t[]", sums, require_writable=True),
        )
        return int(status), sums


def _declarations() -> str:
    """What the harness's header marks for cffi."""
    marked = re.search(
        r"/\* cffi:begin \*/(.*?)/\* cffi:end \*/", (RTL / "harness.h").read_text(), re.DOTALL
    )
    return marked[1] if marked else ""
