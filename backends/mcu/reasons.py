"""What a device's reasons mean: the errors that its refusals stand for, and its log in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

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

from .smp.refused import Reason, SmpRefused, words

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
