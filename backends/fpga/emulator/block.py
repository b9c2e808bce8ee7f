"""The accelerator's registers as software: what Vitis HLS makes of a block with ``ap_ctrl_hs``."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Lock, Thread

import numpy as np
from numpy.typing import NDArray

from edgesdk.errors import EdgeError, LinkFailed

from ..registers import OPERATION, Block
from ..registers.spec import (
    CONTROL,
    DONE,
    DONE_INTERRUPT,
    GLOBAL_INTERRUPT,
    IDLE,
    INTERRUPT_ENABLE,
    INTERRUPT_STATUS,
    READY,
    START,
)
from .engine import Engine
from .faults import BUS, FLIP, HANG, LATE, NOTHING, SILENT, Faults
from .memory import PAGE, EmulatedMemory

_ENGINES = Lock()  # an engine is a library with state of its own: one start at a time
_UNTIL_IT_ENDS = 60.0  # seconds for an engine that was given up


class EmulatedBlock:
    """A block in the fabric. It works in a thread, so that the host can lose patience.

    ``interrupt`` is called, in that thread, when the interrupt line rises.
    """

    def __init__(
        self,
        block: Block,
        engine: Engine,
        memory: EmulatedMemory,
        faults: Faults,
        interrupt: Callable[[], None],
    ) -> None:
        self._block, self._engine, self._memory = block, engine, memory
        self._faults, self._interrupt = faults, interrupt
        self._lock = Lock()
        self._worker: Thread | None = None
        self._given_up = Event()
        self.starts = 0
        self._passes = 0  # over the weights
        self._failure: BaseException | None = None  # of the engine, for the host's thread
        self._known = {word for register in block.registers for word in register.words}
        self._inputs = {word for register in block.inputs for word in register.words}
        self._valid = {register.offset + 4 for register in block.outputs}
        self._clear()

    def _clear(self) -> None:
        self._registers: NDArray[np.uint32] = np.zeros(self._block.range // 4, np.uint32)
        self._control, self._enabled = IDLE, 0
        self._global, self._pending = 0, 0

    def read(self, offset: int) -> int:
        """What the host reads. Raises ``LinkFailed`` (EDGE-0630); once, what the engine raised."""
        with self._lock:
            if self._failure is not None:
                failure, self._failure = self._failure, None
                raise _broken(failure)
            self._answers(offset)
            if offset == CONTROL:
                value, self._control = self._control, self._control & ~(DONE | READY)
            elif offset in (GLOBAL_INTERRUPT, INTERRUPT_ENABLE, INTERRUPT_STATUS):
                pending = self._global, self._enabled, self._pending
                value = pending[offset // 4 - 1]
            else:
                value = int(self._registers[offset // 4])
                if offset in self._valid:
                    self._registers[offset // 4] = 0
            return value

    def write(self, offset: int, value: int) -> None:
        """What the host writes; outputs keep theirs. Raises ``LinkFailed`` (EDGE-0630)."""
        if type(value) is not int or not 0 <= value < 1 << 32:
            raise TypeError(f"a register takes an int of 32 bits, not {value!r}")
        with self._lock:
            self._answers(offset)
            if offset == CONTROL:
                if value & START and self._control & IDLE:
                    self._start()
            elif offset == GLOBAL_INTERRUPT:
                self._global = value & 1
            elif offset == INTERRUPT_ENABLE:
                self._enabled = value & 3
            elif offset == INTERRUPT_STATUS:
                self._pending ^= value & 3  # writing toggles: that is how Vitis makes it
            elif offset in self._inputs:
                self._registers[offset // 4] = value

    def reset(self) -> None:
        """As loading the fabric does. Raises ``LinkFailed`` (EDGE-0632) if the engine goes on."""
        self._given_up.set()
        if self._worker is not None:
            self._worker.join(_UNTIL_IT_ENDS)
            if self._worker.is_alive():
                raise LinkFailed(
                    "The emulator still works on what it was given",
                    evidence=f"engine {self._engine.name}, {_UNTIL_IT_ENDS:g} s after a reset",
                    next_step="Use a faster engine, or a smaller model",
                    code=32,
                )
        self._given_up, self._worker = Event(), None
        self._clear()

    def _answers(self, offset: int) -> None:
        known = offset in self._known or offset in range(CONTROL, INTERRUPT_STATUS + 4, 4)
        if not known or self._faults.hits(BUS, self.starts - 1):
            raise LinkFailed(
                "The accelerator's registers do not answer",
                evidence=f"bus error at offset 0x{offset:03X}",
                next_step="Load the fabric again; if it stays so, the bitstream is another one",
                code=30,
            )

    def _start(self) -> None:
        self._control = START
        number, self.starts = self.starts, self.starts + 1
        if not self._faults.hits(HANG, number):
            words = self._registers.copy()
            self._worker = Thread(target=self._work, args=(number, words, self._given_up))
            self._worker.daemon = True
            self._worker.start()

    def _work(self, number: int, words: NDArray[np.uint32], given_up: Event) -> None:
        worked = not self._faults.hits(NOTHING, number)
        try:
            if worked:
                self._run(words)
        except BaseException as error:
            self._failure = error
        if self._faults.hits(LATE, number):
            given_up.wait(self._faults.seconds)
        if not given_up.is_set():
            self._finish(number, words if worked else None)

    def _run(self, words: NDArray[np.uint32]) -> None:
        status = self._block.offset("status") // 4
        with _ENGINES:
            self._flip(words)
            words[status] = self._engine.start(words, self._memory.content, self._memory.base)

    def _finish(self, number: int, words: NDArray[np.uint32] | None) -> None:
        with self._lock:
            if words is not None:
                self._take_outputs(number, words)
            self._control = DONE | IDLE | READY
            if self._enabled & DONE_INTERRUPT:
                self._pending |= DONE_INTERRUPT
            rises = bool(self._global and self._pending)
        if rises and not self._faults.hits(SILENT, number):
            self._interrupt()

    def _take_outputs(self, number: int, words: NDArray[np.uint32]) -> None:
        """An operation that fails, or is not to identify, writes its status alone."""
        identified = words[self._block.offset("operation") // 4] == OPERATION["identify"]
        wrong = self._faults.wrong_output(number)
        for register in self._block.outputs:
            if identified or register.name == "status":
                word = register.offset // 4
                self._registers[word] = words[word] ^ (1 if register.name == wrong else 0)
                self._registers[word + 1] = 1

    def _flip(self, words: NDArray[np.uint32]) -> None:
        """A bit in each byte of the first page of port 0's weights, another one at each fault."""
        if words[self._block.offset("operation") // 4] != OPERATION["forward"]:
            return
        number, self._passes = self._passes, self._passes + 1
        if self._faults.hits(FLIP, number):
            low = self._block.offset("weights_0") // 4
            address = int(words[low]) | int(words[low + 1]) << 32
            self._memory.at(address, PAGE)[:] ^= 1 << (number - self._faults.after) % 8


def _broken(failure: BaseException) -> EdgeError:
    if isinstance(failure, EdgeError):
        return failure
    return LinkFailed(
        "The emulator's engine has failed",
        evidence=f"{type(failure).__name__}: {failure}"[:300],
        next_step="Please report it; meanwhile another engine may serve: emu:fpga?engine=numpy",
        code=33,
    )
