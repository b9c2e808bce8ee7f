"""The cascade of Cough-E in plain words: motion wakes hearing.

This is the training's own, written without the engine of ``edgesdk.sensing``, so that each can tell
whether the other is right (``tests/sensing/cough``). Time is counted in the microphone's samples.

- Motion below its threshold: the next motion window, a step later.
- Motion at or above it: a sound window that begins where the motion window began.
- A cough heard: the next sound window, a step later; after the fourth in a row, motion again, where
  the sound window ended.
- None heard: motion again, where the sound window ended.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgesdk.formats.xgboost import BoostedTrees
from edgesdk.native import ffi, lib
from edgesdk.sensing.forest import Forest
from edgesdk.sensing.post_processing import COUGH_SECONDS, COUGH_SHARES, COUGH_STEP

from .features import AUDIO, GENDER, IMU, Detector
from .recordings import RATE, Recording

IN_A_ROW = 4
Margin = Callable[[Detector, int], "float | None"]  # of the window that begins at a tick


@dataclass(frozen=True)
class Look:
    """One window that was looked at. ``advance``: ticks to where the next one begins."""

    tick: int
    detector: Detector
    margin: float
    is_hit: bool
    advance: int


@dataclass(frozen=True)
class Packed:
    """A model as the device has it, and the features that it wants."""

    detector: Detector
    model: BoostedTrees
    forest: Forest


class Scorer:
    """Margins of a take's windows; each is computed when it is first asked for."""

    def __init__(self, take: Recording, models: Sequence[Packed]) -> None:
        self._take = take
        self._models = {each.detector.name: each for each in models}
        self._features = {
            each.detector.name: each.detector.features(each.model.feature_names) for each in models
        }
        self._known: dict[tuple[str, int], float] = {}

    def __call__(self, detector: Detector, tick: int) -> float | None:
        """The margin, or None where the take ends before the window does."""
        first = tick // detector.ticks
        if first + detector.window > int(self._take.seconds * detector.rate):
            return None
        key = detector.name, tick
        if key not in self._known:
            signal = detector.signal(self._take)[first : first + detector.window]
            self._known[key] = self._compute(detector, signal)
        return self._known[key]

    def _compute(self, detector: Detector, window: NDArray[np.int16]) -> float:
        packed = self._models[detector.name]
        facts = [self._take.gender] if GENDER in packed.model.feature_names else []
        values = self._features[detector.name].compute(window).tolist()
        return float(packed.forest.margins(np.array([[*values, *facts]], np.int32))[0])


def log_odds(probability: float) -> float:
    """The margin that a probability stands for."""
    if not 0 < probability < 1:
        return -math.inf if probability <= 0 else math.inf
    return math.log(probability / (1 - probability))


def mixed(margin: Margin, imu: float = IMU.threshold, audio: float = AUDIO.threshold) -> list[Look]:
    """Every window that the cascade looks at."""
    return list(_mixed(margin, log_odds(imu), log_odds(audio)))


def _mixed(margin: Margin, wake: float, cough: float) -> Iterator[Look]:
    step, hop, window = IMU.step * IMU.ticks, AUDIO.step, AUDIO.window
    tick = hits = 0
    awake = False
    while (found := margin(detector := AUDIO if awake else IMU, tick)) is not None:
        is_hit = found >= (cough if awake else wake)
        hits = hits + 1 if awake and is_hit else 0
        if not awake:
            advance, awake = (0, True) if is_hit else (step, False)
        elif is_hit and hits < IN_A_ROW:
            advance = hop
        else:
            advance, awake = window, False
        yield Look(tick, detector, found, is_hit, advance)
        tick += advance


def audio_only(margin: Margin, audio: float = AUDIO.threshold) -> list[Look]:
    """Every window of a take, as if motion always woke it."""
    looks, tick = [], 0
    while (found := margin(AUDIO, tick)) is not None:
        looks.append(Look(tick, AUDIO, found, found >= log_odds(audio), AUDIO.step))
        tick += AUDIO.step
    return looks


@dataclass(frozen=True)
class Found:
    """A cough as the post-processing reports it; ticks."""

    start: int
    peak: int
    end: int


class Coughs:
    """The post-processing that the device runs (``firmware/lib/sensing/cough_events.h``)."""

    def __init__(self) -> None:
        ticks = {name: round(seconds * RATE) for name, seconds in COUGH_SECONDS.items()}
        shares = {name: round(share * 32768) for name, share in COUGH_SHARES.items()}
        sizes = {"window": AUDIO.window, "step": COUGH_STEP, "label": 0}
        self._settings = ffi.new("struct edge_cough_settings *", {**ticks, **shares, **sizes})
        self._state = ffi.new("struct edge_cough_events *")
        self._room = ffi.new("struct edge_event[]", lib.EDGE_COUGH_CANDIDATES)
        lib.edge_cough_events_open(self._state, self._settings, 0)

    def run(self, take: Recording, looks: list[Look]) -> list[Found]:
        """The coughs in the sound windows that were hits."""
        found = []
        for look in looks:
            if look.detector is AUDIO and look.is_hit:
                self._window(take, look)
            now = look.tick + look.advance
            found += self._taken(lib.edge_cough_events_report, now)
        return found + self._taken(lib.edge_cough_events_flush)

    def _window(self, take: Recording, look: Look) -> None:
        samples = np.ascontiguousarray(take.audio[look.tick : look.tick + AUDIO.window])
        probability = round(32768 / (1 + math.exp(-look.margin)))
        pointer = ffi.from_buffer("int16_t[]", samples)
        lib.edge_cough_events_window(self._state, pointer, look.tick, probability)

    def _taken(self, call: Callable[..., int], *now: int) -> list[Found]:
        count = call(self._state, *now, self._room, lib.EDGE_COUGH_CANDIDATES)
        return [Found(e.start, e.peak, e.end) for e in self._room[0:count]]
