"""The C cough events, called with arrays."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from edgesdk.native import ffi, lib
from tests.sensing.time.cough_oracle import SETTINGS
from tests.sensing.time.signals import Samples

ONE = 32768


class Event(NamedTuple):
    start: int
    peak: int
    end: int
    label: int
    confidence: int


def _events(out: Any, count: int) -> list[Event]:
    return [Event(one.start, one.peak, one.end, one.label, one.confidence) for one in out[0:count]]


class Events:
    """The state, with the settings it refers to."""

    def __init__(self, now: int = 0, **changed: int) -> None:
        self.settings = ffi.new("struct edge_cough_settings *", {**SETTINGS, **changed})
        self.state = ffi.new("struct edge_cough_events *")
        assert lib.edge_cough_settings_fit(self.settings)
        lib.edge_cough_events_open(self.state, self.settings, now)

    def window(self, samples: Samples, start: int, probability: float = 0.9) -> None:
        assert len(samples) == self.settings.window
        pointer = ffi.from_buffer("int16_t[]", np.ascontiguousarray(samples))
        lib.edge_cough_events_window(self.state, pointer, start, round(probability * ONE))

    def found(self) -> list[Any]:
        return list(self.state.candidates[0 : self.state.count])

    def report(self, now: int, room: int = 50) -> list[Event]:
        out = ffi.new("struct edge_event[]", max(room, 1))
        return _events(out, lib.edge_cough_events_report(self.state, now, out, room))

    def flush(self, room: int = 50) -> list[Event]:
        out = ffi.new("struct edge_event[]", max(room, 1))
        return _events(out, lib.edge_cough_events_flush(self.state, out, room))


def put(events: Events, *peaks: int, loudness: int = 100, half: int = 100) -> None:
    """Candidates straight into the state, in order."""
    for peak in peaks:
        one = events.state.candidates[events.state.count]
        one.start, one.peak, one.end = peak - half, peak, peak + half
        one.loudness, one.probability = loudness, 20000
        events.state.count += 1
