"""Before the queue: those whose prompts are still texts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import ClientDisconnect

from .job import Job
from .problems import out_of_time, queue_full


class Visitor:
    """One client, from its request's end on; it may leave before there is a job."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.gone = False
        self._job: Job | None = None

    def leave(self) -> None:
        """The client hung up."""
        self.gone = True
        if self._job is not None:
            self._job.cancel()

    def follow(self, job: Job) -> None:
        """From now on the client waits for this."""
        self._job = job
        if self.gone:
            job.cancel()


class Line:
    """Lets one request at a time make tokens of its prompt: it is all Python's own time."""

    def __init__(self) -> None:
        self._free = asyncio.Lock()
        self._length = 0

    @asynccontextmanager
    async def turn(self, visitor: Visitor, room: int, timeout: float) -> AsyncIterator[None]:
        """Wait for one's turn, where less than ``room`` are here already.

        Raises ``ApiError`` 429 and 504, and ``ClientDisconnect`` for one that left meanwhile.
        """
        if self._length >= room:
            raise queue_full(self._length)
        self._length += 1
        try:
            await self._wait(visitor.begun + timeout - time.monotonic(), timeout)
            try:
                if visitor.gone:
                    raise ClientDisconnect
                yield
            finally:
                self._free.release()
        finally:
            self._length -= 1

    async def _wait(self, left: float, timeout: float) -> None:
        try:
            await asyncio.wait_for(self._free.acquire(), left)
        except asyncio.TimeoutError:
            raise out_of_time(timeout) from None
