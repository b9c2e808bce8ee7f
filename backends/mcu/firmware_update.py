"""A device's own firmware: stage it, let the boot stage try it once, and confirm what answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from edgesdk.backend import FirmwareReport
from edgesdk.bundle.keys import development_key
from edgesdk.bundle.signing import SigningKey
from edgesdk.errors import DeviceReverted, DoesNotFit, EdgeError, LinkFailed

from . import announcement, trust
from .image import Image, make_firmware_image
from .reasons import log_words, refusing
from .shipped import shipped
from .smp import image_group, os_group
from .smp.client import SmpClient
from .smp.model_group import FIRMWARE, DeviceReply, ModelGroup
from .smp.upload import upload

Progress = Callable[[str, int, int], None]
_RESETS = 3
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
        trust.change(group, key.public, trust=True)
    device = _settled(client, group, device)
    image = _image(device, key)
    before = device.firmware if device.mode == "app" else ""
    progress("check", 1, 1)
    _stage(client, group, image, progress)
    progress("trial", 0, 1)
    try:
        slot = _slot_of(image, _restarted(client, group), group)
        prove()
    except BaseException:  # Ctrl-C, too
        with suppress(EdgeError):
            os_group.reset(client)  # without a confirmation the boot stage goes back
        raise
    progress("trial", 1, 1)
    progress("confirm", 0, 1)
    with refusing("The device does not confirm its firmware"):
        group.decide(FIRMWARE, "confirm")
    progress("confirm", 1, 1)
    return FirmwareReport(group.device().firmware, before, "ab"[slot])


def _settled(client: SmpClient, group: ModelGroup, device: DeviceReply) -> DeviceReply:
    """End a trial that a host has left behind: the board goes back to its confirmed firmware."""
    slots = [group.slot(FIRMWARE, slot) for slot in (0, 1)]
    if not any(slot.active and not slot.confirmed for slot in slots):
        return device
    return _restarted(client, group)


def _restarted(client: SmpClient, group: ModelGroup) -> DeviceReply:
    """Start the device again, and return what it says then.

    It counts the requests since its start, and there were some before this one: so a request for a
    reset that was lost is told from one whose answer was.
    """
    before = group.counters()["requests"]
    for _ in range(_RESETS):
        os_group.reset(client)
        device = _answering(group)
        if group.counters()["requests"] < before:
            return device
    raise LinkFailed("The device does not start again when it is asked to", code=2)


def _answering(group: ModelGroup) -> DeviceReply:
    """The device, once it has started again."""
    until = time.monotonic() + _BOOT_SECONDS
    while True:
        try:
            return group.device()
        except LinkFailed:
            if time.monotonic() > until:
                raise


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


def _slot_of(image: Image, device: DeviceReply, group: ModelGroup) -> int:
    """The slot in which the new firmware runs. Raises ``DeviceReverted``."""
    for slot in (0, 1):
        state = group.slot(FIRMWARE, slot)
        if device.mode == "app" and state.active and state.hash == image.digest:
            return slot
    raise DeviceReverted(
        "The device did not keep its new firmware running, and went back",
        evidence="; ".join(
            f"{e.where}: {log_words(e.reason)}, {e.count} times" for e in group.log()
        )
        or f"it runs {device.firmware} ({device.mode})",
        next_step="'edgesdk monitor --device ADDRESS' shows the device's log",
        code=3,
    )
