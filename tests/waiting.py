"""Waiting in tests: for what another process or thread is about to do, and not for ever."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from edgesdk.errors import EdgeError

_Found = TypeVar("_Found")
PATIENCE = 20.0  # seconds: two busy cores are slow


def until(condition: Callable[[], _Found], seconds: float = PATIENCE, why: str = "") -> _Found:
    """What the condition gives, once that is true; an ``AssertionError`` where it stays untrue."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, why or f"not within {seconds:g} seconds"
        time.sleep(0.01)
    return found


def once_free(
    work: Callable[[], _Found], busy: type[EdgeError], seconds: float = PATIENCE
) -> _Found:
    """What the work gives, once it no longer raises that something is held by another."""
    end = time.monotonic() + seconds
    while True:
        try:
            return work()
        except busy:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
