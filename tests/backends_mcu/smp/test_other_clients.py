"""Clients that others wrote: smpclient, and mcumgr-toolkit (Rust)."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from edgesdk.bundle.signing import SigningKey
from edgesdk_backends.mcu.image import Image, make_firmware_image
from tests.backends_mcu.smp.device import Device
from tests.backends_mcu.smp.terminal import Terminal

KEY = SigningKey.from_seed(bytes(32))


def firmware(payload: bytes, version: str) -> Image:
    return make_firmware_image(
        payload,
        board="nrf5340",
        load_address=0x20000000,
        version=version,
        security_counter=1,
        key=KEY,
    )


OLD, NEW = firmware(bytes(range(256)) * 200, "1.0.0"), firmware(b"new" * 17_001, "1.1.0+7")
both_slots = pytest.mark.parametrize("slots", ["fake", "real"])


def fresh(slots: str) -> Device:
    device = Device(slots)
    assert device.trust(KEY.public) == 0
    return device


def flags(state: Any) -> str:
    """active, confirmed, pending, permanent: as letters, in that order."""
    names = ("active", "confirmed", "pending", "permanent")
    return "".join(
        letter for letter, name in zip("acpP", names, strict=True) if getattr(state, name)
    )


smpclient_only = pytest.mark.skipif(
    sys.version_info < (3, 11), reason="smpclient needs Python 3.11"
)


def make_transport(framing: str, device: Device) -> Any:
    """smpclient's own transport, with our device where its serial port would be."""
    from smpclient.transport.serial.encoded import SMPSerialTransport
    from smpclient.transport.serial.framing.cobs import Cobs
    from smpclient.transport.serial.unencoded import SMPSerialRawTransport

    class Port:
        port = "test"
        out_waiting = 0
        answers = b""

        def write(self, data: bytes) -> None:
            self.answers += device.receive(data)

        def read_all(self) -> bytes:
            answers, self.answers = self.answers, b""
            return answers

        def close(self) -> None:
            pass

    async def connect(address: str, timeout_s: float) -> None:
        transport._conn = Port()

    transport = (
        SMPSerialTransport() if framing == "console" else SMPSerialRawTransport(framing=Cobs())
    )
    transport.connect = connect
    return transport


@smpclient_only
@both_slots
@pytest.mark.parametrize("framing", ["console", "cobs"])
def test_smpclient_uploads_tests_confirms_and_resets(framing: str, slots: str) -> None:
    device = fresh(slots)
    asyncio.run(asyncio.wait_for(update_with_smpclient(device, framing), 120))
    assert device.slot(0, 0, OLD.size) == OLD.content
    assert device.slot(0, 1, NEW.size) == NEW.content


async def update_with_smpclient(device: Device, framing: str) -> None:
    from smpclient import SMPClient
    from smpclient.generics import success
    from smpclient.requests.image_management import ImageStatesRead, ImageStatesWrite
    from smpclient.requests.os_management import EchoWrite, ResetWrite

    async with SMPClient(make_transport(framing, device), "test") as client:

        async def states(**write: Any) -> list[str]:
            request = ImageStatesWrite(**write) if write else ImageStatesRead()
            answer = await client.request(request)
            assert success(answer)
            return [f"{state.version} {flags(state)}" for state in answer.images]

        async def install(image: Image) -> None:
            offsets = [offset async for offset in client.upload(image.content)]
            assert offsets[-1] == image.size
            assert offsets[0] > 4096  # it fills the device's buffer
            await states(hash=image.digest, confirm=False)
            assert success(await client.request(ResetWrite()))
            assert device.count("reset") == 1
            device.reboot()

        echoed = await client.request(EchoWrite(d="käse"))
        assert success(echoed) and echoed.r == "käse"
        assert await states() == []
        await install(OLD)
        assert await states(confirm=True) == ["1.0.0 ac"]
        await install(NEW)
        assert await states() == ["1.0.0 c", "1.1.0.7 a"]
        assert await states(hash=NEW.digest, confirm=True) == ["1.0.0 ", "1.1.0.7 ac"]


@smpclient_only
def test_smpclient_erases_and_understands_refusals() -> None:
    asyncio.run(refusals(Device()))


async def refusals(device: Device) -> None:
    from smp.error import MGMT_ERR
    from smp.image_management import IMG_MGMT_ERR
    from smpclient import SMPClient
    from smpclient.exceptions import SMPUploadError
    from smpclient.generics import error_v1, error_v2, success
    from smpclient.requests.image_management import ImageErase, ImageStatesWrite
    from smpclient.requests.os_management import DateTimeRead

    async with SMPClient(make_transport("cobs", device), "test") as client:
        unknown = await client.request(ImageStatesWrite(hash=bytes(32)))
        assert error_v2(unknown) and unknown.err.rc == IMG_MGMT_ERR.NO_IMAGE
        clock = await client.request(DateTimeRead())
        assert error_v1(clock) and clock.rc == MGMT_ERR.ENOTSUP
        with pytest.raises(SMPUploadError, match="INVALID_IMAGE_HEADER_MAGIC"):
            [offset async for offset in client.upload(b"not an image" * 100)]
        [offset async for offset in client.upload(OLD.content, slot=1)]
        assert device.valid(1, 0)
        assert success(await client.request(ImageErase(slot=2)))
        assert not device.valid(1, 0)


@both_slots
def test_mcumgr_toolkit_uploads_tests_confirms_and_resets(slots: str, tmp_path: Path) -> None:
    device = fresh(slots)
    files = [tmp_path / "old.bin", tmp_path / "new.bin"]
    for file, image in zip(files, (OLD, NEW), strict=True):
        file.write_bytes(image.content)
    program = Path(__file__).with_name("toolkit_update.py")
    with Terminal(device) as terminal:
        digests = [OLD.digest.hex(), NEW.digest.hex()]
        command = [sys.executable, str(program), terminal.port, *map(str, files), *digests, "0"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        4352,
        "edgesdk test 1.2.3",
        ["1.0.0 pending"],
        ["1.0.0 active confirmed"],
        ["1.0.0 confirmed", "1.1.0.7 active"],
        ["1.1.0.7 active confirmed"],
    ]
    assert device.slot(0, 1, NEW.size) == NEW.content
