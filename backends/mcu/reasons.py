"""Why a device refused, in its numbers (``enum edge_reason`` of ``firmware/secure/slots.h``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum

from edgesdk.errors import (
    BundleRefused,
    DeviceUnavailable,
    DoesNotFit,
    DowngradeRefused,
    EdgeError,
    FormatRefused,
    InternalFault,
    SignatureRefused,
    UsageError,
    VerificationMismatch,
)

from .smp.client import SmpRefused


class Reason(IntEnum):
    """The numbers that travel in the answers of group 64."""

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


_WORDS = {
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
    known = _WORDS.get(Reason(reason)) if reason in set(Reason) else None
    return known or f"for a reason that this edgesdk does not know ({reason})"


# What a device says of an image once all of it is there.
OF_CONTENT = {Reason.BAD_FORMAT, Reason.BAD_HASH, Reason.BAD_SIGNATURE, Reason.WRONG_DEVICE}

_RESETS = ("power on", "reset pin", "asked for", "watchdog", "lockup", "another reason")
_RESET, _FAULT = 0x100, 0x200


def log_words(number: int) -> str:
    """An entry of a device's log for people: a reason, a reset, or a processor's exception."""
    if number >= _FAULT:
        return f"processor exception {number - _FAULT}"
    if number >= _RESET:
        why = number - _RESET
        return f"reset: {_RESETS[why] if why < len(_RESETS) else why}"
    return words(number)


@contextmanager
def refusing(what: str, *, loading: bool = False) -> Iterator[None]:
    """Turn a device's refusal into the error that it stands for.

    ``loading``: a model that does not load is then the device's own answer (``InternalFault``, from
    which the deploy makes its verdict), and not a fault of the bundle.
    """
    try:
        yield
    except SmpRefused as error:
        raised = refusal(what, error.rc)
        if loading and not isinstance(raised, DeviceUnavailable):
            raised = InternalFault(what, evidence=raised.evidence, code=32)
        raise raised from None


def refusal(what: str, reason: int) -> EdgeError:
    """The error that a device's refusal stands for."""
    evidence = f"the device says: {words(reason)}"
    for reasons, make in _ERRORS:
        if reason in reasons:
            return make(what, evidence)
    return InternalFault(what, evidence=evidence, code=30)


_TRUST = "Trust the key with: edgesdk keys trust KEY --device ADDRESS"
_ERRORS: tuple[tuple[set[int], Callable[[str, str], EdgeError]], ...] = (
    (
        {Reason.UNTRUSTED_KEY, Reason.NOT_PROVISIONED},
        lambda what, why: SignatureRefused(what, evidence=why, next_step=_TRUST, code=31),
    ),
    ({Reason.BAD_SIGNATURE}, lambda what, why: SignatureRefused(what, evidence=why, code=32)),
    (
        {Reason.BAD_HASH, Reason.BAD_FORMAT},
        lambda what, why: FormatRefused(what, evidence=why, code=33),
    ),
    ({Reason.DOWNGRADE}, lambda what, why: DowngradeRefused(what, evidence=why)),
    (
        {Reason.TOO_LARGE, Reason.NO_MEMORY, Reason.WRONG_DEVICE},
        lambda what, why: DoesNotFit(what, evidence=why, code=70),
    ),
    ({Reason.BAD_PLAN}, lambda what, why: BundleRefused(what, evidence=why, code=34)),
    ({Reason.BUSY}, lambda what, why: DeviceUnavailable(what, evidence=why, code=20)),
    (
        {Reason.NO_ROOM},
        lambda what, why: UsageError(what, evidence=why, next_step="Take one back first", code=55),
    ),
    (
        {Reason.FLASH_FAULT, Reason.MISMATCH},
        lambda what, why: VerificationMismatch(what, evidence=why, code=60),
    ),
)
