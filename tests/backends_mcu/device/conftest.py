"""An emulated board of its own for each test, and two versions of a model for it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import edgesdk
from edgesdk.address import Address
from edgesdk.bundle import Bundle
from edgesdk_backends.mcu.device import McuDevice
from edgesdk_backends.mcu.emulator import Emulator, Faults
from edgesdk_backends.mcu.greeting import device_on
from edgesdk_backends.mcu.links.faulty import FaultyLink
from edgesdk_backends.mcu.options import LinkOptions
from tests.models.tflite_scale_int8 import scale_int8_tflite
from tests.models.variants import INT8 as X

TARGET = "mcu:cortex-m33"
ADDRESS = Address.parse("emu:mcu")


@dataclass
class Board:
    """The flash file of a board, and what a host does with it.

    Bundle ``k`` is version ``k.0.0`` of the model ``scale``: y = k * x.
    """

    folder: Path
    open_bundles: ExitStack

    @property
    def flash(self) -> Path:
        return self.folder / "boards" / "board-unicorn.flash"

    @property
    def address(self) -> str:
        return f"emu:mcu?state={self.flash.parent}"

    def copy(self, name: str) -> Board:
        """The same board once more: what happens to it does not happen to this one."""
        other = Board(self.folder / name, self.open_bundles)
        other.flash.parent.mkdir(parents=True)
        subprocess.run(["cp", "--sparse=always", self.flash, other.flash], check=True)
        return other

    def bundle(self, factor: int, **settings: Any) -> Bundle:
        model = self.folder / f"scale-{factor}.tflite"
        model.write_bytes(scale_int8_tflite(factor))
        settings = {"name": "scale", "version": f"{factor}.0.0", "samples": [{"x": X}]} | settings
        return self.open_bundles.enter_context(edgesdk.compile(model, TARGET, **settings))

    def connect(self, faults: Faults | None = None, **line: Any) -> tuple[McuDevice, Emulator]:
        """The device, and the board behind it. ``line``: faults of the line."""
        board = Emulator.start(self.flash, faults=faults)
        link = FaultyLink(board.link, **line) if line else board.link
        return device_on(ADDRESS, link, LinkOptions(), board.close), board

    def deploy(self, bundle: Bundle, faults: Faults | None = None, **line: Any) -> int:
        """Deploy; how many operations of the flash it took."""
        device, board = self.connect(faults, **line)
        with device:
            edgesdk.deploy(bundle, device)
            return board.counts().operations

    def factor(self) -> int:
        """Which of the bundles answers."""
        with self.connect()[0] as device:
            return answering(device)


def answering(device: McuDevice) -> int:
    """Which of the bundles answers; its version says the same."""
    [installed] = device.models()
    with device.open("scale") as session:
        found = int(session.run({"x": X})["y"][0, 1])
    assert installed.version == f"{found}.0.0"
    return found


@pytest.fixture
def board(user_folder: Path, factory: Callable[[str, Path, Path], None]) -> Iterator[Board]:
    """A board with firmware and without a model, of a user who has its key."""
    factory("unicorn", user_folder / "boards", user_folder / "config")
    with ExitStack() as stack:
        yield Board(user_folder, stack)
