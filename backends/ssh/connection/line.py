"""The two threads of a connection: one reads what the agent sends, the other one writes.

Neither ever waits for the other or for a caller, so that two full pipes stop nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader

from edgesdk.agent.wire import messages
from edgesdk.agent.wire.messages import ASKED_AFTER, GRACE, Hello, Message, Ping
from edgesdk.errors import EdgeError

from ..address import BoardAddress
from . import problems
from .exchange import Exchange
from .greeting import greet
from .process import BoardProcess

_JOIN = 2.0  # seconds for a thread whose process is gone


class Line:
    """ssh, and the threads at its two ends. ``hello`` is there once the agent has said it."""

    def __init__(self, address: BoardAddress, exchange: Exchange) -> None:
        """Start ssh. Raises ``DeviceUnavailable`` (EDGE-0582)."""
        self.hello: Hello | None = None
        self._address, self._exchange = address, exchange
        self._process = BoardProcess(address)
        self._threads = [
            threading.Thread(target=work, name=f"ssh{work.__name__}", daemon=True)
            for work in (self._reading, self._writing)
        ]
        try:
            for thread in self._threads:
                thread.start()
        except BaseException:
            self._process.kill()
            raise

    def give_up(self, error: EdgeError) -> None:
        """End it now; ``error`` is what callers are told."""
        self._exchange.fail(error)
        self._process.kill()

    def close(self) -> None:
        """End the agent's input, give it a while to close its device, then end ssh."""
        with self._exchange.lock:
            first, self._exchange.closing = not self._exchange.closing, True
            self._exchange.fail(problems.closed(self._address, None))
        try:
            if first:
                self._process.ended(GRACE)
        finally:
            self._process.kill()
            for thread in self._threads:
                thread.join(_JOIN)

    def _reading(self) -> None:
        stream = _Heard(self._process.stdout, self._exchange)
        try:
            hello = greet(stream, self._address, self._process)
            with self._exchange.lock:
                self.hello = hello
                self._exchange.changed.notify_all()
            while (message := messages.receive(stream)) is not None:
                self._exchange.received(message)
            self._exchange.fail(problems.ended(self._address, self._process))
        except EdgeError as error:
            self.give_up(error)
        except (OSError, ValueError):
            self._exchange.fail(problems.ended(self._address, self._process))
        except Exception as error:  # memory that has ended; else callers would wait for silence
            self.give_up(problems.unread(self._address, error))
        finally:
            self._process.end_output()

    def _writing(self) -> None:
        try:
            for message in self._leaving():
                self._process.write(messages.encode(message))
                if not isinstance(message, Ping):
                    self._exchange.moved = time.monotonic()
        except OSError:
            pass  # the thread that reads finds out why
        finally:
            self._process.end_input()

    def _leaving(self) -> Iterator[Message]:
        """What is to be sent, in its order; a ping where there was nothing for a while.

        Once the connection is over, the rest of what is large is not sent any more.
        """
        while (batch := self._next_batch()) is not None:
            for message in batch:
                yield from self._urgent()
                if self._exchange.over:
                    return
                yield message

    def _next_batch(self) -> Iterator[Message] | None:
        exchange = self._exchange
        with exchange.lock:
            if self._idle():
                exchange.changed.wait_for(lambda: not self._idle(), ASKED_AFTER)
            if exchange.over:
                return None
            if (pending := exchange.next_to_send()) is not None:
                batch, pending.unsent = pending.unsent, None
                return batch
        return self._urgent() if exchange.urgent else iter([Ping()])

    def _idle(self) -> bool:
        exchange = self._exchange
        return not (exchange.over or exchange.urgent or exchange.next_to_send())

    def _urgent(self) -> Iterator[Message]:
        with suppress(IndexError):
            while True:
                yield self._exchange.urgent.popleft()


class _Heard:
    """What the agent sends; whatever comes is a sign of life, in the middle of a frame too."""

    def __init__(self, stream: BufferedReader, exchange: Exchange) -> None:
        self._stream, self._exchange = stream, exchange

    def read(self, size: int, /) -> bytes:
        """At most so many bytes, as they come; none at the end."""
        data = self._stream.read1(size)
        self._exchange.heard = time.monotonic()
        return data
