"""Requests and answers over a link that may lose, damage, double or delay them."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from threading import RLock
from typing import Any

from edgesdk.errors import LinkFailed, NoDevice

from ..link import Link
from . import body as cbor
from . import header as smp
from .frames import Cobs, Framing
from .header import Header
from .refused import SmpNotSupported, SmpRefused, raise_refusal

__all__ = ["Answer", "Parameters", "SmpClient", "SmpNotSupported", "SmpRefused"]

_OS, _PARAMETERS = 0, 6
_BESIDE_DATA = 256  # bytes of a message that are not its data, at most
_SMALLEST_BUFFER = 384  # bytes; Zephyr's default
_RARER = 3.0
_REMEDY = "Check that the cable is in, the device is powered, and the baud rate is the device's"


@dataclass(frozen=True)
class Answer:
    """A header and its body."""

    header: Header
    body: dict[str, Any]


@dataclass(frozen=True)
class Parameters:
    """The device's buffers: bytes of the longest message, and how many may be under way."""

    size: int
    count: int


class SmpClient:
    """Speaks to one device. Whoever needs it for several requests in a row holds ``turn``.

    It waits ``seconds`` for an answer at first, then ``slower`` times as long each time,
    ``attempts`` times in all. A request that says itself how long it may take is sent again at
    growing intervals too, for it may have been lost, and has that long in all.
    """

    def __init__(
        self,
        link: Link,
        *,
        seconds: float,
        slower: float = 1.5,
        attempts: int = 5,
        framing: Framing | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._link, self._framing, self._clock = link, framing or Cobs(), clock
        self.seconds, self._slower, self._attempts = seconds, slower, attempts
        self._sequence = secrets.randbelow(256)
        self._arrived: deque[bytes] = deque()
        self._parameters: Parameters | None = None
        self._answered_at = clock()
        self.resent = 0  # requests that were sent again
        self.turn = RLock()  # of one thread: requests and answers of several would mix

    def negotiate(self) -> Parameters:
        """Greet the device and learn its buffers. Raises ``NoDevice`` (EDGE-0302) where none is."""
        try:
            return self.parameters
        except SmpRefused:
            raise
        except LinkFailed as error:
            if error.id != "EDGE-0602":  # something is there: it is gone again, or talks nonsense
                raise
            raise NoDevice(
                "Nothing on the line answers",
                evidence=f"{error.what}: {error.evidence}",
                next_step=_REMEDY,
                code=2,
            ) from None

    @property
    def parameters(self) -> Parameters:
        """The device's buffers, asked for once."""
        if self._parameters is None:
            self._parameters = self._ask_parameters()
        return self._parameters

    @property
    def payload(self) -> int:
        """Bytes of data that one request, or one answer, can carry."""
        return self.parameters.size - _BESIDE_DATA

    def request(
        self,
        operation: int,
        group: int,
        command: int,
        body: Mapping[str, Any],
        *,
        seconds: float | None = None,
    ) -> dict[str, Any]:
        """Send a request until its answer comes, and return the answer's body.

        The device carries a write request that comes twice out once. Raises ``SmpRefused`` where
        it refuses, ``LinkFailed`` where no answer comes.
        """
        with self.turn:
            header, message = self._message(operation, group, command, body)
            for attempt, until in enumerate(self._waits(seconds)):
                self.resent += attempt > 0
                self._link.write(self._framing.encode(message))
                answer = self.receive([header], until)
                if answer is not None:
                    raise_refusal(answer.body, group, command)
                    return answer.body
        raise LinkFailed(
            "The device does not answer",
            evidence=f"group {group}, command {command}: sent {self._attempts} times",
            next_step=_REMEDY,
            code=2,
        )

    def _waits(self, seconds: float | None) -> Iterator[float]:
        """Until when to wait, each time that the request is sent.

        A device at work does not read: what is sent to it meanwhile has to fit into its buffers,
        so the repetitions of a request that may take long grow rare fast.
        """
        end = self._clock() + (seconds or 0.0)
        wait, slower = self.seconds, _RARER if seconds else self._slower
        for attempt in range(self._attempts):
            until = self._clock() + wait
            last = attempt == self._attempts - 1 or until >= end
            yield end if seconds and last else until
            if seconds and last:
                return
            wait *= slower

    def send(self, operation: int, group: int, command: int, body: Mapping[str, Any]) -> Header:
        """Send a request once, and do not wait. Its header finds the answer."""
        header, message = self._message(operation, group, command, body)
        self._link.write(self._framing.encode(message))
        return header

    def receive(self, requests: Collection[Header], until: float) -> Answer | None:
        """The next answer to one of the requests, or None when ``until`` has passed.

        Answers to others, which came late or twice, are dropped.
        """
        while True:
            while self._arrived:
                answer = _decode(self._arrived.popleft())
                if answer and any(answer.header.answers(request) for request in requests):
                    self._answered_at = self._clock()
                    return answer
            left = until - self._clock()
            if left <= 0:
                return None
            self._arrived.extend(self._framing.feed(self._link.read(left)))

    def now(self) -> float:
        """Seconds on the clock that deadlines are on."""
        return self._clock()

    @property
    def silence(self) -> float:
        """Seconds since the device last answered."""
        return self._clock() - self._answered_at

    def close(self) -> None:
        """Let go of the link."""
        self._link.close()

    def _message(
        self, operation: int, group: int, command: int, body: Mapping[str, Any]
    ) -> tuple[Header, bytes]:
        self._sequence = (self._sequence + 1) % 256
        data = cbor.encode(body)
        header = Header(operation, group, command, self._sequence, len(data))
        return header, header.encode() + data

    def _ask_parameters(self) -> Parameters:
        try:
            body = self.request(smp.READ, _OS, _PARAMETERS, {})
        except SmpNotSupported:
            return Parameters(_SMALLEST_BUFFER, 1)
        size, count = integer(body, "buf_size"), integer(body, "buf_count")
        if size < _SMALLEST_BUFFER or count < 1:
            raise malformed(f"buffers of {size} bytes, {count} of them")
        return Parameters(min(size, 65535), count)


def malformed(evidence: str) -> LinkFailed:
    """An answer that came whole and means nothing."""
    return LinkFailed("The device answers what SMP does not allow", evidence=evidence, code=5)


def integer(body: Mapping[str, Any], key: str) -> int:
    """A number of an answer. Raises ``LinkFailed`` (EDGE-0605) where there is none."""
    value = body.get(key)
    if type(value) is not int or value < 0:
        raise malformed(f"{key} is {value!r}"[:100])
    return value


def _decode(message: bytes) -> Answer | None:
    header = smp.decode(message)
    found = cbor.decode(message[smp.SIZE :]) if header else None
    return Answer(header, found) if header and found is not None else None
