"""The board behind ``edgesdk emulator``, for programs that others wrote: it runs what they send."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import edgesdk
from edgesdk.bundle.keys import development_key
from edgesdk.errors import LinkFailed
from edgesdk_backends.mcu.image import Image, make_firmware_image
from edgesdk_backends.mcu.shipped import shipped
from tests.backends_mcu.device.conftest import Board
from tests.backends_mcu.device.test_command_line import edge
from tests.backends_mcu.smp.test_other_clients import smpclient_only

TOOLKIT = Path(__file__).parents[1] / "smp" / "toolkit_update.py"


def firmware(version: str) -> Image:
    """The shipped application under another version."""
    return make_firmware_image(
        shipped().application("nrf5340"),
        board="nrf5340",
        load_address=0x20000000,
        version=version,
        security_counter=1,
        key=development_key(),
    )


@contextmanager
def served(board: Board, where: str, options: str = "") -> Iterator[str]:
    """The address or port that ``edgesdk emulator`` prints; Ctrl-C ends it."""
    command = [sys.executable, "-m", "edgesdk", "emulator", board.address + options]
    command += ["--listen", where]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGINT)
            try:
                assert process.wait(20) == 130
            finally:
                process.kill()


def test_mcumgr_toolkit_updates_the_firmware(board: Board, tmp_path: Path) -> None:
    images = [firmware("1.0.0"), firmware("1.1.0+7")]
    files = [tmp_path / "old.bin", tmp_path / "new.bin"]
    for file, image in zip(files, images, strict=True):
        file.write_bytes(image.content)
    digests = [image.digest.hex() for image in images]
    with served(board, "pty") as port:
        command = [sys.executable, TOOLKIT, port, *files, *digests, "1"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    first = shipped().version
    assert json.loads(done.stdout) == [
        4352,
        f"edgesdk {first}",
        [f"{first} active confirmed", "1.0.0 pending"],
        [f"{first} ", "1.0.0 active confirmed"],
        ["1.1.0.7 active", "1.0.0 confirmed"],
        ["1.1.0.7 active confirmed"],
    ]


@smpclient_only
def test_smpclient_updates_the_firmware(board: Board) -> None:
    with served(board, "pty") as port:
        # It has no deadline of its own while it waits for its output to drain.
        asyncio.run(asyncio.wait_for(update_with_smpclient(port, firmware("2.0.0")), 120))


async def update_with_smpclient(port: str, image: Image) -> None:
    from smpclient import SMPClient
    from smpclient.generics import success
    from smpclient.requests.image_management import ImageStatesRead, ImageStatesWrite
    from smpclient.requests.os_management import ResetWrite
    from smpclient.transport.serial.encoded import SMPSerialTransport

    async with SMPClient(SMPSerialTransport(), port) as client:
        offsets = [offset async for offset in client.upload(image.content)]
        assert offsets[-1] == image.size
        assert success(await client.request(ImageStatesWrite(hash=image.digest, confirm=False)))
        assert success(await client.request(ResetWrite()))
        await asyncio.sleep(1.5)  # it starts, unseen by this client
        trial = await client.request(ImageStatesRead())
        assert success(trial)
        [running] = [state for state in trial.images if state.active]
        assert (running.hash, running.confirmed) == (image.digest, False)
        confirmed = await client.request(ImageStatesWrite(hash=image.digest, confirm=True))
        assert success(confirmed)
        assert [s.confirmed for s in confirmed.images if s.hash == image.digest] == [True]


def test_a_board_behind_a_socket_is_a_device(board: Board) -> None:
    with served(board, "socket://127.0.0.1:0") as address:
        assert address.startswith("socket://127.0.0.1:")
        with edgesdk.connect(address) as device:
            edgesdk.deploy(board.bundle(2), device)
        with edgesdk.connect(address) as device:  # the next client finds what the last one left
            assert [model.version for model in device.models()] == ["2.0.0"]


def test_who_comes_second_is_told_at_once(board: Board) -> None:
    with (
        served(board, "socket://127.0.0.1:0") as address,
        edgesdk.connect(address) as device,
        pytest.raises(LinkFailed, match="another program") as refused,
    ):
        assert device.models() == ()
        edgesdk.connect(address)
    assert refused.value.id == "EDGE-0603"


def test_a_served_board_has_the_faults_that_its_address_asks_for(board: Board) -> None:
    with (
        served(board, "socket://127.0.0.1:0", "&cut=5") as address,
        edgesdk.connect(address) as device,
        pytest.raises(LinkFailed),
    ):
        edgesdk.deploy(board.bundle(2), device)
    _, said = edge("emulator", board.address + "&noise=0.1", code=2)
    assert "EDGE-0254" in said
