"""Drives the decoder block through its registers: who it is, and forward passes with deadlines."""

from __future__ import annotations

import time
from pathlib import Path

from edgesdk.errors import EdgeError, LinkFailed

from ..registers import BLOCKS, OPERATION, STATUS
from ..registers.spec import (
    CONTROL,
    DONE,
    DONE_INTERRUPT,
    GLOBAL_INTERRUPT,
    IDLE,
    INTERRUPT_ENABLE,
    INTERRUPT_STATUS,
    START,
)
from .capability import Capability, checked_capability
from .hal import Hal
from .register_file import RegisterFile
from .shape import Addresses, Shape

IDENTIFY_SECONDS = 10.0
_NAMES = {number: name for name, number in STATUS.items()}
_STATUS = BLOCKS["decoder"].offset("status")
_MEANING = {
    "bad_operation": "it does not know what it was asked for",
    "too_large": "the model's shape exceeds what it was built for",
    "bad_shape": "a size is zero, or not a multiple of what it has to be",
    "context_full": "the tokens do not fit into the cache",
    "bus_error": "an address is not one of its memory",
    "out_of_range": "a number does not fit the width that it was given",
}


class Driver:
    """One decoder block behind a ``Hal``, which the caller closes. Not for several threads.

    The fabric is loaded at once; ``bitstream`` is what the Hal takes. What a start of the block
    leaves behind when it does not end, this driver clears away before the next.
    """

    def __init__(self, hal: Hal, bitstream: Path | None = None) -> None:
        self.hal, self._bitstream = hal, bitstream
        self._registers = RegisterFile(hal, BLOCKS["decoder"])
        self._capability: Capability | None = None
        self._busy = False
        self._until = 0.0  # when the last start's time is over
        self._model: tuple[Shape, Addresses] | None = None
        self.reset()

    @property
    def busy(self) -> bool:
        """Whether a start may still be reading registers and writing memory."""
        return self._busy

    def reset(self) -> None:
        """Load the fabric again; its memory stays. Raises what ``Hal.program`` raises.

        Where that fails, a start that was under way counts as going on.
        """
        self._capability = None
        self._registers.forget()
        self.hal.program(self._bitstream)
        self._busy = False

    def identify(self, seconds: float = IDENTIFY_SECONDS) -> Capability:
        """What the block says about itself, asked once after each reset.

        Raises ``NoDevice`` (EDGE-0310), ``DoesNotFit`` (EDGE-0942) where it is not ours or speaks
        another version, and ``LinkFailed`` as ``forward``.
        """
        self.settle(seconds)
        return self._identified(seconds)

    def _identified(self, seconds: float) -> Capability:
        """It is asked before anything else is written to it: it may be somebody else's."""
        if self._capability is None:
            self._registers.put(operation=OPERATION["identify"])
            self._run(seconds, "telling who it is")
            outputs = {name: self._registers.read(name) for name in Capability.names()}
            self._capability = checked_capability(outputs)
            self.hal.write(GLOBAL_INTERRUPT, 1)
            self.hal.write(INTERRUPT_ENABLE, DONE_INTERRUPT)
        return self._capability

    def load(self, shape: Shape, addresses: Addresses) -> None:
        """The model that ``forward`` runs from now on.

        Raises ``DoesNotFit`` (EDGE-0943) if it exceeds what the block was built for; else as
        ``identify``.
        """
        self.identify().check(shape)
        self._model = shape, addresses

    def forward(
        self, start: int, tokens: int, logits_from: int, seconds: float, **places: int
    ) -> None:
        """A pass over ``tokens`` tokens from position ``start``, at most ``seconds`` long.

        ``places``: addresses for this pass, by name, in place of those of ``load``. Logits are
        written for tokens from ``logits_from`` on. Raises ``LinkFailed``: EDGE-0631 after the
        deadline, EDGE-0634 if it says that it is done and has not worked, EDGE-0635 with its
        status; after the first two the fabric was loaded again, or the error says why not.
        """
        if self._model is None:
            raise RuntimeError("no model was loaded")
        self.settle(seconds)
        self._identified(min(seconds, IDENTIFY_SECONDS))
        shape, addresses = self._model
        self._registers.put(
            operation=OPERATION["forward"],
            start=start,
            tokens=tokens,
            logits_from=logits_from,
            **shape.registers(),
            **(addresses.registers() | places),
        )
        self._run(seconds, f"{tokens} tokens from position {start}")

    def settle(self, seconds: float) -> None:
        """See a start end whose wait was interrupted, or load the fabric again.

        It may take what is left of its own time, and at most ``seconds``. Until then the block may
        read registers and write memory: the driver does this before each start, and whoever frees
        buffers does it before that.
        """
        if self._busy and not self._ended(min(seconds, self._until - time.monotonic())):
            self.reset()

    def _run(self, seconds: float, doing: str) -> None:
        """Start the block and see it end. A wait that somebody interrupts leaves it busy."""
        self._busy, self._until = True, time.monotonic() + seconds
        self.hal.write(CONTROL, START)
        if not self.hal.wait(seconds):
            raise self._reset_with(self._late(seconds, doing))
        status = self._result()
        if status is None:
            raise self._reset_with(_did_nothing(doing))
        if status != STATUS["done"]:
            raise _refused(status, doing)

    def _ended(self, seconds: float) -> bool:
        """Whether the last start has ended by then; what it says is taken, and not looked at.

        It may have said before that it is done: nobody knows where the wait was interrupted.
        """
        try:
            ended = bool(self.hal.read(CONTROL) & (DONE | IDLE)) or self.hal.wait(seconds)
            if ended:
                self._result()
        except EdgeError:
            return False
        return ended

    def _result(self) -> int | None:
        """The status of a start that has ended, None where it wrote none; there is none after."""
        pending = self.hal.read(INTERRUPT_STATUS)
        if pending:  # writing a bit toggles it: only those that are set are written
            self.hal.write(INTERRUPT_STATUS, pending)
        written = self.hal.read(_STATUS + 4) & 1
        status = self.hal.read(_STATUS)
        self._busy = False
        return status if written else None

    def _late(self, seconds: float, doing: str) -> EdgeError:
        control = self.hal.read(CONTROL)
        state = "idle" if control & IDLE else "still at work"
        return LinkFailed(
            "The accelerator did not finish in time",
            evidence=f"{doing}: more than {seconds:.3g} s; it is {state} "
            f"(control register 0x{control:02X})",
            next_step="It was reset. If this happens again, check the clock that the bitstream "
            "was built for, or use an emulator: emu:fpga",
            code=31,
        )

    def _reset_with(self, error: EdgeError) -> EdgeError:
        """The error after a reset. Where that fails, it says so, and what to do about it."""
        try:
            self.reset()
        except EdgeError as failed:
            error.evidence += f"; nor could it be reset: {failed.what} [{failed.id}]"
            error.evidence += f": {failed.evidence}" if failed.evidence else ""
            error.next_step = failed.next_step
            error.__cause__ = failed
        return error


def _did_nothing(doing: str) -> EdgeError:
    return LinkFailed(
        "The accelerator says that it is done, and has not worked",
        evidence=f"{doing}: no status was written",
        next_step="It was reset. If this happens again, the bitstream is damaged or another one",
        code=34,
    )


def _refused(status: int, doing: str) -> EdgeError:
    name = _NAMES.get(status, "unknown")
    meaning = _MEANING.get(name, "this driver does not know it")
    return LinkFailed(
        "The accelerator refuses what it was given",
        evidence=f"{doing}: status {status} ({name}): {meaning}",
        next_step="Please report it, with the model's shape",
        code=35,
    )
