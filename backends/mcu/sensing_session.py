"""A sensing program that is open on a device: samples go over the link, events come back."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesdk.backend import Arrays
from edgesdk.bench import COUNTED, MEASURED, Figure
from edgesdk.errors import LinkFailed, UsageError
from edgesdk.sensing.counters import Counters
from edgesdk.sensing.description import Description
from edgesdk.sensing.engine import Decision, Event
from edgesdk.sensing.samples import Tally, as_int16
from edgesdk.sensing.streaming import StreamingSession

from .smp.model_group import DeviceReply, OpenReply
from .smp.sensing_group import SensingGroup, State

_WINDOWS = 12  # that may be decided for one request; two stages may look at the same moment


class McuSensingSession(StreamingSession):
    """One opened program. The device has room for one: opening another ends this session.

    Without ``begin`` it looks on: what runs already goes on.
    """

    def __init__(
        self,
        group: SensingGroup,
        device: DeviceReply,
        opened: OpenReply,
        description: Description,
        *,
        slot: int,
        size: int,
        seconds: float,
        begin: bool = True,
    ) -> None:
        super().__init__(description)
        self._group, self._device, self.opened, self.slot = group, device, opened, slot
        self._size, self._seconds = size, seconds
        self._first = 0
        self.ended = False
        self._forget()
        if begin:
            self.start()

    def start(self, facts: Mapping[str, int] | None = None, first_tick: int = 0) -> None:
        """See ``StreamingSession``."""
        self._need_device()
        if not 0 <= first_tick < 1 << 64:
            raise UsageError(f"first_tick is {first_tick}; it must have 64 bits, unsigned")
        self._group.start(first_tick, self._values(facts or {}))
        self._first = first_tick
        self._forget()

    def _forget(self) -> None:
        """Nothing was fed yet, and nothing was told."""
        self._next: list[int] = [self._first] * len(self.description.streams)
        self._tallies = [Tally() for _ in self.description.streams]
        self._waiting = [
            np.empty((0, stream.channels), np.int16) for stream in self.description.streams
        ]
        self._events: list[Event] = []
        self._decisions: list[Decision] = []

    def feed(self, samples: Mapping[str, Any], *, wait: bool = True) -> Sequence[Event]:
        """See ``StreamingSession``."""
        self._need_device()
        for name, data in samples.items():
            number = self._number(name)
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

    def finish(self) -> Sequence[Event]:
        """See ``StreamingSession``. What runs ahead of other streams is given up, and counted."""
        self._need_device()
        for number, frames in enumerate(self._waiting):
            self._tallies[number].unused += len(frames)
            self._waiting[number] = frames[:0]
        self._group.finish(self._seconds)
        self._fetch()
        return self._take()

    def decisions(self) -> Sequence[Decision]:
        """See ``StreamingSession``."""
        found, self._decisions = self._decisions, []
        return found

    def status(self) -> Counters:
        """See ``StreamingSession``."""
        self._need_device()
        return self._group.state(self.description, self._tallies).counters

    def figures(self) -> Mapping[str, Figure]:
        """Memory, and what the device counted since the start for each second of signal."""
        state = self._group.state(self.description, self._tallies)
        figures = {
            "peak_memory": Figure(self.opened.arena, "B", COUNTED, "arena of the program"),
            "flash": Figure(self._size, "B", COUNTED, "the program's image in its slot"),
        }
        seconds = _seconds(state, self.description)
        if not seconds:
            return figures
        rate = state.work / seconds
        if self._device.unit == "instructions":
            note = "by the emulator, for each second of signal; not cycles, and no time on hardware"
            figures["instructions"] = Figure(rate, "instructions/s", COUNTED, note)
        else:
            note = f"cycle counter of the device at {self._device.clock} Hz, per second of signal"
            figures["cycles"] = Figure(rate, "cycles/s", MEASURED, note)
        return figures

    def _pump(self) -> None:
        """Send what there is room for, as long as any stream moves, as the host's engine does."""
        moved = True
        while moved:
            moved = any(self._send_room(number) for number in range(len(self._waiting)))

    def _send_room(self, number: int) -> bool:
        """Whether any frame of a stream went."""
        before = len(self._waiting[number])
        room = self._send(number, self._waiting[number][:0], wait=True) if before else 0
        while room and len(self._waiting[number]):
            frames = self._waiting[number]
            piece = min(room, self._most(number))
            room = self._send(number, frames[:piece], wait=True)
            self._waiting[number] = frames[piece:]
        return len(self._waiting[number]) < before

    def _most(self, number: int) -> int:
        """Frames of one request: no more windows may end in it than the device logs decisions."""
        stages, stream = self.description.stages, self.description.streams[number]
        advances = [t.advance for s in stages for t in (s.hit, s.miss, s.last) if t.advance]
        decided = _WINDOWS * min(advances) // self.description.ticks(number)
        return max(1, min(self._group.samples // stream.channels, decided))

    def _send(self, number: int, frames: NDArray[np.int16], wait: bool) -> int:
        """Send frames at once; the room that is left behind them."""
        tick, data = self._next[number], frames.tobytes()
        room = self._group.stream(number, tick, data, wait, self._seconds)
        self._next[number] += len(frames) * self.description.ticks(number)
        if self._group.has_news:
            self._fetch()
        return room

    def _fetch(self) -> None:
        while True:
            events, decisions = self._group.results()
            self._events += [self._event(event) for event in events]
            self._decisions += [self._decision(decision) for decision in decisions]
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

    def _number(self, name: str) -> int:
        names = [stream.name for stream in self.description.streams]
        if name not in names:
            raise UsageError(
                f"The program has no stream named {name!r}", evidence=f"it has {', '.join(names)}"
            )
        return names.index(name)

    def _values(self, facts: Mapping[str, int]) -> bytes:
        known = {fact.name: fact for fact in self.description.facts}
        for name, value in facts.items():
            fact = known.get(name)
            if fact is None or type(value) is not int or not fact.low <= value <= fact.high:
                told = ", ".join(f"{f.name} ({f.low} to {f.high})" for f in known.values())
                raise UsageError(
                    f"The program takes no fact {name!r} of {value!r}"[:200],
                    evidence=f"it takes {told or 'none'}",
                )
        values = [facts.get(fact.name, fact.default) for fact in known.values()]
        return struct.pack(f"<{len(values)}i", *values)

    def _need_device(self) -> None:
        if self.ended:
            raise LinkFailed(
                "The device has opened another model since", next_step="Open it again", code=20
            )

    def _run(self, arrays: Arrays) -> Arrays:
        return super()._run({name: np.asarray(array) for name, array in arrays.items()})

    def _close(self) -> None:
        self.ended = True


def _seconds(state: State, description: Description) -> float:
    """How much signal there was, of the stream that had most."""
    counters = state.counters.streams
    return max(counters[s.name].frames / s.rate for s in description.streams)
