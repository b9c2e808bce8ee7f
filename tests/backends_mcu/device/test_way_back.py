"""Every way back from a trial ends with the old model running, without anybody who opens it."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import edgesdk
from edgesdk.bundle import Bundle
from edgesdk.bundle.keys import development_key
from edgesdk.errors import DeviceReverted
from edgesdk_backends.mcu.device import McuDevice
from edgesdk_backends.mcu.emulator import BOARDS, Faults
from edgesdk_backends.mcu.emulator.board import board as described
from edgesdk_backends.mcu.emulator.flash_file import FlashFile
from edgesdk_backends.mcu.emulator.machine import Machine
from edgesdk_backends.mcu.image import make_model_image
from edgesdk_backends.mcu.smp import os_group
from edgesdk_backends.mcu.smp.client import SmpClient, SmpRefused
from edgesdk_backends.mcu.smp.model_group import MODEL
from edgesdk_backends.mcu.smp.upload import upload
from tests.backends_mcu.device.conftest import ADDRESS, TARGET, Board, X, answering
from tests.backends_mcu.device.test_running_model import answers
from tests.backends_mcu.device.test_sensing import signals, source

BAD_PLAN = 12


def try_it(device: McuDevice, bundle: Bundle) -> None:
    """A deploy up to its trial: what a host has done that then dies."""
    device.begin(bundle.signed)
    for part in bundle.manifest.parts:
        if device.wants(part):
            with bundle.open_part(part) as stream:
                device.stage(part, stream, lambda done: None)
    device.trial()


def at_the_trial_s_end(do: Callable[[], None]) -> Callable[[edgesdk.DeployEvent], None]:
    def tell(event: edgesdk.DeployEvent) -> None:
        if event.stage == "trial" and event.done == event.total:
            do()

    return tell


@pytest.mark.parametrize("engine", ["unicorn", "qemu"])
def test_the_old_model_runs_after_a_trial_and_after_a_rollback(
    board: Board, factory: Callable[[str, Path, Path], None], engine: str
) -> None:
    factory(engine, board.folder / "boards", board.folder / "config")
    device = edgesdk.connect(f"{board.address}&engine={engine}")
    assert isinstance(device, McuDevice)
    with device:
        edgesdk.deploy(board.bundle(2), device)
        try_it(device, board.bundle(3))
        assert answers(device) == 3
        device.revert()
        assert answers(device) == 2
        edgesdk.deploy(board.bundle(3), device)
        device.rollback("scale")
        assert answers(device) == 2


def listens(device: McuDevice) -> bool:
    """Whether samples reach a program that has begun anew, and that nobody opened."""
    program = device.listening()
    assert program is not None
    with program:
        program.feed({"audio": signals(0.1)["audio"]}, wait=False)
        return program.status().streams["audio"].frames == 100


@pytest.fixture
def sensing(board: Board) -> McuDevice:
    """A board with version 1 of a sensing program."""
    device, _ = board.connect()
    board.open_bundles.enter_context(device)
    edgesdk.deploy(program(board, "1.0.0"), device)
    return device


def program(board: Board, version: str) -> Bundle:
    made = edgesdk.compile(source(board.folder), TARGET, name="small", version=version)
    return board.open_bundles.enter_context(made)


def test_a_sensing_program_listens_on_after_a_trial_and_a_rollback(
    board: Board, sensing: McuDevice
) -> None:
    try_it(sensing, program(board, "2.0.0"))
    sensing.revert()
    assert listens(sensing)
    edgesdk.deploy(program(board, "2.0.0"), sensing)
    sensing.rollback("small")
    assert listens(sensing)


def test_a_sensing_program_listens_on_after_one_that_is_refused(sensing: McuDevice) -> None:
    """It has the arena already when it turns out to be none."""
    image = make_model_image(
        b"EDSG" + struct.pack("<3I", 1, 0, 64) + b"\xff" * 64,
        name="small",
        version="9.0.0",
        security_counter=0,
        target=TARGET,
        key=development_key(),
    )
    upload(sensing._client, MODEL, image.content)
    with pytest.raises(SmpRefused) as no:
        sensing._group.open(1)
    assert no.value.rc == BAD_PLAN
    assert listens(sensing)


def test_the_next_host_ends_a_trial_that_one_has_left(board: Board) -> None:
    board.deploy(board.bundle(2))
    first, emulator = board.connect()
    with first:
        try_it(first, board.bundle(3))
        client = SmpClient(emulator.link, seconds=1.0)
        second = McuDevice(ADDRESS, client, on_close=lambda: None, seconds=10)
        assert answers(second) == 3
        second.begin(board.bundle(4).signed)
        assert answers(second) == 2
        second.revert()
        edgesdk.deploy(board.bundle(4), second)
        assert answering(second) == 4


class InThisProcess:
    """A board without a host's clock: while nothing is said, its time flies. A link."""

    def __init__(self, flash: Path) -> None:
        board = described(BOARDS["unicorn"])
        self._file = flash.open("r+b")
        self._machine = Machine(board, FlashFile(self._file, board, Faults()))
        self._clock = board.clock_hz
        self._arrived, self._said = bytearray(), b""
        self._asleep = 0
        self._machine.power_on(self)

    def write(self, data: bytes) -> None:
        self._arrived += data

    def read(self, seconds: float) -> bytes:
        """Until the board has nothing more to do."""
        self._asleep = 0
        while not self._said and self._asleep < 20:
            self._machine.step()
        said, self._said = self._said, b""
        return said

    def silence(self, seconds: float) -> None:
        """Nobody asks anything for so long, by the board's own clock."""
        chip = self._machine._chip
        until = chip.time() + round(seconds * self._clock)
        while chip.time() < until:
            self._machine.step()

    def waiting(self) -> bytes:
        return bytes(self._arrived)

    def taken(self, count: int) -> None:
        del self._arrived[:count]

    def send(self, data: bytes) -> None:
        self._said += data

    def wait(self, seconds: float) -> bool:
        self._asleep += 1
        return bool(self._arrived)

    def close(self) -> None:
        self._file.close()


@pytest.fixture
def alone(board: Board) -> tuple[McuDevice, InThisProcess]:
    """A board with version 2, and version 3 on trial."""
    board.deploy(board.bundle(2))
    link = InThisProcess(board.flash)
    client = SmpClient(link, seconds=1.0)
    device = McuDevice(ADDRESS, client, on_close=link.close, seconds=10)
    try_it(board.open_bundles.enter_context(device), board.bundle(3))
    return device, link


@pytest.mark.long  # half a minute
def test_a_board_ends_a_trial_when_its_host_is_silent_for_a_minute(
    alone: tuple[McuDevice, InThisProcess],
) -> None:
    device, link = alone
    link.silence(61)
    assert answers(device) == 2
    with pytest.raises(DeviceReverted, match="by itself"):
        device.confirm()
    device.revert()
    assert answering(device) == 2


@pytest.mark.long
def test_a_board_waits_a_minute_from_the_last_request_and_for_a_confirmed_model_never(
    alone: tuple[McuDevice, InThisProcess],
) -> None:
    device, link = alone
    for _ in range(3):
        link.silence(40)
        assert answers(device) == 3
    device.confirm()
    link.silence(70)
    assert answers(device) == 3


def test_a_board_that_started_again_in_its_trial_confirms_nothing(board: Board) -> None:
    board.deploy(board.bundle(2))
    device, _ = board.connect()
    with device:
        reset = at_the_trial_s_end(lambda: os_group.reset(device._client))
        with pytest.raises(DeviceReverted, match="by itself"):
            edgesdk.deploy(board.bundle(3), device, on_event=reset)
        assert answering(device) == 2


def test_a_retry_has_the_label_of_its_own_bundle(board: Board) -> None:
    """Two bundles can hold the same image: what the device has then is the second."""
    first = board.bundle(2)
    (board.folder / "again.tflite").write_bytes((board.folder / "scale-2.tflite").read_bytes())
    again: dict[str, Any] = {"name": "scale", "version": "2.0.0", "samples": [{"x": X}]}
    second = edgesdk.compile(board.folder / "again.tflite", TARGET, **again)
    board.open_bundles.enter_context(second)
    images = [[p.sha256 for p in b.manifest.parts if p.role == "model"] for b in (first, second)]
    assert images[0] == images[1] and first.signed.data != second.signed.data
    with board.connect()[0] as device:
        try_it(device, first)
        device.revert()
        edgesdk.deploy(second, device)
        [installed] = device.models()
        assert installed.manifest_sha256 == hashlib.sha256(second.signed.data).hexdigest()
    with board.connect()[0] as device:  # it is in the record, too
        [installed] = device.models()
        assert installed.manifest_sha256 == hashlib.sha256(second.signed.data).hexdigest()
