"""A sensing program that is open on a device: samples go over the link, events come back."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesdk.bench import Figure
from edgesdk.sensing.counters import Counters
from edgesdk.sensing.description import Description
from edgesdk.sensing.engine import DECISIONS, Decision, Event
from edgesdk.sensing.samples import Tally, as_int16
from edgesdk.sensing.streaming import StreamingSession

from .on_device import OnDevice
from .smp.sensing_group import SensingGroup, State

_WINDOWS = 12  # that may be decided for one request; two stages may look at the same moment


class McuSensingSession(StreamingSession):
    """One opened program. The device has room for one: opening another ends this session.

    It begins nothing by itself: to open a program begins it, and who looks on disturbs nothing.
    """

    def __init__(self, group: SensingGroup, model: OnDevice, description: Description) -> None:
        super().__init__(description)
        self._group, self._model = group, model
        self._first = 0
        self._forget()

    def _start(self, facts: Mapping[str, int], first_tick: int) -> None:
        with self._group.turn:
            self._model.live()
            self._group.start(first_tick, struct.pack(f"<{len(facts)}i", *facts.values()))
        self._first = first_tick
        self._forget()

    def _forget(self) -> None:
        """Nothing was fed yet, and nothing was told."""
        self._next: list[int] = [self._first] * len(self.description.streams)
        self._tallies = [Tally() for _ in self.description.streams]
        self._waiting = [
            np.empty((0, stream.channels), np.int16) for stream in self.description.streams
        ]
        self._room = [0] * len(self.description.streams)  # frames, at least; 0: it is to be asked
        self._events: list[Event] = []
        self._decided: deque[Decision] = deque(maxlen=DECISIONS)

    def _feed(self, samples: Mapping[str, Any], wait: bool) -> Sequence[Event]:
        with self._group.turn:  # nobody opens another model in between
            self._model.live()
            return self._feed_alone(samples, wait)

    def _feed_alone(self, samples: Mapping[str, Any], wait: bool) -> Sequence[Event]:
        for name, data in samples.items():
            number = self.description.stream_number(name)
            frames = as_int16(self.description.streams[number], data, self._tallies[number])
            if wait:
                self._waiting[number] = np.concatenate([self._waiting[number], frames])
            else:
                most = self._most(number)
                for at in range(0, len(frames), most):
                    self._send(number, frames[at : at + most], wait)
        if samples:
            self._pump()
        else:
            self._fetch()
        return self._take()

    def _finish(self) -> Sequence[Event]:
        """What runs ahead of other streams is given up, and counted."""
        for number, frames in enumerate(self._waiting):
            self._tallies[number].unused += len(frames)
            self._waiting[number] = frames[:0]
        with self._group.turn:
            self._model.live()
            self._group.finish(self._model.seconds)
            self._fetch()
        return self._take()

    def _take_decisions(self) -> Sequence[Decision]:
        found = list(self._decided)
        self._decided.clear()
        return found

    def _status(self) -> Counters:
        return self._group.state(self.description, self._tallies).counters

    def figures(self) -> Mapping[str, Figure]:
        """Memory, and what the device counted since the start for each second of signal."""
        self._live()
        state = self._group.state(self.description, self._tallies)
        memory, seconds = self._model.memory("program"), _seconds(state, self.description)
        return memory | self._model.work(state.work / seconds, per="s") if seconds else memory

    def _pump(self) -> None:
        """Send what there is room for, as long as any stream moves, as the host's engine does."""
        moved = True
        while moved:
            moved = any(self._send_room(number) for number in range(len(self._waiting)))

    def _send_room(self, number: int) -> bool:
        """Whether any frame of a stream went."""
        before = len(self._waiting[number])
        if before and not self._room[number]:
            self._send(number, self._waiting[number][:0], wait=True)
        while self._room[number] and len(self._waiting[number]):
            frames = self._waiting[number]
            piece = min(self._room[number], self._most(number))
            self._send(number, frames[:piece], wait=True)
            self._waiting[number] = frames[piece:]
        return len(self._waiting[number]) < before

    def _most(self, number: int) -> int:
        """Frames of one request: no more windows may end in it than the device logs decisions."""
        stages, stream = self.description.stages, self.description.streams[number]
        advances = [t.advance for s in stages for t in (s.hit, s.miss, s.last) if t.advance]
        decided = _WINDOWS * min(advances) // self.description.ticks(number)
        return max(1, min(self._group.samples // stream.channels, decided))

    def _send(self, number: int, frames: NDArray[np.int16], wait: bool) -> None:
        """Send frames at once; the answer tells how much room is left. It grows, until the next."""
        tick, data = self._next[number], frames.tobytes()
        room = self._group.stream(number, tick, data, wait, self._model.seconds)
        self._room[number] = room
        self._next[number] += len(frames) * self.description.ticks(number)
        if self._group.has_news:
            self._fetch()

    def _fetch(self) -> None:
        while True:
            events, decisions = self._group.results()
            self._events += [self._event(event) for event in events]
            self._decided.extend(self._decision(decision) for decision in decisions)
            if len(events) + len(decisions) == 0:
                return

    def _take(self) -> Sequence[Event]:
        events, self._events = self._events, []
        return events

    def _event(self, found: Any) -> Event:
        start, peak, end = (self._at(tick) for tick in (found.start, found.peak, found.end))
        label = self.description.labels[found.label]
        return Event(start, end, label, found.confidence / 32768, peak)

    def _at(self, tick: int) -> float:
        return (tick - self._first) / self.description.tick_rate

    def _decision(self, found: Any) -> Decision:
        stage = self.description.stages[found.stage].name
        probability = found.probability / 32768
        return Decision(found.tick, stage, found.score, probability, bool(found.is_hit))

    def _live(self) -> None:
        super()._live()
        self._model.live()

    def _close(self) -> None:
        self._model.ended = True


def _seconds(state: State, description: Description) -> float:
    """How much signal there was, of the stream that had most."""
    counters = state.counters.streams
    return max(counters[s.name].frames / s.rate for s in description.streams)
