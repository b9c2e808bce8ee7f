"""A queue with room for so many, in which those who ask take turns."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from typing import Generic, TypeVar

from .problems import queue_full

T = TypeVar("T")


class FairQueue(Generic[T]):
    """First come, first served among clients; a client's second item waits for all their firsts.

    One thread puts, another takes; ``capacity`` items wait beside the one that it works on.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._turns: OrderedDict[str, deque[T]] = OrderedDict()
        self._size = 0
        self._closed = False
        self._taker = 0  # 1 while somebody waits for an item
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return self._size

    def put(self, client: str, item: T) -> None:
        """Append a client's item. Raises ``ApiError`` 429 where there is no room."""
        with self._changed:
            if self._size >= self._capacity + self._taker:
                raise queue_full(self._size)
            self._turns.setdefault(client, deque()).append(item)
            self._size += 1
            self._changed.notify()

    def take(self) -> T | None:
        """The next item, as soon as there is one; None after ``close``."""
        with self._changed:
            self._taker = 1
            self._changed.wait_for(lambda: self._size > 0 or self._closed)
            self._taker = 0
            if self._closed:
                return None
            client, items = self._turns.popitem(last=False)
            item = items.popleft()
            self._size -= 1
            if items:
                self._turns[client] = items  # behind everybody else
            return item

    def drop(self, item: T) -> bool:
        """Take one item out, wherever it is. Returns whether it was there."""
        with self._changed:
            for client, items in self._turns.items():
                if item in items:
                    items.remove(item)
                    self._size -= 1
                    if not items:
                        del self._turns[client]
                    return True
            return False

    def close(self) -> None:
        """Who takes gets nothing any more, and who waits for an item is told at once."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def clear(self) -> list[T]:
        """Take everything out."""
        with self._changed:
            found = [item for items in self._turns.values() for item in items]
            self._turns.clear()
            self._size = 0
            return found
