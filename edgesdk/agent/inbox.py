"""What has come and waits for its turn. The reading thread fills it, the main one empties it."""

from __future__ import annotations

from queue import SimpleQueue
from threading import Lock

from .wire.blobs import Gathering
from .wire.frames import broken
from .wire.messages import AHEAD, AHEAD_DATA, Cancel, Data, Message, Request

Waiting = tuple[Request, list[bytes]]


class Inbox:
    """Requests with their blobs, in their order; and which of them the host has cancelled.

    ``put`` raises ``LinkFailed`` (EDGE-0650) where the host breaks a rule.
    """

    def __init__(self) -> None:
        self._ready: SimpleQueue[Waiting] = SimpleQueue()
        self._lock = Lock()
        self._unanswered: dict[int, int] = {}  # bytes of each request's blobs
        self._cancelled: set[int] = set()
        self._last = 0
        self._request: Request | None = None  # whose blobs are coming
        self._gathering = Gathering(0, ())

    def put(self, message: Message) -> None:
        """A request, data of it, or a cancel."""
        if isinstance(message, Request):
            self._begin(message)
        elif isinstance(message, Data):
            if self._request is None:
                raise broken(f"data of {message.id}, for which none is to come")
            self._gathering.add(message)
            self._finish()
        elif isinstance(message, Cancel):
            with self._lock:
                if message.id in self._unanswered:
                    self._cancelled.add(message.id)
        else:
            raise broken(f"a frame that only an agent sends: {type(message).__name__.lower()}")

    def take(self) -> Waiting:
        """The next request; waits for one."""
        return self._ready.get()

    def is_cancelled(self, id: int) -> bool:
        """Whether the host has enough of a request."""
        return id in self._cancelled

    def answered(self, id: int) -> None:
        """A request is done with; to be told before the host is."""
        with self._lock:
            self._unanswered.pop(id, None)
            self._cancelled.discard(id)

    def _begin(self, request: Request) -> None:
        if self._request is not None:
            raise broken(f"a request before all data of the last one, {self._request.id}")
        if request.id != self._last + 1:
            raise broken(f"a request {request.id} after {self._last}")
        self._last = request.id
        with self._lock:
            self._unanswered[request.id] = sum(request.blobs)
            count, ahead = len(self._unanswered), sum(self._unanswered.values())
        if count > AHEAD + 1 or (count > 1 and ahead > AHEAD_DATA):
            raise broken(f"{count} requests with {ahead} bytes of data wait for their answers")
        self._request, self._gathering = request, Gathering(request.id, request.blobs)
        self._finish()

    def _finish(self) -> None:
        if self._request is not None and self._gathering.complete:
            request, self._request = self._request, None
            self._ready.put((request, self._gathering.blobs()))
