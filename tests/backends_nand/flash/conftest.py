"""What the tests of the flash share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgesdk_backends.nand.flash.cells import Cells
from edgesdk_backends.nand.flash.die import Die
from edgesdk_backends.nand.flash.faults import Faults, Power
from edgesdk_backends.nand.flash.geometry import Geometry
from tests.backends_nand.flash.bus import TWO_DIES


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own power does not go in these tests."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)


@pytest.fixture
def die(tmp_path: Path) -> Iterator[Die]:
    """Die 1 of the chip of channel 1."""
    cells = Cells(tmp_path, Geometry.of(TWO_DIES), Power(Faults()))
    yield Die(TWO_DIES, cells, 3)
    cells.close()
