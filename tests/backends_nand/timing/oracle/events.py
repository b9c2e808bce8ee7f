"""Time as events on a heap, and a bus on which one thing moves at a time.

The machine in ``machine.py`` is made of these. It finds by itself when things happen, and so is
the oracle of the folded schedule on shapes small enough.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

Action = Callable[[], None]


class Clock:
    """``now``: seconds. Events of one moment happen in the order in which they were asked for."""

    def __init__(self) -> None:
        self.now = 0.0
        self._events: list[tuple[float, int, Action]] = []
        self._order = count()

    def after(self, seconds: float, action: Action) -> None:
        """Do something later."""
        heapq.heappush(self._events, (self.now + seconds, next(self._order), action))

    def run(self) -> float:
        """Until nothing is left to do: the seconds that took."""
        while self._events:
            self.now, _, action = heapq.heappop(self._events)
            action()
        return self.now


@dataclass
class Bus:
    """One channel, or anything else that serves one at a time.

    What is urgent goes first; what has begun is not interrupted. ``barred``: nothing but urgent
    things may begin. ``urgent_seconds`` and ``other_seconds``: how long each kind used it.
    """

    clock: Clock
    busy: bool = False
    with_other: bool = False  # what is on it is not urgent
    barred: bool = False
    urgent_seconds: float = 0.0
    other_seconds: float = 0.0
    _urgent: deque[tuple[float, Action]] = field(default_factory=deque)
    _others: deque[tuple[float, Action]] = field(default_factory=deque)

    @property
    def waiting(self) -> bool:
        """Whether anything that is not urgent waits, or is on it."""
        return bool(self._others) or (self.busy and self.with_other)

    def ask(self, seconds: float, done: Action, *, urgent: bool = False) -> None:
        """Use it for so long, when it is this one's turn; then do ``done``."""
        (self._urgent if urgent else self._others).append((seconds, done))
        self._next()

    def bar(self, barred: bool) -> None:
        """Keep out what is not urgent, or let it in again."""
        self.barred = barred
        self._next()

    def _next(self) -> None:
        if self.busy:
            return
        if self._urgent:
            seconds, done = self._urgent.popleft()
            self.urgent_seconds += seconds
            self.with_other = False
        elif self._others and not self.barred:
            seconds, done = self._others.popleft()
            self.other_seconds += seconds
            self.with_other = True
        else:
            return
        self.busy = True
        self.clock.after(seconds, lambda: self._end(done))

    def _end(self, done: Action) -> None:
        self.busy = False
        done()
        self._next()
