"""Waiting for a block that says in its control register when it is done."""

from __future__ import annotations

import time
from collections.abc import Callable

from .registers.spec import CONTROL, DONE

_FIRST_PAUSE, _LONGEST_PAUSE = 20e-6, 5e-3  # seconds


def wait_for_done(
    read: Callable[[int], int], pause: Callable[[float], object], seconds: float
) -> bool:
    """Whether it was done in time; reading that makes the block forget it.

    ``pause`` waits for so many seconds or until an interrupt comes. An interrupt only makes it
    sooner: one that gets lost costs a pause, not the answer.
    """
    until = time.monotonic() + seconds
    length = _FIRST_PAUSE
    while not read(CONTROL) & DONE:
        left = until - time.monotonic()
        if left <= 0:
            return bool(read(CONTROL) & DONE)
        pause(min(length, left))
        length = min(2 * length, _LONGEST_PAUSE)
    return True
