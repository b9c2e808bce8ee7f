"""A sensing program at a distance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from edgesdk.agent.wire.arguments import Feed, Start
from edgesdk.agent.wire.told import FIGURES, OpenedSession
from edgesdk.sensing.counters import Counters
from edgesdk.sensing.description import Description
from edgesdk.sensing.engine import Decision, Event
from edgesdk.sensing.streaming import StreamingSession

from ..connection import Connection
from ..connection.answers import plain, read
from .on_board import OnBoard, sent

T = TypeVar("T")


class BoardSensing(OnBoard, StreamingSession):
    """A sensing program that is open on the board; see ``StreamingSession``."""

    def __init__(
        self, connection: Connection, opened: OpenedSession, description: Description
    ) -> None:
        super().__init__(description)
        self.connection, self.number = connection, opened.session
        self.instrumented = FIGURES in opened.abilities

    def _start(self, facts: Mapping[str, int], first_tick: int) -> None:
        self._forget()
        self._ask("start", Start(self.number, dict(facts), first_tick))

    def _feed(self, samples: Mapping[str, Any], wait: bool) -> Sequence[Event]:
        self._forget()
        heads, blobs = sent(samples)
        return self._list(Event, "events", "feed", Feed(self.number, heads, wait), blobs)

    def _finish(self) -> Sequence[Event]:
        return self._list(Event, "events", "finish")

    def _take_decisions(self) -> Sequence[Decision]:
        return self._list(Decision, "decisions", "decisions")

    def _status(self) -> Counters:
        return read(self.connection, Counters, self._ask("status"), "status")

    def _list(
        self,
        kind: type[T],
        key: str,
        call: str,
        arguments: object = None,
        blobs: Sequence[Any] = (),
    ) -> Sequence[T]:
        """A list that comes in pieces, as events, where it is long."""
        found: list[T] = []

        def tell(event: Mapping[str, Any]) -> None:
            found.extend(plain(self.connection, tuple[kind, ...], event.get(key), call))  # type: ignore[valid-type]

        answer = self._ask(call, arguments, blobs, tell=tell)
        return [*found, *read(self.connection, tuple[kind, ...], answer, key)]  # type: ignore[valid-type]
