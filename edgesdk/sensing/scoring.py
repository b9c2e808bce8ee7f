"""Scores of found events against true ones, as the package ``timescoring`` counts them.

Events are (start, end) in seconds. As there, all is looked at ten times a second: an event covers
the steps from its rounded start to its rounded end. A true event, made longer by the tolerances, is
a hit when found events cover more than a certain share of it; a found event is a false alarm when
it touches no hit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputMismatch

Event = tuple[float, float]

RATE = 10  # steps a second
LONGEST_RECORDING = 1e7  # seconds


@dataclass(frozen=True)
class Rules:
    """What counts as a hit; times in seconds. The defaults are those of the Cough-E study."""

    start_tolerance: float = 0.25
    end_tolerance: float = 0.25
    least_overlap: float = 0.125  # of a true event with its tolerances
    longest_event: float = 0.6  # longer ones are split
    least_gap: float = 0.0  # events nearer to each other are one


@dataclass(frozen=True)
class Score:
    """Counts and what follows from them; NaN where there is nothing to divide by."""

    true_events: int
    hits: int
    false_alarms: int
    hours: float

    @property
    def sensitivity(self) -> float:
        """The share of true events that were found."""
        return _ratio(self.hits, self.true_events)

    @property
    def precision(self) -> float:
        """Hits, of hits and false alarms."""
        return _ratio(self.hits, self.hits + self.false_alarms)

    @property
    def f1(self) -> float:
        """The harmonic mean of sensitivity and precision."""
        return _ratio(2 * self.hits, self.hits + self.false_alarms + self.true_events)

    @property
    def false_alarms_per_hour(self) -> float:
        """False alarms in an hour of recording."""
        return _ratio(self.false_alarms, self.hours)


def score_events(
    true: Sequence[Event], found: Sequence[Event], seconds: float, rules: Rules | None = None
) -> Score:
    """Score events of a recording that is so many seconds long; both lists in order of start.

    Raises ``InputMismatch`` (EDGE-0295).
    """
    rules = rules or Rules()
    _check(true, found, seconds, rules)
    steps = round(seconds * RATE)
    true = _split(_merged(true, rules.least_gap), rules.longest_event)
    found = _split(_merged(found, rules.least_gap), rules.longest_event)
    covered = np.concatenate([[0], np.cumsum(_mask(found, RATE, steps))])
    hits = np.zeros(steps, np.bool_)
    count = 0
    for event in true:
        start, end = _longer(event, rules, steps / RATE)
        first, last = (min(round(time * RATE), steps) for time in (start, end))
        if end > start and (covered[last] - covered[first]) / RATE / (end - start) > (
            rules.least_overlap + 1e-6
        ):
            count += 1
            hits[first:last] = True
    alarms = sum(not hits[_steps(event, RATE)].any() for event in found)
    return Score(len(true), count, alarms, steps / RATE / 3600)


def score_masks(
    true: NDArray[np.bool_], found: NDArray[np.bool_], rate: int = 100, rules: Rules | None = None
) -> Score:
    """Score masks of one length, with so many entries a second, as their runs of true entries.

    Raises ``InputMismatch`` (EDGE-0295).
    """
    if true.ndim != 1 or true.shape != found.shape or rate <= 0:
        raise _refused(f"masks of shapes {true.shape} and {found.shape} at {rate} a second")
    events = (events_of(true, rate), events_of(found, rate))
    return score_events(*events, seconds=len(true) / rate, rules=rules)


def events_of(mask: NDArray[np.bool_], rate: int = 100) -> list[Event]:
    """The runs of true entries of a mask, in seconds."""
    edges = np.flatnonzero(np.diff(mask.astype(np.int8), prepend=0, append=0)).tolist()
    return [
        (first / rate, last / rate) for first, last in zip(edges[::2], edges[1::2], strict=True)
    ]


def mask_of(events: Sequence[Event], seconds: float, rate: int = 100) -> NDArray[np.bool_]:
    """A mask of events; the entry before each is false, so that neighbours stay apart.

    Raises ``InputMismatch`` (EDGE-0295).
    """
    _check(events, [], seconds, Rules())
    mask = _mask(events, rate, round(seconds * rate))
    for start, _ in events:
        if (first := round(start * rate)) > 0:
            mask[first - 1] = False
    return mask


def _ratio(over: float, under: float) -> float:
    return over / under if under else math.nan


def _check(true: Sequence[Event], found: Sequence[Event], seconds: float, rules: Rules) -> None:
    if not 1 / RATE <= seconds <= LONGEST_RECORDING:
        raise _refused(f"a recording of {seconds:g} s")
    for events in (true, found):
        starts = [start for start, _ in events]
        if starts != sorted(starts):
            raise _refused("events that are not in order of their start")
        for start, end in events:
            if not 0 <= start < end <= seconds:
                raise _refused(f"an event from {start:g} to {end:g} s, in {seconds:g} s")
    if min(rules.start_tolerance, rules.end_tolerance, rules.least_gap) < 0:
        raise _refused("a tolerance or a gap below 0")
    if not rules.longest_event >= 1 / RATE:
        raise _refused(f"events of at most {rules.longest_event:g} s, which is less than a step")


def _steps(event: Event, rate: int) -> slice:
    return slice(round(event[0] * rate), round(event[1] * rate))


def _mask(events: Sequence[Event], rate: int, count: int) -> NDArray[np.bool_]:
    mask = np.zeros(count, np.bool_)
    for event in events:
        mask[_steps(event, rate)] = True
    return mask


def _merged(events: Sequence[Event], gap: float) -> list[Event]:
    """Events with less than a gap between them as one, which ends where the last of them does."""
    merged: list[Event] = []
    for start, end in events:
        if merged and start - merged[-1][1] < gap:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def _split(events: Sequence[Event], longest: float) -> list[Event]:
    """Events of at most so many seconds: the last piece of a longer one is what is left."""
    pieces: list[Event] = []
    for event in events:
        start, end = event
        while end - start > longest:
            pieces.append((start, start + longest))
            start += longest
        pieces.append((start, end))
    return pieces


def _longer(event: Event, rules: Rules, seconds: float) -> Event:
    """A true event with its tolerances, inside the recording."""
    start, end = event
    return max(0.0, start - rules.start_tolerance), min(seconds, end + rules.end_tolerance)


def _refused(what: str) -> InputMismatch:
    return InputMismatch(
        f"Events cannot be scored: {what}",
        next_step="Give (start, end) in seconds, in order, inside the recording",
        code=95,
    )
