"""Writing the events of a trace: a track for every channel and every other resource, one clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from .resources import resources
from .slot import CHANNELS
from .spent import Moment, Part, Spent
from .token import Counted, TokenSchedule

_LEAST = 1e-9  # seconds: shorter events are of rounding
WORK, IDLE = "work", "idle"


class Timeline:
    """Events in the order of time. ``detailed``: slots shown one by one in a stage.

    A part of a stage that is not shown slot by slot has its work first, and then its waiting.
    """

    def __init__(self, schedule: TokenSchedule, name: str, detailed: int) -> None:
        self.schedule, self.detailed = schedule, detailed
        self.events: list[dict[str, Any]] = []
        self.now = 0.0  # seconds
        self.tracks = list(_tracks(schedule))  # the resource of each
        self._name("process_name", 0, name)
        for track, title in enumerate(_titles(self.tracks)):
            self._name("thread_name", track, title)

    def _name(self, kind: str, track: int, name: str) -> None:
        self.events.append(
            {"ph": "M", "name": kind, "pid": 1, "tid": track, "args": {"name": name}}
        )

    def stage(self, stage: Counted, slots: bool) -> None:
        """A stage: attention, inputs, weights. ``slots``: one by one, as far as there is room."""
        shown = min(int(stage.time.slots), self.detailed) if slots else 0
        spent = self._spent(stage)
        for track, resource in enumerate(self.tracks):
            self._parts(track, stage, spent[resource], shown)
        self.now += stage.time.seconds

    def rest(self, stages: Sequence[Counted], count: int) -> None:
        """So many layers at once, on every track their work first."""
        title = f"{count} layers like those before"
        spent = [self._spent(stage) for stage in stages]
        for track, resource in enumerate(self.tracks):
            at = self.now
            parts = [part.times(count) for found in spent for part in found[resource]]
            at = self._add(title, WORK, track, at, sum(sum(p.works.values()) for p in parts))
            for reason in dict.fromkeys(reason for part in parts for reason in part.waits):
                waited = sum(part.waits.get(reason, 0.0) for part in parts)
                at = self._add(reason, IDLE, track, at, waited)
        self.now += count * sum(stage.time.seconds for stage in stages)

    def _spent(self, stage: Counted) -> dict[str, Spent]:
        moment = Moment(self.schedule, stage.time)
        found = resources(self.schedule.design)
        return {resource: spending(moment) for resource, spending in found.items()}

    def _parts(self, track: int, stage: Counted, spent: Spent, shown: int) -> None:
        name, slots = stage.time.name, stage.time.slots
        pieces = [("", spent.attention), ("", spent.loading)]
        pieces += [(f"{name} {slot}: ", spent.slots.times(1 / slots)) for slot in range(shown)]
        pieces += [(f"{name}: ", spent.slots.times(1 - shown / slots if shown else 1))]
        pieces += [(f"{name}: ", spent.after)]
        at = self.now
        for title, part in pieces:
            self._part(title, track, at, part)
            at += part.seconds

    def _part(self, title: str, track: int, at: float, part: Part) -> None:
        for name, seconds in part.works.items():
            at = self._add(f"{title}{name}", WORK, track, at, seconds)
        for reason, seconds in part.waits.items():
            at = self._add(reason, IDLE, track, at, seconds)

    def _add(self, name: str, category: str, track: int, at: float, seconds: float) -> float:
        """Where the event ends. A trace has microseconds, here to the picosecond."""
        end = at + seconds
        if seconds >= _LEAST:
            start, stop = round(at * 1e6, 6), round(end * 1e6, 6)
            event = {"ph": "X", "name": name, "cat": category, "pid": 1, "tid": track}
            self.events.append({**event, "ts": start, "dur": round(stop - start, 6)})
        return end


def _tracks(schedule: TokenSchedule) -> Iterator[str]:
    """The resource of every track: channels are alike, and each has its own."""
    for resource in resources(schedule.design):
        yield from [resource] * (schedule.design.channels if resource == CHANNELS else 1)


def _titles(tracks: Sequence[str]) -> Iterator[str]:
    for track, resource in enumerate(tracks):
        yield f"channel {track}" if resource == CHANNELS else resource
