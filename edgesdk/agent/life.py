"""When an agent must end: its host is silent or gone, or somebody asks it to."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

ALONE = 6  # the exit code of an agent whose host did not say goodbye
_AGAIN = 0.1  # seconds until the main thread is interrupted again
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Life:
    """Interrupts the main thread once, when the agent is alone; then there is little time left.

    ``silence``: seconds without a word of the host; ``grace``: seconds in which the device is let
    go. After these the process ends as it is: the devices' own rules for a killed process hold.
    """

    def __init__(self, silence: float, grace: float) -> None:
        self._silence, self._grace = silence, grace
        self._main = threading.main_thread()
        self._lock = threading.Lock()
        self._heard = time.monotonic()
        self._ending, self._over = threading.Event(), threading.Event()
        self._serving = False
        self._usual: dict[int, Any] = {}
        self.reason = ""

    def heard(self) -> None:
        """The host has sent something."""
        self._heard = time.monotonic()

    def alone(self, reason: str) -> None:
        """The host is gone; the first reason counts. Interrupts what the main thread does."""
        with self._lock:
            first, self.reason = not self.reason, self.reason or reason
        self._ending.set()
        if first and threading.current_thread() is not self._main:
            self._interrupt()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Signals and silence end what is done in this block, with ``KeyboardInterrupt``."""
        self._usual = {number: signal.signal(number, self._interrupted) for number in _SIGNALS}
        self._serving = True
        threading.Thread(target=self._watch, name="watch", daemon=True).start()
        try:
            yield
        finally:
            self._serving = False  # what lets things go is not interrupted: only time ends that

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """What lets something go in this block is not interrupted: half closed is worse than late.

        What was to interrupt it does so when it is done.
        """
        serving, self._serving = self._serving, False
        try:
            yield
        finally:
            self._serving = serving

    def over(self) -> None:
        """Everything was let go in time."""
        self._over.set()
        self._ending.set()
        for number, handler in self._usual.items():
            signal.signal(number, handler)

    def _interrupt(self) -> None:
        # Not _thread.interrupt_main: that leaves a call of the system waiting.
        signal.pthread_kill(self._main.ident or 0, signal.SIGINT)

    def _interrupted(self, number: int, frame: FrameType | None) -> None:
        # No lock here: the main thread, which this interrupts, may hold it.
        self.reason = self.reason or f"it was ended by {signal.Signals(number).name}"
        self._ending.set()
        if self._serving:
            self._serving = False
            raise KeyboardInterrupt

    def _watch(self) -> None:
        while not self._ending.is_set():
            left = self._heard + self._silence - time.monotonic()
            if left <= 0:
                self.alone(f"it has heard nothing for {self._silence:g} seconds")
            self._ending.wait(max(left, 0))
        until = time.monotonic() + self._grace
        while not self._over.wait(min(_AGAIN, self._grace)):
            if time.monotonic() > until:
                said = f"edgesdk agent: it did not end within {self._grace:g} seconds"
                print(said, file=sys.stderr, flush=True)
                os._exit(ALONE)
            if self._serving:  # a signal just before the main thread begins to wait wakes nobody
                self._interrupt()
