"""How well coughs are counted, and how often the microphone's model has to run for it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from edgesdk.sensing.scoring import Event, Score, score_events

from .cascade import Coughs, Look, Packed, Scorer, audio_only, mixed
from .features import AUDIO, IMU
from .recordings import RATE, Recording

THRESHOLDS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)  # of motion, for the curve


@dataclass
class Tally:
    """What a way of listening found in all takes, and what it looked at for it."""

    true_events: int = 0
    hits: int = 0
    false_alarms: int = 0
    seconds: float = 0.0
    windows: dict[str, int] = field(default_factory=lambda: {IMU.name: 0, AUDIO.name: 0})
    ticks: dict[str, int] = field(default_factory=lambda: {IMU.name: 0, AUDIO.name: 0})
    alarms_in: Counter[str] = field(default_factory=Counter)  # by noise and sound

    def add(self, take: Recording, looks: Sequence[Look]) -> None:
        """Count a take."""
        scored = scored_coughs(take, looks)
        self.true_events += scored.true_events
        self.hits += scored.hits
        self.false_alarms += scored.false_alarms
        self.alarms_in[f"{take.noise}, {take.sound}"] += scored.false_alarms
        self.seconds += take.seconds
        for look in looks:
            self.windows[look.detector.name] += 1
            self.ticks[look.detector.name] += look.advance

    def summary(self) -> dict[str, object]:
        """As ``results.json`` has it."""
        hours = self.seconds / 3600
        score = Score(self.true_events, self.hits, self.false_alarms, hours)
        ticks = sum(self.ticks.values())
        return {
            "sensitivity": rounded(score.sensitivity),
            "precision": rounded(score.precision),
            "f1": rounded(score.f1),
            "false_alarms_per_hour": rounded(score.false_alarms_per_hour, 1),
            "coughs": self.true_events,
            "hits": self.hits,
            "false_alarms": self.false_alarms,
            "false_alarms_in": dict(sorted(self.alarms_in.items())),
            "windows_per_hour": {n: rounded(w / hours, 0) for n, w in self.windows.items()},
            "share_of_time": {n: rounded(t / ticks) for n, t in self.ticks.items()},
        }


def scored_coughs(take: Recording, looks: Sequence[Look]) -> Score:
    """The coughs that the windows of a take lead to, against its labels."""
    found = [
        (cough.start / RATE, min(cough.end / RATE, take.seconds))
        for cough in Coughs().run(take, list(looks))
        if cough.start / RATE < take.seconds
    ]
    return score_events(_inside(take), found, take.seconds)


def _inside(take: Recording) -> list[Event]:
    """The labelled coughs, in order, cut off where the take ends."""
    cut = [(max(0.0, start), min(end, take.seconds)) for start, end in take.coughs]
    return sorted((start, end) for start, end in cut if start < end)


def _tallies() -> dict[float, Tally]:
    return {threshold: Tally() for threshold in THRESHOLDS}


@dataclass
class Comparison:
    """Sound alone, the cascade, and the cascade with other thresholds of its motion model."""

    alone: Tally = field(default_factory=Tally)
    both: Tally = field(default_factory=Tally)
    curve: dict[float, Tally] = field(default_factory=_tallies)

    def add(self, takes: Iterable[Recording], models: Sequence[Packed]) -> None:
        """Let models listen to takes that they have not learnt from."""
        for take in takes:
            margin = Scorer(take, models)
            self.alone.add(take, audio_only(margin))
            self.both.add(take, mixed(margin))
            for threshold, tally in self.curve.items():
                tally.add(take, mixed(margin, threshold))

    def summary(self) -> dict[str, object]:
        """As ``results.json`` has it."""
        curve = [self._point(*each) for each in self.curve.items()]
        return {
            "audio_only": self.alone.summary(),
            "cascade": self.both.summary(),
            **({"imu_threshold_curve": curve} if curve else {}),
        }

    def _point(self, threshold: float, tally: Tally) -> dict[str, object]:
        found = tally.summary()
        kept = {name: found[name] for name in ("f1", "sensitivity", "precision")}
        share = rounded(tally.windows[AUDIO.name] / max(self.alone.windows[AUDIO.name], 1))
        return {"threshold": threshold, **kept, "share_of_audio_windows": share}


def rounded(number: float, digits: int = 3) -> float | None:
    """For JSON, which has no NaN."""
    return None if math.isnan(number) else round(number, digits)
