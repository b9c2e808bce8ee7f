"""A connection to an agent: calls in, answers out, and a deadline on every wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any

from edgesdk.agent.wire import messages
from edgesdk.agent.wire.arguments import Nothing
from edgesdk.agent.wire.blobs import Blob, pieces
from edgesdk.agent.wire.messages import GRACE, MOST_BLOBS, SILENCE, Hello, Message, Request
from edgesdk.agent.wire.plain import Untellable, to_plain
from edgesdk.errors import EdgeError, InputMismatch, UsageError

from ..address import BoardAddress
from . import problems
from .exchange import Exchange, Pending
from .line import Line

# Until the agent says hello: a person may be typing a password, a small board may be starting
# Python from a slow card.
_GREETING = 120.0
PATIENCE = 10.0  # seconds that a call which was interrupted may hold up the next one
_NOTHING = Nothing()
_LOOK = 1.0  # seconds between two looks at the clock


class Connection:
    """Safe to use from several threads: the agent answers one call after the other."""

    def __init__(self, address: BoardAddress) -> None:
        """Start ssh and wait for the agent. Raises ``NoDevice``, ``DeviceUnavailable``."""
        self.address = address
        self._exchange, self._told = Exchange(), False
        self._line = Line(address, self._exchange)
        try:
            late = problems.too_late(address, _GREETING)
            self._until(lambda: self._line.hello is not None, _GREETING, late)
        except BaseException:
            self._line.give_up(problems.closed(address, None))
            self._line.close()
            raise

    @property
    def hello(self) -> Hello:
        """What the agent said of itself."""
        assert self._line.hello is not None
        return self._line.hello

    def call(
        self,
        call: str,
        arguments: object = _NOTHING,
        blobs: Sequence[Blob] = (),
        *,
        most: int = 0,
    ) -> Pending:
        """Ask and wait for the answer, which may have ``most`` bytes of blobs.

        ``arguments``: of ``edgesdk.agent.wire.arguments``. Raises what the board raised, and
        ``LinkFailed``.
        """
        return self.wait(self.submit(call, arguments, blobs, most=most))

    def submit(
        self,
        call: str,
        arguments: object = _NOTHING,
        blobs: Sequence[Blob] = (),
        *,
        most: int = 0,
        tells: bool = False,
    ) -> Pending:
        """Ask, and do not wait; ``tells``: the caller will read ``events``.

        Raises ``LinkFailed``, and ``UsageError`` (EDGE-02295) for more data than a call may have.
        """
        sizes = tuple(memoryview(blob).nbytes for blob in blobs)
        only_so_much(sum(sizes))
        with self._exchange.lock:
            self._until(lambda: self._exchange.has_room(sum(sizes)))
            if self._exchange.failure is not None:
                raise self._failure(self._exchange.failure)
            request = _request(self._exchange.next_id, call, arguments, sizes)
            unsent: Iterator[Message] = chain([request], pieces(request.id, blobs))
            pending = Pending(request.id, call, sum(sizes), most, tells, unsent)
            self._exchange.submit(pending)
        return pending

    def wait(self, pending: Pending, seconds: float | None = None) -> Pending:
        """Wait for an answer. Interrupted, the call is cancelled, and its answer dropped."""
        try:
            late = problems.given_up(self.address, pending.call, seconds or 0)
            self._until(lambda: pending.done, seconds, late)
        except BaseException:
            self._exchange.abandon(pending)
            raise
        if pending.error is not None:
            raise pending.error
        return pending

    def events(self, pending: Pending) -> Iterator[Mapping[str, Any]]:
        """The events of a call as they come, until its answer is there."""
        while True:
            self._until(lambda: bool(pending.events) or pending.done)
            if not pending.events:
                return
            yield self._exchange.take(pending)

    def follow(self, pending: Pending, tell: Callable[[Mapping[str, Any]], None]) -> Pending:
        """Tell of the events of a call as they come, then wait for its answer."""
        try:
            for event in self.events(pending):
                tell(event)
        except BaseException:
            self._exchange.abandon(pending)
            raise
        return self.wait(pending)

    def cancel(self, pending: Pending) -> None:
        """Ask for an early end of a call. Its answer is still to be waited for."""
        self._exchange.cancel(pending)

    def abandon(self, pending: Pending) -> None:
        """Ask for an early end of a call, and wait for nothing."""
        self._exchange.abandon(pending)

    def goodbye(self) -> None:
        """Let the agent close its device, then close. Safe at any moment, also twice.

        Behind a call that was interrupted nothing is asked: the end of its input stops an agent.
        """
        try:
            with suppress(EdgeError):
                if not self._exchange.is_held_up():
                    self.wait(self.submit("disconnect"), GRACE)
        finally:
            self.close()

    def close(self) -> None:
        """Give it up: the agent, alone, closes its device. Safe to call twice."""
        self._line.close()

    def broken(self, evidence: str) -> EdgeError:
        """The board has answered what it must not; the connection is over."""
        error = problems.broken_rule(evidence)
        self._line.give_up(error)
        return error

    def _until(
        self,
        holds: Callable[[], bool],
        seconds: float | None = None,
        late: EdgeError | None = None,
    ) -> None:
        """Wait until something holds; raise why it will not."""
        begun = time.monotonic()
        with self._exchange.lock:
            while not holds():
                if self._exchange.failure is not None:
                    raise self._failure(self._exchange.failure)
                if error := self._too_long(begun, seconds, late):
                    self._told = True
                    self._line.give_up(error)
                    raise error
                self._exchange.changed.wait(_LOOK)

    def _too_long(
        self, begun: float, seconds: float | None, late: EdgeError | None
    ) -> EdgeError | None:
        now, exchange = time.monotonic(), self._exchange
        if seconds is not None and now - begun > seconds:
            return late
        greeted = self._line.hello is not None
        if greeted and now - max(exchange.heard, exchange.moved, begun) > SILENCE:
            return problems.silent(self.address)
        first = exchange.waiting[0] if exchange.waiting else None
        if first is not None and first.abandoned and now - max(begun, first.abandoned) > PATIENCE:
            return problems.given_up(self.address, first.call, PATIENCE)
        return None

    def _failure(self, why: EdgeError) -> EdgeError:
        """Why there is no answer: once the reason itself, from then on that it is over."""
        if self._told:
            return problems.closed(self.address, why)
        self._told = True
        return why


def _request(id: int, call: str, arguments: object, sizes: tuple[int, ...]) -> Request:
    """What does not go into a frame is its caller's to know, and not the writing thread's."""
    try:
        request = Request(id, call, to_plain(arguments), sizes)
        messages.encode(request)
        return request
    except Untellable as error:
        raise InputMismatch(
            f"What {call} was given does not go over the link", evidence=str(error)
        ) from None


def only_so_much(size: int) -> None:
    """Raise ``UsageError`` (EDGE-02295) for more bytes than one call may have."""
    if size > MOST_BLOBS:
        raise UsageError(
            "The arrays are more than goes over the link in one call",
            evidence=f"{size} bytes; at most {MOST_BLOBS} are possible",
            next_step="Give fewer samples at once, or run it on the board itself",
            code=295,
        )
