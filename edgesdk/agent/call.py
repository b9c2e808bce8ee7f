"""One call as the board's functions see it, and what they answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..backend import Arrays
from ..errors import UsageError
from .wire.arrays import ArrayHead, array_from_wire
from .wire.blobs import Blob
from .wire.plain import Wrong
from .wire.told import progress

_OFTEN = 0.1  # seconds between two events of the same call


@dataclass(frozen=True)
class Call:
    """``tell`` sends an event; ``is_cancelled`` says whether the host has enough."""

    blobs: Sequence[bytes]
    tell: Callable[[Mapping[str, Any]], None]
    is_cancelled: Callable[[], bool]


@dataclass(frozen=True)
class Answer:
    """The value and the blobs of a result."""

    value: Mapping[str, Any] = field(default_factory=dict)
    blobs: Sequence[Blob] = ()


def seldom(call: Call, total: int) -> Callable[[int], None]:
    """Progress as events, as often as somebody can see it; the last one always."""
    last = float("-inf")

    def tell(done: int) -> None:
        nonlocal last
        now = time.monotonic()
        if done == total or now - last >= _OFTEN:
            last = now
            call.tell(progress(done))

    return tell


def arrays(heads: Sequence[ArrayHead], blobs: Sequence[bytes]) -> Arrays:
    """A request's arrays. Raises ``Wrong``."""
    if len(heads) != len(blobs):
        raise Wrong(f"{len(blobs)} blobs for {len(heads)} arrays")
    found = {h.name: array_from_wire(h, b) for h, b in zip(heads, blobs, strict=True)}
    if len(found) != len(heads):
        raise Wrong("an array is given twice")
    return found


def only_blob(blobs: Sequence[bytes]) -> bytes:
    """The one blob of a request. Raises ``Wrong``."""
    if len(blobs) != 1:
        raise Wrong(f"{len(blobs)} blobs where one belongs")
    return blobs[0]


def senseless(what: str, evidence: str = "") -> UsageError:
    """The error of a request that makes no sense here and now (EDGE-02291)."""
    return UsageError(
        f"The board's agent cannot do that: {what}",
        evidence=evidence,
        next_step="See that both sides have the same version of edgesdk; if so, please report it",
        code=291,
    )


def unable(ability: str) -> UsageError:
    """The error of a call that the connected device has not (EDGE-02291)."""
    return senseless(f"the device has no {ability}", "connect named its abilities")
