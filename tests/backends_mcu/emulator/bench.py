"""Boards on the test bench: provisioned, with the shipped firmware and a small model."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from edgesdk.bundle.signing import generate
from edgesdk_backends.mcu import announcement
from edgesdk_backends.mcu.emulator import BOARDS, Emulator, Faults, provision
from edgesdk_backends.mcu.image import Image, make_firmware_image, make_model_image
from edgesdk_backends.mcu.planner import assemble, plan
from edgesdk_backends.mcu.planner.graph import Graph, Operation, Tensor
from edgesdk_backends.mcu.shipped import shipped
from edgesdk_backends.mcu.smp import image_group, os_group
from edgesdk_backends.mcu.smp.client import SmpClient
from edgesdk_backends.mcu.smp.model_group import FIRMWARE, ModelGroup
from edgesdk_backends.mcu.smp.upload import upload

KEY = generate()

needs_qemu = pytest.mark.skipif(
    shutil.which("qemu-system-arm") is None, reason="qemu-system-arm is not installed"
)
engines = pytest.mark.parametrize("engine", ["unicorn", pytest.param("qemu", marks=needs_qemu)])


@dataclass
class Bench:
    """A board and the two ends that tests use of it."""

    emulator: Emulator
    engine: str

    def __post_init__(self) -> None:
        self.greet()

    def greet(self) -> None:
        """After a start of the power."""
        self.client = SmpClient(self.emulator.link, seconds=5.0)
        self.client.negotiate()
        self.group = ModelGroup(self.client)

    def install_application(self) -> None:
        """From the boot stage to a confirmed application."""
        self.group.change_key(True, KEY.public, bytes(64))
        image = make_firmware_image(
            shipped().application(BOARDS[self.engine]),
            board=BOARDS[self.engine],
            load_address=self.group.device().load,
            version="1.0.0",
            security_counter=0,
            key=KEY,
        )
        self.send(FIRMWARE, image)
        image_group.test(self.client, image.digest)
        os_group.reset(self.client)
        self.greet()
        assert self.group.device().mode == "app"
        self.group.decide(FIRMWARE, "confirm")

    def send(self, number: int, image: Image) -> None:
        """Announce and upload."""
        self.group.begin(announcement.request(announcement.encode(image), bytes(32), number))
        upload(self.client, number, image.content)


@contextmanager
def bench(folder: Path, engine: str, faults: Faults | None = None) -> Iterator[Bench]:
    """A fresh board in its boot stage."""
    flash = folder / f"{engine}.flash"
    provision(flash, BOARDS[engine])
    with Emulator.start(flash, engine=engine, faults=faults) as emulator:
        yield Bench(emulator, engine)


def pooling_model() -> Image:
    """Averages over windows, then softmax: some ten thousand instructions."""
    x = Tensor("x", (1, 32, 32, 4), "int8", (0.05,), (3,))
    y = Tensor("y", (1, 8, 8, 4), "int8", (0.05,), (3,))
    z = Tensor("z", (1, 8, 8, 4), "int8", (1 / 256,), (-128,))
    window = {
        "padding": "VALID",
        "stride_h": 4,
        "stride_w": 4,
        "filter_height": 4,
        "filter_width": 4,
        "fused_activation_function": "NONE",
    }
    pool = Operation("AVERAGE_POOL_2D", (x,), (y,), window)
    planned = plan(Graph((x,), (z,), (pool, Operation("SOFTMAX", (y,), (z,), {"beta": 1.0}))))
    content = assemble(planned, b"{}", [])
    return make_model_image(
        content,
        name="pool",
        version="1.0.0",
        security_counter=0,
        target="mcu:cortex-m33",
        key=KEY,
    )


def pooling_input() -> bytes:
    """What the pooling model is given."""
    return np.random.default_rng(5).integers(-128, 128, 4096).astype(np.int8).tobytes()
