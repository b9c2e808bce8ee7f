"""What a device refuses is told in words, wherever it comes up."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from edgesdk.errors import DeviceReverted
from edgesdk_backends.mcu import firmware_update
from edgesdk_backends.mcu.smp.model_group import LogEntry, SlotReply
from edgesdk_backends.mcu.smp.refused import IMAGE_GROUP, MODEL_GROUP, Reason, SmpRefused, words


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words(reason: Reason) -> None:
    refused = SmpRefused(MODEL_GROUP, reason)
    assert refused.evidence == f"the device says: {words(reason)}"
    assert "does not know" not in refused.evidence


def test_the_next_step_is_the_reason_s() -> None:
    assert SmpRefused(MODEL_GROUP, Reason.NOT_OPEN).next_step == "Open the model again"
    assert "version" in SmpRefused(MODEL_GROUP, Reason.BAD_REQUEST).next_step


@pytest.mark.parametrize(
    ("group", "number", "told"),
    [
        (MODEL_GROUP, 99, "the device says: a reason that this edgesdk does not know (99)"),
        (IMAGE_GROUP, 28, "the device says: the slot is in use"),
        (IMAGE_GROUP, 99, "error 99 of group 1"),
        (None, 3, "the device says: the request was malformed"),
        (None, 7, "error 7 of SMP's own"),
    ],
)
def test_numbers_of_other_groups(group: int | None, number: int, told: str) -> None:
    assert SmpRefused(group, number).evidence == told


def test_why_a_firmware_went_back() -> None:
    entries = [LogEntry(Reason.BAD_SIGNATURE, "boot", 2), LogEntry(0x103, "app", 1)]
    group: Any = SimpleNamespace(
        log=lambda: entries, slot=lambda image, slot: SlotReply(slot, False)
    )
    image: Any = SimpleNamespace(digest=bytes(32))
    device: Any = SimpleNamespace(mode="app", firmware="1.0.0")
    with pytest.raises(DeviceReverted) as back:
        firmware_update._slot_of(image, device, group)
    assert back.value.evidence == (
        "boot: its signature does not hold, 2 times; app: reset: watchdog, 1 times"
    )
