"""One client's connection: uvicorn's, with an end to every wait."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from .answering import bounded
from .mailbox import Closed

_LOOK = 1.0  # s, between two looks at a connection


class Connection(H11Protocol):
    """Cut when it sends no whole request in time, or takes nothing of an answer.

    How long a request's body may take to arrive, and its answer to begin, is limited elsewhere.
    """

    idle_timeout = 20.0
    write_timeout = 20.0
    most = 256

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; a connection too many is cut at once."""
        super().connection_made(transport)
        self._since = self.loop.time()  # without a request
        self._moved, self._unsent = self._since, 0  # bytes of a complete answer, not taken yet
        self._looking: asyncio.TimerHandle | None = None
        inner: Any = self.app

        async def app(scope: Any, receive: Any, send: Any) -> None:
            with suppress(Closed):  # it is cut then, and nobody is there to be answered
                await inner(scope, receive, bounded(send, self.write_timeout, transport.abort))

        self.app = app
        if len(self.connections) > self.most:
            transport.abort()
        else:
            self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        if self._looking is not None:
            self._looking.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        self._looking = self.loop.call_later(_LOOK, self._look)
        now = self.loop.time()
        if self.cycle is not None and not self.cycle.response_complete:
            self._since = self._moved = now
            return
        unsent = self.transport.get_write_buffer_size()
        if unsent < self._unsent:
            self._moved = now
        self._unsent = unsent
        stuck = unsent > 0 and now - self._moved > self.write_timeout
        if stuck or (unsent == 0 and now - self._since > self.idle_timeout):
            self.transport.abort()
