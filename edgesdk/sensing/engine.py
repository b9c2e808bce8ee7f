"""Runs a sensing program on this machine, by the same C as a microcontroller runs.

    engine = Engine(Path("cough.program").read_bytes(), facts={"gender": 1})
    for event in [*engine.feed("audio", samples), *engine.flush()]:
        print(event.start_s, event.label, event.confidence)

Streams may be fed in any order and in pieces of any size, with the same outcome: what the program
has no room for yet waits here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..native import ffi, lib
from .counters import Counters, read_counters
from .description import checked_tick
from .models import Aligned
from .program import Program, check, load
from .samples import Pieces, as_int16

DECISIONS = 65536  # that are kept


@dataclass(frozen=True)
class Event:
    """Something that happened, from ``start_s`` to ``end_s``, strongest at ``peak_s``.

    Times are seconds since the first tick; ``confidence`` is from 0 to 1.
    """

    start_s: float
    end_s: float
    label: str
    confidence: float
    peak_s: float


@dataclass(frozen=True)
class Decision:
    """What one stage made of one window.

    ``tick``: where the window starts, in frames of the fastest stream. ``score``: as the model
    gives it, in its own unit; ``probability``: the same from 0 to 1. ``is_hit``: whether the score
    reached the stage's threshold.
    """

    tick: int
    stage: str
    score: int
    probability: float
    is_hit: bool


class Engine:
    """A sensing program that runs. Ticks are frames of the fastest stream, from ``first_tick`` on.

    ``facts`` are values by name; those not given have their defaults. ``hold_s``: a stream that
    runs ahead of the others by more than this loses its oldest samples; None: it waits for them.
    Raises ``DoesNotFit`` (EDGE-0973), ``UsageError`` (EDGE-0201).
    """

    def __init__(
        self,
        program: Program | bytes,
        *,
        facts: Mapping[str, int] | None = None,
        first_tick: int = 0,
        hold_s: float | None = None,
    ) -> None:
        self.program = program if isinstance(program, Program) else load(program)
        self.description = self.program.description
        content = self.program.content
        self._content, self._arena = Aligned(content), Aligned(self.program.arena)
        self._memory = Aligned(lib.edge_sensing_bytes())
        self._sensing = ffi.cast("struct edge_sensing *", self._memory.pointer)
        self._first = checked_tick(first_tick)
        self._open(len(content))
        self._set_facts(facts or {})
        streams = self.description.streams
        hold = None if hold_s is None else round(hold_s * self.description.tick_rate)
        self._pieces = [
            Pieces(stream, self.description.ticks(i), self._first, hold)
            for i, stream in enumerate(streams)
        ]
        self._decisions: deque[Decision] = deque(maxlen=DECISIONS)
        self._events: list[Event] = []

    def _open(self, size: int) -> None:
        where = ffi.new("uint32_t *")
        status = lib.edge_sensing_open(
            self._sensing,
            self._content.pointer,
            size,
            self._arena.pointer,
            self.program.arena,
            self._first,
            where,
        )
        check(status, where[0])

    def _set_facts(self, facts: Mapping[str, int]) -> None:
        for index, value in enumerate(self.description.fact_values(facts).values()):
            lib.edge_sensing_set_fact(self._sensing, index, value)

    def feed(self, stream: str, samples: Any, position: int | None = None) -> list[Event]:
        """Takes samples of a stream and returns the events that became known.

        ``samples``: int16 [frames] or [frames, channels], or floats in the stream's unit.
        ``position``: the tick of the first frame; None: where the stream ended.
        Raises ``InputMismatch`` (EDGE-0202), ``UsageError`` (EDGE-0201).
        """
        pieces = self._pieces[self.description.stream_number(stream)]
        pieces.add(as_int16(pieces.stream, samples, pieces.tally), position)
        self._pump()
        pieces.keep()
        return self._take_events()

    def flush(self) -> list[Event]:
        """The signal ends here: returns the events that were still open.

        Samples of a stream that ran ahead of the others are given up, and counted as ``unused``.
        """
        for pieces in self._pieces:
            pieces.give_up()
        lib.edge_sensing_finish(self._sensing)
        self._fetch()
        return self._take_events()

    def _take_events(self) -> list[Event]:
        events, self._events = self._events, []
        return events

    def _pump(self) -> None:
        """Feeds what there is room for, as long as any stream moves, then what must not wait."""
        moved = True
        while moved:
            fed = [self._feed_room(index) for index in range(len(self._pieces))]
            moved = any(fed) or any(self._feed_excess(index) for index in range(len(self._pieces)))

    def _feed_room(self, index: int) -> bool:
        pieces = self._pieces[index]
        if pieces.is_empty:
            return False
        return self._feed(index, lib.edge_sensing_room(self._sensing, index, pieces.position))

    def _feed_excess(self, index: int) -> bool:
        return self._feed(index, self._pieces[index].excess)

    def _feed(self, index: int, most: int) -> bool:
        """Feeds at most so many frames; whether there were any."""
        if most == 0:
            return False
        position = self._pieces[index].position
        frames = self._pieces[index].take(most)
        pointer = ffi.from_buffer("int16_t[]", frames)
        lib.edge_sensing_feed(self._sensing, index, position, pointer, len(frames))
        while lib.edge_sensing_step(self._sensing):
            self._fetch()
        return True

    def _fetch(self) -> None:
        event, decision = ffi.new("struct edge_event *"), ffi.new("struct edge_decision *")
        while lib.edge_sensing_next_event(self._sensing, event):
            self._events.append(self._event(event))
        while lib.edge_sensing_next_decision(self._sensing, decision):
            self._decisions.append(self._decision(decision))

    def _event(self, found: Any) -> Event:
        return Event(
            start_s=self._seconds(found.start),
            end_s=self._seconds(found.end),
            label=self.description.labels[found.label],
            confidence=found.confidence / 32768,
            peak_s=self._seconds(found.peak),
        )

    def _seconds(self, tick: int) -> float:
        return (tick - self._first) / self.description.tick_rate

    def _decision(self, found: Any) -> Decision:
        return Decision(
            tick=found.tick,
            stage=self.description.stages[found.stage].name,
            score=found.score,
            probability=found.probability / 32768,
            is_hit=bool(found.is_hit),
        )

    @property
    def decisions(self) -> list[Decision]:
        """The newest decisions, oldest first; at most 65,536 are kept."""
        return list(self._decisions)

    def take_decisions(self) -> list[Decision]:
        """The same, and forgets them."""
        found = self.decisions
        self._decisions.clear()
        return found

    @property
    def counters(self) -> Counters:
        """Everything that was counted since the start."""
        return read_counters(self._sensing, self.description, [p.tally for p in self._pieces])
