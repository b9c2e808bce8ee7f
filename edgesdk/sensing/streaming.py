"""Sessions that take streams of samples as they come, and tell events.

A whole recording can also be run at once, as any model: its inputs are the streams, its outputs
what was decided and what happened.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ..backend import Arrays
from ..session import BaseSession, closed
from ..tensors import Quantisation, TensorSpec
from .counters import Counters
from .description import Description, checked_tick
from .engine import Decision, Engine, Event
from .program import Program
from .samples import as_frames

DECISIONS, EVENTS = "decisions", "events"
# tick, stage, score, 1 where it was a hit; ticks of start, peak and end, label, confidence in Q15
OUTPUTS = (
    TensorSpec(DECISIONS, "int64", ("windows", 4), "tick, stage, score, hit"),
    TensorSpec(EVENTS, "int64", ("events", 5), "start, peak, end: ticks; label; 1/32768"),
)
SLICE = 0.1  # seconds of signal that are fed at once: less than every stream's buffer


def stream_specs(description: Description) -> tuple[TensorSpec, ...]:
    """The streams as inputs: int16 [frames] or [frames, channels]."""
    return tuple(
        TensorSpec(
            stream.name,
            "int16",
            ("frames",) if stream.channels == 1 else ("frames", stream.channels),
            f"{stream.unit} at {stream.rate} Hz",
            # A sound's full scale is that of its int16 samples: files of sounds say no more.
            None if stream.step == 2.0**-15 else Quantisation((stream.step,), (0,)),
        )
        for stream in description.streams
    )


class StreamingSession(BaseSession):
    """What every session of a sensing program shares; a subclass moves samples and answers.

    After ``close`` each of them raises ``UsageError`` (EDGE-0207).
    """

    def __init__(self, description: Description) -> None:
        super().__init__(stream_specs(description), OUTPUTS)
        self.description = description
        self._turn = RLock()  # a thread's whole recording goes before another's

    def start(self, facts: Mapping[str, int] | None = None, first_tick: int = 0) -> None:
        """Begin anew: streams are empty, and nothing is counted yet.

        ``facts`` about the subject, by name; others have their defaults. ``first_tick``: the number
        of the next frame of the fastest stream, at most 2^63 - 1. Raises ``UsageError``
        (EDGE-0201).
        """
        with self._alone():
            self._start(self.description.fact_values(facts or {}), checked_tick(first_tick))

    def feed(self, samples: Mapping[str, Any], *, wait: bool = True) -> Sequence[Event]:
        """Take the next samples of some streams; returns the events that became known.

        ``samples`` by the stream's name: int16 [frames], or [frames, channels] where it has
        several; pieces may have any length. With ``wait`` all of them are looked at before this
        returns. Without, they are taken as a microphone's are: what there is no room for is lost,
        and counted. Raises ``UsageError`` (EDGE-0201) for a stream that the program does not have,
        ``InputMismatch`` (EDGE-0202), and ``LinkFailed`` when the link breaks.
        """
        with self._alone():
            frames = {name: self._frames(name, given) for name, given in samples.items()}
            return self._feed(frames, wait)

    def _frames(self, name: str, given: Any) -> NDArray[Any]:
        """All of them are looked at before any is taken."""
        stream = self.description.streams[self.description.stream_number(name)]
        return as_frames(stream, given)

    def finish(self) -> Sequence[Event]:
        """The signal has ended; returns the events that were still open."""
        with self._alone():
            return self._finish()

    def decisions(self) -> Sequence[Decision]:
        """The decisions since the last call, oldest first; of many, the newest 65,536."""
        with self._alone():
            return self._take_decisions()

    def status(self) -> Counters:
        """What was counted since the start."""
        with self._alone():
            return self._status()

    @abstractmethod
    def _start(self, facts: Mapping[str, int], first_tick: int) -> None:
        """``start``; ``facts`` has every fact's value, in the order of the description."""

    @abstractmethod
    def _feed(self, samples: Mapping[str, Any], wait: bool) -> Sequence[Event]:
        """``feed``; every name is a stream's, and its samples are [frames, channels]."""

    @abstractmethod
    def _finish(self) -> Sequence[Event]:
        """``finish``."""

    @abstractmethod
    def _take_decisions(self) -> Sequence[Decision]:
        """``decisions``."""

    @abstractmethod
    def _status(self) -> Counters:
        """``status``."""

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._turn:
            self._live()
            yield

    def _live(self) -> None:
        """Raise what a session that has ended raises."""
        if self._closed:
            raise closed()

    def _run(self, arrays: Arrays) -> Arrays:
        """A whole recording at once."""
        events: list[Event] = []
        decisions: list[Decision] = []
        with self._turn:
            self.start()
            for piece in slices(self.description, arrays):
                events += self.feed(piece)
                decisions += self.decisions()
            events += self.finish()
            decisions += self.decisions()
        return {
            DECISIONS: self._decision_rows(decisions),
            EVENTS: self._event_rows(events),
        }

    def _decision_rows(self, decisions: Sequence[Decision]) -> Any:
        stages = [stage.name for stage in self.description.stages]
        rows = [(d.tick, stages.index(d.stage), d.score, int(d.is_hit)) for d in decisions]
        return np.array(rows, np.int64).reshape(-1, 4)

    def _event_rows(self, events: Sequence[Event]) -> Any:
        labels, rate = self.description.labels, self.description.tick_rate
        rows = [
            (
                *(round(seconds * rate) for seconds in (e.start_s, e.peak_s, e.end_s)),
                labels.index(e.label),
                round(e.confidence * 32768),
            )
            for e in events
        ]
        return np.array(rows, np.int64).reshape(-1, 5)


@runtime_checkable
class ListeningDevice(Protocol):
    """A device on which a sensing program may be running by itself."""

    def listening(self) -> StreamingSession | None:
        """The program that runs, to look on: it is not begun anew. None where there is none.

        It gives way to the next session. Raises ``DeviceUnavailable`` (EDGE-0522) while one that
        was opened is in use.
        """


def slices(
    description: Description, arrays: Mapping[str, Any], seconds: float = SLICE
) -> Iterable[dict[str, Any]]:
    """The same moment of every stream, one after the other."""
    longest = max(len(arrays[stream.name]) / stream.rate for stream in description.streams)
    for number in range(int(np.ceil(longest / seconds - 1e-9))):
        yield {
            stream.name: _between(arrays[stream.name], stream.rate * seconds, number)
            for stream in description.streams
        }


def _between(samples: Any, frames: float, number: int) -> Any:
    return samples[round(number * frames) : round((number + 1) * frames)]


class HostSession(StreamingSession):
    """A program on this machine: what a device must answer."""

    def __init__(self, program: Program) -> None:
        super().__init__(program.description)
        self._program = program
        self._engine = Engine(program)

    def _start(self, facts: Mapping[str, int], first_tick: int) -> None:
        self._engine = Engine(self._program, facts=facts, first_tick=first_tick)

    def _feed(self, samples: Mapping[str, Any], wait: bool) -> Sequence[Event]:
        """There is no time in which something could be lost."""
        return [e for name, data in samples.items() for e in self._engine.feed(name, data)]

    def _finish(self) -> Sequence[Event]:
        return self._engine.flush()

    def _take_decisions(self) -> Sequence[Decision]:
        return self._engine.take_decisions()

    def _status(self) -> Counters:
        return self._engine.counters
