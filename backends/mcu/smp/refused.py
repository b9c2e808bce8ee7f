"""A device's "no": SMP's error numbers, as the reasons of ``firmware/secure/slots.h``."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from edgesdk.errors import LinkFailed

IMAGE_GROUP, MODEL_GROUP = 1, 64
_INVALID, _NOT_SUPPORTED = 3, 8  # SMP's own errors


class Reason(IntEnum):
    """The numbers that travel in the answers of group 64: ``enum edge_reason``."""

    FLASH_FAULT = 1
    BAD_FORMAT = 2
    BAD_HASH = 3
    BAD_SIGNATURE = 4
    UNTRUSTED_KEY = 5
    DOWNGRADE = 6
    TOO_LARGE = 7
    WRONG_DEVICE = 8
    NO_IMAGE = 9
    BUSY = 10
    BAD_OFFSET = 11
    BAD_PLAN = 12
    NO_MEMORY = 13
    BAD_REQUEST = 14
    NOT_PROVISIONED = 15
    NO_ROOM = 16
    NOT_OPEN = 17
    MISMATCH = 18


_WORDS: dict[int, str] = {
    Reason.FLASH_FAULT: "its flash reported a fault, or read back other bytes than were written",
    Reason.BAD_FORMAT: "it is not a well-formed image",
    Reason.BAD_HASH: "its bytes are not those of its hash",
    Reason.BAD_SIGNATURE: "its signature does not hold",
    Reason.UNTRUSTED_KEY: "it is signed by a key that the device does not trust",
    Reason.DOWNGRADE: "its security counter is lower than the device's",
    Reason.TOO_LARGE: "it is larger than a slot",
    Reason.WRONG_DEVICE: "it is made for another device",
    Reason.NO_IMAGE: "there is no such image",
    Reason.BUSY: "the slot is in use",
    Reason.BAD_OFFSET: "a piece did not continue where the last one ended",
    Reason.BAD_PLAN: "its execution plan is malformed, or of another version",
    Reason.NO_MEMORY: "its plan needs more RAM than there is",
    Reason.BAD_REQUEST: "the request was malformed",
    Reason.NOT_PROVISIONED: "the device trusts no key yet",
    Reason.NO_ROOM: "there is no room for another key",
    Reason.NOT_OPEN: "no model is open",
    Reason.MISMATCH: "a golden vector was answered wrongly",
}


def words(reason: int) -> str:
    """A reason for people."""
    return _WORDS.get(reason) or f"a reason that this edgesdk does not know ({reason})"


# The image group's numbers (Zephyr's img_mgmt_err) that the device uses, and what they mean there.
IMAGE_REASONS = {
    12: Reason.FLASH_FAULT,
    23: Reason.BAD_FORMAT,
    24: Reason.BAD_HASH,
    5: Reason.BAD_SIGNATURE,
    4: Reason.UNTRUSTED_KEY,
    27: Reason.DOWNGRADE,
    30: Reason.TOO_LARGE,
    25: Reason.WRONG_DEVICE,
    3: Reason.NO_IMAGE,
    28: Reason.BUSY,
    20: Reason.BAD_OFFSET,
    29: Reason.BAD_PLAN,
    15: Reason.NO_MEMORY,
    21: Reason.BAD_REQUEST,
    32: Reason.NOT_PROVISIONED,
}


_OTHER_VERSION = "Its firmware may be of another version: see 'edgesdk devices'"
_NEXT_STEPS: dict[int, str] = {
    Reason.NOT_OPEN: "Open the model again",
    Reason.FLASH_FAULT: "'edgesdk monitor --device ADDRESS' shows the device's log",
}


class SmpRefused(LinkFailed):
    """The device answered, and refuses. ``rc`` is a ``Reason``'s number, or 0 where it is none."""

    default_code = 6

    def __init__(self, group: int | None, number: int) -> None:
        self.group, self.number = group, number
        self.rc = _reason(group, number)
        whose = "SMP's own" if group is None else f"group {group}"
        said = f"the device says: {words(self.rc)}" if self.rc else f"error {number} of {whose}"
        super().__init__(
            "The device refuses a request",
            evidence=said,
            next_step=_NEXT_STEPS.get(self.rc, _OTHER_VERSION),
        )


class SmpNotSupported(LinkFailed):
    """The device does not know the request."""

    default_code = 7

    def __init__(self, group: int, command: int) -> None:
        super().__init__(
            "The device does not know a request",
            evidence=f"group {group}, command {command}",
            next_step="It has older firmware, or only its boot stage runs: see 'edgesdk devices'",
        )


def raise_refusal(body: Mapping[str, Any], group: int, command: int) -> None:
    """Raise what an answer's error means; nothing where it holds none."""
    error = body.get("err")
    if isinstance(error, dict) and error.get("rc", 0) != 0:
        raise SmpRefused(_number(error.get("group")), _number(error["rc"]))
    rc = _number(body.get("rc", 0))
    if rc == _NOT_SUPPORTED:
        raise SmpNotSupported(group, command)
    if rc != 0:
        raise SmpRefused(None, rc)


def _number(value: Any) -> int:
    return value if type(value) is int else -1


def _reason(group: int | None, number: int) -> int:
    if group == MODEL_GROUP:
        return number
    if group == IMAGE_GROUP:
        return IMAGE_REASONS.get(number, 0)
    return Reason.BAD_REQUEST if number == _INVALID else 0
