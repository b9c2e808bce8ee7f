"""SIGTERM as an event, for a command that runs until somebody ends it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def termination(*, interrupts: bool) -> Iterator[threading.Event]:
    """An event that SIGTERM sets; with ``interrupts`` it also raises ``KeyboardInterrupt``.

    Only the main thread can be told: in another one the event stays as it is.
    """
    ended = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        ended.set()
        if interrupts:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield ended
        return
    usual = signal.signal(signal.SIGTERM, end)
    try:
        yield ended
    finally:
        signal.signal(signal.SIGTERM, usual)
