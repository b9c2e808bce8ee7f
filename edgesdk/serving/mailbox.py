"""From the device's thread to the network's: a queue that one fills and one awaits."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")
_MOST = 64  # items taken at once: a slow client is to take them within the time for one write


class Closed(Exception):
    """Nobody reads any more."""


class Mailbox(Generic[T]):
    """Holds what was not read yet, so that the device waits for no reader. Made in the loop.

    A job's output is bounded: by its choices, the context, and the time that it has.
    """

    def __init__(self) -> None:
        self._items: deque[T] = deque()
        self._lock = threading.Lock()
        self._sealed = False  # nothing more may be put
        self._closed = False  # nothing more may be taken
        self._loop = asyncio.get_running_loop()
        self._arrived = asyncio.Event()

    def put(self, item: T) -> None:
        """Append, from any thread. Raises ``Closed``."""
        with self._lock:
            self._append(item)

    def last(self, item: T) -> None:
        """Append; nothing comes after it. Raises ``Closed``."""
        with self._lock:
            self._append(item)
            self._sealed = True

    def _append(self, item: T) -> None:
        if self._sealed:
            raise Closed
        self._items.append(item)
        if len(self._items) == 1:
            self._tell()

    async def take(self) -> list[T]:
        """The next items, up to ``_MOST``; waits for at least one. In the loop only.

        Raises ``Closed`` when there is nothing and will never be.
        """
        while True:
            with self._lock:
                count = min(len(self._items), _MOST)
                found = [self._items.popleft() for _ in range(count)]
                closed = self._closed
            if found:
                return found
            if closed:
                raise Closed
            await self._arrived.wait()
            self._arrived.clear()

    def close(self) -> None:
        """The client is gone: who waits to take fails now, others at once."""
        with self._lock:
            self._sealed = self._closed = True
            self._items.clear()
        self._tell()

    def _tell(self) -> None:
        with suppress(RuntimeError):  # the loop has ended, and with it every reader
            self._loop.call_soon_threadsafe(self._arrived.set)
