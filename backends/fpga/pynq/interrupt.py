"""Waits for the accelerator's interrupt through PYNQ, which knows it as a coroutine."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from importlib import import_module
from typing import Any


class PynqInterrupt:
    """The interrupt of the fabric that was loaded last; not for several threads.

    Raises whatever PYNQ raises where there is none: the design has no interrupt controller, or
    Linux gives no access to it.
    """

    def __init__(self, pin: str) -> None:
        self._loop = asyncio.new_event_loop()
        try:
            self._interrupt = self._loop.run_until_complete(_found(pin))
        except BaseException:
            self._loop.close()
            raise

    def pause(self, seconds: float) -> None:
        """Until it comes, or for so long. Within somebody else's event loop: just for so long."""
        if asyncio._get_running_loop() is not None:  # as in a notebook
            time.sleep(seconds)
        else:
            self._loop.run_until_complete(self._wait(seconds))

    def close(self) -> None:
        """Forget it."""
        self._loop.close()

    async def _wait(self, seconds: float) -> None:
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._interrupt.wait(), seconds)


async def _found(pin: str) -> Any:
    """PYNQ wants an event loop to be there when it is asked."""
    return import_module("pynq").Interrupt(pin)
