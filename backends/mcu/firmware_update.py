"""A device's own firmware: stage it, let the boot stage try it once, and confirm what answers."""

from __future__ import annotations

import time
from collections.abc import Callable

from edgesdk.backend import FirmwareReport
from edgesdk.bundle.keys import development_key
from edgesdk.bundle.signing import SigningKey
from edgesdk.errors import DeviceReverted, DoesNotFit, LinkFailed

from . import announcement, trust
from .image import Image, make_firmware_image
from .model_group import FIRMWARE, DeviceReply, ModelGroup
from .reasons import refusing
from .shipped import shipped
from .smp import image_group, os_group
from .smp.client import SmpClient
from .smp.upload import upload

Progress = Callable[[str, int, int], None]
_BOOT_SECONDS = 15.0  # verifying and copying an image takes far less


def update(
    client: SmpClient, group: ModelGroup, progress: Progress, prove: Callable[[], None]
) -> FirmwareReport:
    """Bring a device to the firmware that is shipped. ``prove`` raises if the model suffers by it.

    A fresh device, which trusts no key yet, is provisioned with the development key first. Raises
    ``DeviceReverted``, ``DoesNotFit``, and what a refusal stands for.
    """
    progress("check", 0, 1)
    device = group.device()
    key = development_key()
    if not device.keys:
        trust.change(group, device, key.public, trust=True)
    image = _image(device, key)
    before = device.firmware if device.mode == "app" else ""
    progress("check", 1, 1)
    _stage(client, group, image, progress)
    progress("trial", 0, 1)
    os_group.reset(client)
    slot = _started(group, image)
    try:
        prove()
    except Exception:
        os_group.reset(client)  # without a confirmation the boot stage goes back
        raise
    progress("trial", 1, 1)
    progress("confirm", 0, 1)
    with refusing("The device does not confirm its firmware"):
        group.decide(FIRMWARE, "confirm")
    progress("confirm", 1, 1)
    return FirmwareReport(group.device().firmware, before, "ab"[slot])


def _image(device: DeviceReply, key: SigningKey) -> Image:
    brought = shipped()
    if device.board not in brought.boards:
        raise DoesNotFit(
            f"There is no firmware for the board {device.board!r}",
            evidence=f"there is for {', '.join(brought.boards)}",
            code=71,
        )
    return make_firmware_image(
        brought.application(device.board),
        board=device.board,
        load_address=device.load,
        version=brought.version,
        security_counter=device.lowest[FIRMWARE],
        key=key,
    )


def _stage(client: SmpClient, group: ModelGroup, image: Image, progress: Progress) -> None:
    with refusing("The device refuses the firmware"):
        group.begin(announcement.request(announcement.encode(image), bytes(32), FIRMWARE))
        size = image.size
        upload(client, FIRMWARE, image.content, on_progress=lambda n: progress("stage", n, size))
        progress("verify", 0, 1)
        image_group.test(client, image.digest)
        progress("verify", 1, 1)


def _started(group: ModelGroup, image: Image) -> int:
    """The slot in which the new firmware runs, once it answers."""
    until = time.monotonic() + _BOOT_SECONDS
    while True:
        try:
            device = group.device()
            break
        except LinkFailed:
            if time.monotonic() > until:
                raise
    for slot in (0, 1):
        state = group.slot(FIRMWARE, slot)
        if device.mode == "app" and state.active and state.hash == image.digest:
            return slot
    raise DeviceReverted(
        "The device did not keep its new firmware running, and went back",
        evidence="; ".join(f"{e.where}: {e.reason}, {e.count} times" for e in group.log())
        or f"it runs {device.firmware} ({device.mode})",
        next_step="'edgesdk monitor --device ADDRESS' shows the device's log",
        code=3,
    )
