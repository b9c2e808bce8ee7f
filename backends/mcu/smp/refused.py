"""A device's "no": SMP's error numbers, as the reasons of ``firmware/secure/slots.h``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgesdk.errors import LinkFailed

IMAGE_GROUP, MODEL_GROUP = 1, 64
BAD_REQUEST = 14  # an edge_reason
_INVALID, _NOT_SUPPORTED = 3, 8  # SMP's own errors

# The image group's numbers (Zephyr's img_mgmt_err) that the device uses, and what they mean there.
IMAGE_REASONS = {
    12: 1,  # flash fault
    23: 2,  # bad format
    24: 3,  # bad hash
    5: 4,  # bad signature
    4: 5,  # untrusted key
    27: 6,  # downgrade
    30: 7,  # too large
    25: 8,  # wrong device
    3: 9,  # no image
    28: 10,  # busy
    20: 11,  # bad offset
    29: 12,  # bad plan
    15: 13,  # no memory
    21: 14,  # bad request
    32: 15,  # not provisioned
}


class SmpRefused(LinkFailed):
    """The device answered, and refuses. ``rc`` is an edge_reason, or 0 where it is none."""

    default_code = 6

    def __init__(self, group: int | None, number: int) -> None:
        self.group, self.number = group, number
        self.rc = _reason(group, number)
        whose = "SMP's own" if group is None else f"group {group}"
        super().__init__(
            "The device refuses a request",
            evidence=f"error {number} of {whose}",
            next_step="Its firmware may be of another version: see 'edgesdk devices'",
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
    return BAD_REQUEST if number == _INVALID else 0
