"""From the device's thread to the network's: a bounded queue that one waits at and one awaits."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")


class Closed(Exception):
    """Nobody reads any more."""


class Mailbox(Generic[T]):
    """At most ``capacity`` items unread; the writer waits for the reader. Made in the loop."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._items: deque[T] = deque()
        self._room = threading.Condition()
        self._sealed = False  # nothing more may be put
        self._closed = False  # nothing more may be taken
        self._loop = asyncio.get_running_loop()
        self._arrived = asyncio.Event()

    def put(self, item: T) -> None:
        """Append, from any thread, when there is room. Raises ``Closed``, also while waiting."""
        with self._room:
            self._room.wait_for(lambda: self._sealed or len(self._items) < self._capacity)
            self._append(item)

    def last(self, item: T) -> None:
        """Append at once, room or no room; nothing comes after it. Raises ``Closed``."""
        with self._room:
            self._append(item)
            self._sealed = True
            self._room.notify_all()

    def _append(self, item: T) -> None:
        if self._sealed:
            raise Closed
        self._items.append(item)
        if len(self._items) == 1:
            self._tell()

    async def take(self) -> list[T]:
        """Everything that is there; waits for at least one item. In the loop only.

        Raises ``Closed`` when there is nothing and will never be.
        """
        while True:
            with self._room:
                found = list(self._items)
                self._items.clear()
                self._room.notify_all()
                closed = self._closed
            if found:
                return found
            if closed:
                raise Closed
            await self._arrived.wait()
            self._arrived.clear()

    def close(self) -> None:
        """The client is gone: who waits to put or to take fails now, others at once."""
        with self._room:
            self._sealed = self._closed = True
            self._items.clear()
            self._room.notify_all()
        self._tell()

    def _tell(self) -> None:
        with suppress(RuntimeError):  # the loop has ended, and with it every reader
            self._loop.call_soon_threadsafe(self._arrived.set)
