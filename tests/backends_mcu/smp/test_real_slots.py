"""The protocol over the firmware's own slots: signed images, trials, refusals."""

from __future__ import annotations

from typing import Any

import pytest

from edgesdk.bundle.signing import SigningKey
from edgesdk.errors import LinkFailed
from edgesdk_backends.mcu.image import Image, make_firmware_image, make_model_image
from edgesdk_backends.mcu.smp import image_group
from edgesdk_backends.mcu.smp.client import SmpClient, SmpRefused
from edgesdk_backends.mcu.smp.header import WRITE
from edgesdk_backends.mcu.smp.image_group import ImageState
from edgesdk_backends.mcu.smp.refused import Reason
from edgesdk_backends.mcu.smp.upload import upload
from tests.backends_mcu.smp.device import Device, client

FIRMWARE, MODEL = 0, 1
KEY, STRANGER = SigningKey.from_seed(bytes(32)), SigningKey.from_seed(bytes([1]) * 32)


def firmware(version: str, counter: int = 1, key: SigningKey = KEY, **other: Any) -> Image:
    given: dict[str, Any] = {"board": "nrf5340", "load_address": 0x20000000, **other}
    payload = version.encode() * 2000
    return make_firmware_image(payload, version=version, security_counter=counter, key=key, **given)


def model(version: str, counter: int = 1) -> Image:
    return make_model_image(
        bytes(range(256)) * 300,
        name="words",
        version=version,
        security_counter=counter,
        target="mcu:cortex-m33",
        key=KEY,
    )


@pytest.fixture
def device() -> Device:
    fresh = Device("real")
    assert fresh.trust(KEY.public) == 0
    return fresh


def shown(states: list[ImageState]) -> list[str]:
    flags = {"active": "a", "confirmed": "c", "pending": "p", "permanent": "P"}
    return [
        f"{s.image}{s.slot} {s.version} "
        + "".join(letter for name, letter in flags.items() if getattr(s, name))
        for s in states
    ]


def install(device: Device, speaker: SmpClient, image: Image) -> None:
    upload(speaker, FIRMWARE, image.content)
    image_group.test(speaker, image.digest)
    device.reboot()


def test_firmware_is_tried_confirmed_and_reverted(device: Device) -> None:
    speaker, _ = client(device)
    install(device, speaker, firmware("1.0.0"))
    assert shown(image_group.confirm(speaker)) == ["00 1.0.0 ac"]
    install(device, speaker, firmware("1.1.0"))
    assert shown(image_group.images(speaker)) == ["00 1.0.0 c", "01 1.1.0 a"]
    device.reboot()  # without a confirmation
    assert shown(image_group.images(speaker)) == ["00 1.0.0 ac", "01 1.1.0 "]
    install(device, speaker, firmware("1.2.0", counter=2))
    assert shown(image_group.confirm(speaker)) == ["00 1.0.0 ", "01 1.2.0 ac"]


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (firmware("1.1.0", counter=4), Reason.DOWNGRADE),
        (firmware("1.1.0", counter=9, key=STRANGER), Reason.UNTRUSTED_KEY),
        (firmware("1.1.0", counter=9, board="other"), Reason.WRONG_DEVICE),
        (firmware("1.1.0", counter=9, load_address=0x30000000), Reason.WRONG_DEVICE),
    ],
)
def test_refusals_keep_what_runs(device: Device, image: Image, reason: Reason) -> None:
    speaker, _ = client(device)
    install(device, speaker, firmware("1.0.0", counter=5))
    image_group.confirm(speaker)
    with pytest.raises(SmpRefused) as caught:
        upload(speaker, FIRMWARE, image.content)
    assert caught.value.rc == reason
    assert shown(image_group.images(speaker)) == ["00 1.0.0 ac"]
    device.reboot()
    assert shown(image_group.images(speaker))[0] == "00 1.0.0 ac"
    with pytest.raises(SmpRefused) as again:
        image_group.test(speaker, image.digest)
    assert again.value.rc in (reason, Reason.NO_IMAGE)  # a slot lists only what it may hold


@pytest.mark.parametrize("place", [600, -1])
def test_a_changed_byte_is_refused(device: Device, place: int) -> None:
    changed = bytearray(firmware("1.0.0").content)
    changed[place] ^= 1
    with pytest.raises(SmpRefused) as caught:
        upload(client(device)[0], FIRMWARE, bytes(changed))
    assert caught.value.rc in (Reason.BAD_HASH, Reason.BAD_SIGNATURE)


def announce(speaker: SmpClient, image: Image, **other: bytes) -> None:
    body: dict[str, Any] = {"image": MODEL, "len": image.size, "ctr": image.security_counter}
    body |= {"sha": image.digest, "key": image.key_hash, "sig": image.signature, **other}
    speaker.request(WRITE, 64, 1, body)


def test_an_announced_upload_is_verified_first_and_goes_on(device: Device) -> None:
    image = model("2.0.0")
    speaker, _ = client(device)
    with pytest.raises(SmpRefused) as caught:
        announce(speaker, image, sig=bytes(64))
    assert caught.value.rc == Reason.BAD_SIGNATURE
    announce(speaker, image)
    dying, _ = client(device, cut_after=20)
    with pytest.raises(LinkFailed):
        upload(dying, MODEL, image.content)
    announce(speaker, image)
    assert upload(speaker, MODEL, image.content).resumed_at == 19 * 2048
    assert device.slot(MODEL, 0, image.size) == image.content
    announce(speaker, image)
    assert upload(speaker, MODEL, image.content).frames == 1


def test_other_bytes_than_were_announced_are_refused(device: Device) -> None:
    first, second = model("2.0.0"), model("3.0.0")
    speaker, _ = client(device)
    announce(speaker, first)
    with pytest.raises(SmpRefused) as caught:
        upload(speaker, MODEL, second.content)
    assert caught.value.rc == Reason.BAD_HASH
    announce(speaker, second)
    upload(speaker, MODEL, second.content)
    assert shown(image_group.images(speaker)) == ["10 3.0.0 "]
