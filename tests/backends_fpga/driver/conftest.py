"""The same tests on both kinds of board: the emulator's own, and PYNQ on an emulated device."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from edgesdk_backends.fpga.driver.hal import Hal
from edgesdk_backends.fpga.emulator.faults import Faults
from edgesdk_backends.fpga.emulator.hal import EmulatedHal
from edgesdk_backends.fpga.pynq import board_lock
from tests.backends_fpga.driver.fake import FakeEngine, MakeHal

_COUNT = itertools.count()
NO_FAULTS = Faults()


@pytest.fixture(params=["emulator", "pynq"])
def make_hal(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MakeHal]:
    """``make_hal(engine, faults, memory)``; what it made is closed at the end."""
    monkeypatch.setattr(board_lock, "SYSTEM", tmp_path / "locks")
    with ExitStack() as open_boards:

        def make(engine: Any = None, faults: Faults = NO_FAULTS, memory: int = 1 << 20) -> Hal:
            kind = _emulated if request.param == "emulator" else _pynq
            hal = kind(engine or FakeEngine(), faults, memory, tmp_path)
            open_boards.callback(hal.close)
            return hal

        if request.param == "pynq":
            pytest.importorskip("pynq", reason="the package pynq is not installed: pynq[numpy<2]")
        yield make


def _emulated(engine: Any, faults: Faults, memory: int, folder: Path) -> Hal:
    return EmulatedHal(engine, memory, faults)


def _pynq(engine: Any, faults: Faults, memory: int, folder: Path) -> Hal:
    from tests.backends_fpga.pynq.board import board

    return board(folder / f"board-{next(_COUNT)}", engine, faults, memory)
