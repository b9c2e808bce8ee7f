"""A board made of software, as PYNQ sees it: its ``Overlay``, ``allocate`` and ``MMIO`` work on it.

Importing this needs the package pynq. Its memory, registers and engine are those of ``emu:fpga``.
"""

from __future__ import annotations

import asyncio
import ctypes
import struct
import weakref
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from edgesdk.errors import DoesNotFit, LinkFailed, MissingExtra

from ..registers import BLOCKS
from .block import EmulatedBlock
from .engine import Engine
from .faults import Faults
from .interrupt_controller import EmulatedInterruptController
from .memory import EmulatedMemory

try:
    pynq: Any = import_module("pynq")
    buffers: Any = import_module("pynq.buffer")
    embedded: Any = import_module("pynq.pl_server.embedded_device")
    interrupts: Any = import_module("pynq.interrupt")
    processor: Any = import_module("pynq.ps")
    xclbin: Any = import_module("pynq.pl_server.xclbin_parser")
    frontends: Any = import_module("pynqmetadata.frontends")
    runtime: Any = import_module("pynqmetadata.views.runtime")
except ImportError:
    raise MissingExtra("pynq", "pynq") from None

_BLOCK = BLOCKS["decoder"]
_PROCESSOR = 0xF000_0000  # the processor's own registers lie from here on
_PLL_1500_MHZ = 90 << 8 | 1 << 16  # a reference of 33.333 MHz times 90, halved
_PLLS = {0xFF5E_0020: _PLL_1500_MHZ, 0xFF5E_0030: _PLL_1500_MHZ, 0xFD1A_002C: _PLL_1500_MHZ}
_LINE = 121  # the processor's interrupt that pl_ps_irq0 is


class EmulatedDevice(pynq.Device):  # type: ignore[misc]
    """One board. ``programmed`` counts how often its fabric was loaded."""

    arch, name = "aarch64", "KV260-emulated"

    def __init__(self, tag: str, engine: Engine, memory_size: int, faults: Faults) -> None:
        super().__init__(tag)
        self.capabilities = {"REGISTER_RW": True}
        self.memory = EmulatedMemory(memory_size)
        self.programmed = 0
        self._line = _Line()
        self._controller = EmulatedInterruptController(self._line.rise)
        rises = self._controller.input_rises
        self._block = EmulatedBlock(_BLOCK, engine, self.memory, faults, rises)
        self._processor = dict(_PLLS)
        if int(pynq.__version__.split(".")[0]) < 4:
            processor.CPU_ARCH = self.arch  # it asks that instead of the device
        self._map: list[tuple[int, int, Any]] = []
        self._taken: dict[int, int] = {}  # address -> bytes
        interrupts._InterruptController._uio_devices[_LINE] = self._line

    def get_bitfile_metadata(self, bitfile_name: str, partial: bool = False) -> Any:
        """What PYNQ makes of the ``.hwh`` beside a bitstream."""
        path = str(Path(bitfile_name).with_suffix(".hwh"))
        parser = runtime.RuntimeMetadataParser(frontends.Metadata(input=path))
        memories = xclbin.XclBin(xclbin_data=embedded.DEFAULT_XCLBIN)
        embedded._unify_dictionaries(parser, memories)
        parser.refresh_hierarchy_dict()
        return parser

    def download(self, bitstream: Any, parser: Any = None) -> None:
        """Load the fabric: our block is where the ``.hwh`` says."""
        models = {_BLOCK.vlnv: self._block, "xilinx.com:ip:axi_intc:4.1": self._controller}
        self._block.reset()
        self._map = [
            (entry["phys_addr"], entry["addr_range"], models[entry["type"]])
            for entry in parser.ip_dict.values()
            if entry.get("type") in models
        ]
        self.programmed += 1
        self.post_download(bitstream, parser, self.name)

    def read_registers(self, address: int, length: int) -> bytes:
        """Registers from an address on. Raises ``LinkFailed`` (EDGE-0636) where there is none."""
        words = [self._read(address + offset) for offset in range(0, length, 4)]
        return struct.pack(f"<{len(words)}I", *words)

    def write_registers(self, address: int, data: bytes) -> None:
        """As ``read_registers``."""
        for index, word in enumerate(struct.unpack(f"<{len(data) // 4}I", data)):
            at = address + 4 * index
            if at >= _PROCESSOR:
                self._processor[at] = word
            else:
                model, offset = self._model(at)
                model.write(offset, word)

    def allocate(self, shape: Any, dtype: Any = "u4", **kwargs: Any) -> Any:
        """Memory that is not coherent. ``cacheable`` and the like change nothing here."""
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        try:
            address = self.memory.take(size)
        except DoesNotFit as error:  # PYNQ knows nothing of our errors
            raise RuntimeError(error.evidence) from None
        buffer = buffers.PynqBuffer(
            shape, dtype, device=self, bo=address, device_address=address, coherent=False
        )
        self._taken[address] = size
        weakref.finalize(buffer, self._give_back, address)
        return buffer

    def flush(self, bo: int, offset: int, virtual_address: int, size: int) -> None:
        """From the host's copy to the accelerator's."""
        self._check_whole(bo, offset, size)
        self.memory.at(bo, size)[:] = _bytes_at(virtual_address, size)

    def invalidate(self, bo: int, offset: int, virtual_address: int, size: int) -> None:
        """From the accelerator's copy to the host's."""
        self._check_whole(bo, offset, size)
        _bytes_at(virtual_address, size)[:] = self.memory.at(bo, size)

    def _check_whole(self, address: int, offset: int, size: int) -> None:
        """PYNQ over a network sends a slice to the wrong place, so nobody may use one."""
        if offset or size != self._taken[address]:
            raise ValueError("flush and invalidate whole buffers")

    def _give_back(self, address: int) -> None:
        self.memory.give_back(address, self._taken.pop(address))

    def _read(self, address: int) -> int:
        if address >= _PROCESSOR:
            return self._processor.get(address, 0)
        model, offset = self._model(address)
        return int(model.read(offset))

    def _model(self, address: int) -> tuple[Any, int]:
        for base, size, model in self._map:
            if base <= address < base + size:
                return model, address - base
        raise LinkFailed(
            "The emulated board has no registers there",
            evidence=f"bus error at address 0x{address:08X}",
            next_step="Load the fabric first",
            code=36,
        )


class _Line:
    """The processor's interrupt, in place of the file through which Linux tells of it."""

    def __init__(self) -> None:
        self._waiting: list[tuple[asyncio.AbstractEventLoop, Any]] = []
        self._is_up = False

    def add_event(self, event: Any, number: int) -> None:
        """Set the event when the interrupt is next there. Called within an event loop."""
        self._waiting.append((asyncio.get_running_loop(), event))
        if self._is_up:
            self.rise()

    def rise(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._is_up = not waiting
        for loop, event in waiting:
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)


def _bytes_at(address: int, size: int) -> Any:
    return np.ctypeslib.as_array((ctypes.c_uint8 * size).from_address(address))
