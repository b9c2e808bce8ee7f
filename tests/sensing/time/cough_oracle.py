"""Cough-E's post-processing a second time: seconds and float64, from the rules in words."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

RATE, WINDOW, STEP = 16000, 12800, 8
QUIET, PERIOD = 0.010, 5.0
BURST, SHORTEST, LONGEST, COMPRESSIVE, SERIES = 0.03, 0.2, 0.5, 0.2, 0.8
MERGE, IN_SERIES, LEAD = 0.23, 0.53, 0.015
PEAK_SHARE, PROBABILITY, ROOM = 0.25, 0.30, 50

# The same as the C takes them: ticks, and shares and probabilities in Q15.
SETTINGS = {
    "window": WINDOW,
    "step": 8,
    "quiet": 160,
    "peak_share": 8192,
    "probability": 9830,
    "period": 80000,
    "merge": 3680,
    "lead": 240,
    "compressive": 3200,
    "burst": 480,
    "shortest": 3200,
    "longest": 8000,
    "series": 26214,
    "label": 7,
}


@dataclass
class Cough:
    """Samples from the signal's beginning; loudness: |sample - mean| at the peak."""

    start: int
    peak: int
    end: int
    probability: float
    loudness: float = 0.0


def stretches(samples: NDArray[np.int16], start: int, probability: float) -> list[Cough]:
    """What stands out of a window."""
    seen = samples[::STEP].astype(np.float64)
    centred = seen - seen.mean()
    largest = np.abs(centred).max()
    if probability < PROBABILITY or np.ptp(seen) == 0:
        return []
    power = (centred / largest) ** 2
    low = np.sqrt(power.mean())
    high = PEAK_SHARE * power.max() + (1 - PEAK_SHARE) * low
    if high >= 1 - 1e-12:  # a square wave is all peak
        return []
    found, first, quiet = [], -1, 0
    bounds: list[tuple[int, int]] = []
    for i, level in enumerate(power):
        if first < 0 and level > high:
            first = i
        quiet = quiet + 1 if level < low else 0
        if first >= 0 and quiet * STEP > QUIET * RATE:
            bounds.append((first, i))
            first = -1
    if first >= 0:
        bounds.append((first, len(power)))
    for begin, end in bounds:
        peak = begin + int(np.argmax(power[begin:end]))
        places = (start + place * STEP for place in (begin, peak, end))
        found.append(Cough(*places, probability, float(abs(centred[peak]))))
    return found


def merged(candidates: list[Cough]) -> list[Cough]:
    """One for each cough, in order."""
    kept: list[Cough] = []
    for one in sorted(candidates, key=lambda cough: cough.peak):
        if not kept or one.peak - kept[-1].peak >= MERGE * RATE:
            kept.append(one)
            continue
        last = kept.pop()
        louder = one if one.loudness > last.loudness else last
        start, end = min(last.start, one.start), max(last.end, one.end)
        probability = max(last.probability, one.probability)
        kept.append(Cough(start, louder.peak, end, probability, louder.loudness))
    return kept


def collected(candidates: list[Cough], found: list[Cough]) -> list[Cough]:
    """Room for 50: merged when it ends."""
    for one in found:
        candidates = merged(candidates) if len(candidates) == ROOM else candidates
        candidates = sorted([*candidates, one], key=lambda cough: cough.peak)
        assert len(candidates) <= ROOM
    return candidates


def cleaned(coughs: list[Cough], before: list[Cough] | None = None) -> list[Cough]:
    """Starts and ends as a cough's phases allow. `before`: those reported earlier."""
    peaks = [cough.peak for cough in (before or [])] + [cough.peak for cough in coughs]
    done = list(before or [])
    for cough in coughs:
        place = len(done)
        scale = 1.0
        for earlier, later in pairwise(peaks[: place + 1]):
            scale = scale * SERIES if later - earlier <= IN_SERIES * RATE else 1.0
        start = min(cough.start, max(cough.peak - round(LEAD * RATE), 0))
        if done:
            start = min(max(start, done[-1].end), cough.peak)
        shortest, longest = (BURST + phase * scale for phase in (SHORTEST, LONGEST))
        end = np.clip(cough.end, cough.peak + shortest * RATE, cough.peak + longest * RATE)
        if place + 1 < len(peaks) and peaks[place + 1] - cough.peak <= IN_SERIES * RATE:
            end = min(end, peaks[place + 1] - COMPRESSIVE * RATE)
        done.append(Cough(start, cough.peak, round(end), cough.probability))
    return done[len(before or []) :]
