"""What happens to memory that an accelerator may still write to when somebody lets go of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgesdk.errors import LinkFailed, VerificationMismatch
from edgesdk_backends.fpga.driver import accelerator
from edgesdk_backends.fpga.driver.accelerator import Accelerator
from edgesdk_backends.fpga.driver.patience import BOARD, NATIVE
from edgesdk_backends.fpga.emulator.engines import open_engine
from edgesdk_backends.fpga.emulator.hal import EmulatedHal
from edgesdk_backends.fpga.opening import open_content
from edgesdk_backends.fpga.options import OpenOptions
from edgesdk_backends.fpga.session import FpgaSession
from edgesdk_backends.fpga.weights.reader import ModelFile
from tests.backends_fpga.device.opened import MEMORY, packed
from tests.decoder.models import random_model

DEADLINE = 0.2  # seconds


class Gated:
    """The native engine behind a gate; ``running`` counts the calls under way."""

    name = "gated"

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.running = 0
        self._engine = open_engine(NATIVE)

    def start(self, *words: Any) -> int:
        self.running += 1
        try:
            self.gate.wait(20)
            return self._engine.start(*words)
        finally:
            self.running -= 1


class Board(EmulatedHal):
    """An emulated board that counts as a real one, and fails when it is told to."""

    def __init__(self, engine: Gated) -> None:
        super().__init__(engine, MEMORY)
        self.silent = self.stuck = False

    def read(self, offset: int) -> int:
        if self.silent:
            raise LinkFailed("No answer", evidence="e", next_step="n", code=30)
        return super().read(offset)

    def program(self, bitstream: Path | None) -> None:
        """As on a board, nothing goes on after it: here, because the gate opens."""
        if self.stuck:
            raise LinkFailed("It cannot be loaded", evidence="e", next_step="n", code=37)
        engine = self._block._engine if hasattr(self, "_block") else None
        assert isinstance(engine, Gated)
        engine.gate.set()
        super().program(bitstream)


@pytest.fixture
def engine() -> Gated:
    return Gated()


@pytest.fixture
def board(engine: Gated, monkeypatch: pytest.MonkeyPatch) -> Board:
    monkeypatch.setattr(accelerator, "_never_freed", [])
    return Board(engine)


@pytest.fixture
def session(board: Board) -> FpgaSession:
    return opened_on(board)


def opened_on(board: Board) -> FpgaSession:
    return open_content(
        packed(random_model(22, activation="relu2", context=160)),
        lambda: Accelerator(board, None, BOARD, DEADLINE),
        OpenOptions(deadline=DEADLINE),
        None,
        8,
    )


def fails(identity: str, call: Callable[[], object]) -> None:
    with pytest.raises(LinkFailed) as raised:
        call()
    assert raised.value.id == identity


def test_a_model_that_cannot_be_put_there_leaves_nothing(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(self: ModelFile) -> None:
        raise VerificationMismatch("It is damaged", code=66)

    monkeypatch.setattr(ModelFile, "head_rows", damaged)
    with pytest.raises(VerificationMismatch):
        opened_on(board)
    assert board.free_memory() == MEMORY


def test_all_of_it_is_free_afterwards(board: Board, session: FpgaSession) -> None:
    session.prefill([1, 2])
    session.close()
    session.close()
    assert board.free_memory() == MEMORY


def test_registers_that_fell_silent(board: Board, session: FpgaSession, engine: Gated) -> None:
    """It still computes when the session is closed: the fabric is loaded again before that."""
    engine.gate.clear()
    threading.Timer(DEADLINE / 4, setattr, (board, "silent", True)).start()
    fails("EDGE-0630", lambda: session.prefill([3]))
    assert engine.running == 1
    board.silent = False
    session.close()
    assert engine.running == 0
    assert board.free_memory() == MEMORY


@pytest.mark.parametrize("silent", [False, True])
def test_an_accelerator_that_nothing_stops_keeps_its_memory(
    board: Board, session: FpgaSession, engine: Gated, silent: bool
) -> None:
    free = board.free_memory()
    engine.gate.clear()
    board.stuck = True
    fails("EDGE-0631", lambda: session.prefill([3]))
    board.silent = silent
    session.close()
    session.close()
    assert engine.running == 1
    assert board.free_memory() == free
    assert len(accelerator._never_freed) == 1
    engine.gate.set()


def test_one_that_ended_meanwhile_needs_no_reset(
    board: Board, session: FpgaSession, engine: Gated, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(seconds: float) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(board, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        session.prefill([1])
    monkeypatch.undo()
    assert board.wait(10)
    board.stuck = True
    session.close()
    assert board.free_memory() == MEMORY
