"""A Cortex-M33 between two resets: Unicorn, with the exceptions that it does not have itself."""

from __future__ import annotations

import ctypes
import mmap
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from typing import Any

from edgesdk.errors import MissingExtra
from edgesdk.native import ffi, lib

try:
    unicorn: Any = import_module("unicorn")
    arm: Any = import_module("unicorn.arm_const")
    uclib: Any = import_module("unicorn.unicorn_py3.unicorn").uclib
except ImportError:
    raise MissingExtra("unicorn", "emulator") from None

HARD_FAULT = 3
_EXCEPTION_RETURN = 8  # the number that Unicorn gives to it
_NEVER = 0xF0000000  # an address that nothing runs at
_RETURN_EXTENDED = 0xFFFFFFE9  # to thread mode, main stack, with room for FPU registers
_FRAME, _THUMB = 0x68, 1 << 24
_FRAME_REGISTERS = (
    *(arm.UC_ARM_REG_R0, arm.UC_ARM_REG_R1, arm.UC_ARM_REG_R2, arm.UC_ARM_REG_R3),
    *(arm.UC_ARM_REG_R12, arm.UC_ARM_REG_LR, arm.UC_ARM_REG_PC, arm.UC_ARM_REG_XPSR),
)


class Stop(Enum):
    """Why the processor has stopped."""

    LIMIT = "so many instructions have run"
    SLEEP = "it waits for an interrupt"
    RETURN = "the exception has ended"
    ASKED = "a device has asked for it"
    FAULT = "it cannot go on"


class Lockup(Exception):
    """A fault inside a fault."""


@dataclass(frozen=True)
class Memory:
    """Memory of the guest that is memory of this process."""

    address: int
    content: mmap.mmap
    writable: bool

    @property
    def host(self) -> int:
        """Where it lies in this process."""
        return ctypes.addressof(ctypes.c_char.from_buffer(self.content))


@dataclass(frozen=True)
class Window:
    """Addresses behind which there are devices; offsets count from ``address``."""

    address: int
    size: int
    read: Callable[[int], int]
    write: Callable[[int, int], None]


class Counter:
    """The instructions that have run, all resets together."""

    def __init__(self) -> None:
        self.native = ffi.new("struct edge_block_counter *")
        self.native.stop = ctypes.cast(uclib.uc_emu_stop, ctypes.c_void_p).value

    @property
    def count(self) -> int:
        """Instructions, handlers included."""
        return int(self.native.count)

    def watch(self, memories: Sequence[Memory]) -> None:
        """Code may lie in these, and is new."""
        ffi.memmove(
            self.native.known, bytes(ffi.sizeof(self.native.known)), ffi.sizeof(self.native.known)
        )
        for i, memory in enumerate(memories):
            self.native.base[i], self.native.size[i] = memory.address, len(memory.content)
            self.native.host[i] = memory.host


class Cpu:
    """Freshly reset, in its secure state, to start with the vectors at ``vectors``.

    ``flash_write(address, value)`` is called for writes to memory that is not writable; what it
    returns says whether they are allowed.
    """

    def __init__(
        self,
        counter: Counter,
        memories: Sequence[Memory],
        windows: Sequence[Window],
        flash_write: Callable[[int, int, int], bool],
    ) -> None:
        self._counter = counter
        self._engine: Any = unicorn.Uc(
            unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS
        )
        self._engine.ctl_set_cpu_model(arm.UC_CPU_ARM_CORTEX_M33)
        self._memories, self._windows, self._flash_write = memories, windows, flash_write
        self._stop: Stop | None = None
        self._handlers: list[tuple[Any, int, int]] = []  # state before, exception, count then
        self._in_handlers = 0
        self._map()
        self._hook()

    @property
    def active(self) -> int:
        """The exception that is being handled, 0 for none."""
        return self._handlers[-1][1] if self._handlers else 0

    @property
    def worked(self) -> int:
        """Instructions outside of handlers."""
        begun = self._handlers[0][2] if self._handlers else self._counter.count
        return begun - self._in_handlers

    @property
    def masked(self) -> bool:
        """Whether interrupts are off."""
        return bool(self._engine.reg_read(arm.UC_ARM_REG_PRIMASK) & 1)

    @property
    def pc(self) -> int:
        """Where it is."""
        return int(self._engine.reg_read(arm.UC_ARM_REG_PC))

    def start(self, vectors: int) -> None:
        """As the reset does: stack and entry from the table."""
        stack, entry = struct.unpack("<2I", self._engine.mem_read(vectors, 8))
        self._engine.reg_write(arm.UC_ARM_REG_SP, stack)
        self._engine.reg_write(arm.UC_ARM_REG_PC, entry)

    def run(self, limit: int) -> Stop:
        """Go on until the counter reaches ``limit``, or something happens."""
        self._stop = None
        self._counter.native.limit = limit
        try:
            self._engine.emu_start(self.pc | 1, _NEVER)
        except unicorn.UcError:
            return Stop.FAULT
        if self._stop is not None:
            return self._stop
        return Stop.LIMIT if self._counter.count >= limit else Stop.SLEEP

    def stop(self) -> None:
        """Called by a device while the processor runs."""
        self._stop = Stop.ASKED
        self._engine.emu_stop()

    def enter(self, exception: int, vectors: int) -> None:
        """Begin to handle an exception. Raises ``Lockup`` where the stack cannot be written."""
        engine = self._engine
        state = engine.context_save()
        stack = (engine.reg_read(arm.UC_ARM_REG_SP) & ~7) - _FRAME
        frame = struct.pack("<8I", *engine.reg_read_batch(_FRAME_REGISTERS))
        try:
            engine.mem_write(stack, frame)
            (entry,) = struct.unpack("<I", engine.mem_read(vectors + 4 * exception, 4))
        except unicorn.UcError:
            raise Lockup from None
        self._handlers.append((state, exception, self._counter.count))
        engine.reg_write(arm.UC_ARM_REG_SP, stack)
        engine.reg_write(arm.UC_ARM_REG_LR, _RETURN_EXTENDED)
        engine.reg_write(arm.UC_ARM_REG_XPSR, _THUMB | exception)
        engine.reg_write(arm.UC_ARM_REG_PC, entry)

    def leave(self) -> None:
        """The handler has returned: everything is as it was before."""
        state, _, begun = self._handlers.pop()
        self._engine.context_restore(state)
        if not self._handlers:
            self._in_handlers += self._counter.count - begun

    def read(self, address: int, size: int) -> bytes:
        """The DMA reads memory; zeros where there is none."""
        try:
            return bytes(self._engine.mem_read(address, size))
        except unicorn.UcError:
            return bytes(size)

    def write(self, address: int, data: bytes) -> None:
        """The DMA writes RAM; elsewhere it has no effect."""
        for memory in self._memories:
            offset = address - memory.address
            if memory.writable and 0 <= offset <= len(memory.content) - len(data):
                memory.content[offset : offset + len(data)] = data

    def _map(self) -> None:
        for memory in self._memories:
            allowed = unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC
            allowed |= unicorn.UC_PROT_WRITE if memory.writable else 0
            self._engine.mem_map_ptr(memory.address, len(memory.content), allowed, memory.host)
        for window in self._windows:
            self._engine.mmio_map(window.address, window.size, *_callbacks(window))
        self._counter.watch(self._memories)

    def _hook(self) -> None:
        self._engine.hook_add(unicorn.UC_HOOK_INTR, self._interrupted)
        self._engine.hook_add(unicorn.UC_HOOK_MEM_WRITE_PROT, self._forbidden)
        self._handle = ctypes.c_size_t()
        status = uclib.uc_hook_add(
            self._engine._uch,
            ctypes.byref(self._handle),
            unicorn.UC_HOOK_BLOCK,
            ctypes.c_void_p(int(ffi.cast("uintptr_t", ffi.addressof(lib, "edge_count_block")))),
            ctypes.c_void_p(int(ffi.cast("uintptr_t", self._counter.native))),
            ctypes.c_uint64(1),  # an empty range of addresses stands for all
            ctypes.c_uint64(0),
        )
        if status:
            raise unicorn.UcError(status)

    def _interrupted(self, engine: Any, number: int, _: object) -> None:
        self._stop = Stop.RETURN if number == _EXCEPTION_RETURN and self._handlers else Stop.FAULT
        engine.emu_stop()

    def _forbidden(self, _: Any, __: int, address: int, size: int, value: int, ___: object) -> bool:
        return self._flash_write(address, size, value & 0xFFFFFFFF)


def _callbacks(window: Window) -> tuple[Any, None, Any, None]:
    def read(_: Any, offset: int, __: int, ___: object) -> int:
        return window.read(offset)

    def write(_: Any, offset: int, __: int, value: int, ___: object) -> None:
        window.write(offset, value)

    return read, None, write, None
