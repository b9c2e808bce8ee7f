"""The engine once more, in plain Python over whole recordings: what is decided, and when."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgesdk.sensing.description import Description
from edgesdk.sensing.stage_description import Stage

Signal = np.ndarray[Any, Any]
Score = Callable[[Signal], int]


@dataclass(frozen=True)
class Segment:
    """Frames of a stream without a gap; ``first`` is the index of the first."""

    first: int
    samples: Signal  # [frames, channels]

    @property
    def end(self) -> int:
        return self.first + len(self.samples)


def decisions(
    description: Description,
    streams: Mapping[str, Sequence[Segment]],
    score: Score | Mapping[str, Score],
    first_tick: int = 0,
) -> list[tuple[str, int, int]]:
    """(stage, tick, score) of every window. Segments are in order and do not overlap.

    ``score`` is of all stages, or of each by name; hits are levels of 128, or of the stage's own.
    """
    found: list[tuple[str, int, int]] = []
    number, tick, hits = 0, 0, 0
    while True:
        stage = description.stages[number]
        ticks = description.ticks(stage.stream)
        index = -(-tick // ticks)
        segments = streams[description.streams[stage.stream].name]
        home = next((s for s in segments if s.first <= index < s.end), None)
        later = [s for s in segments if s.first > index]
        if home is None or home.end < index + stage.window:
            if not later:
                return found
            number, tick, hits = 0, later[0].first * ticks, 0
            continue
        at = index - home.first
        own = score[stage.name] if isinstance(score, Mapping) else score
        result = own(home.samples[at : at + stage.window])
        found.append((stage.name, first_tick + index * ticks, result))
        is_hit = result >= _lowest(stage)
        hits = hits + 1 if is_hit else 0
        follows = stage.hit if is_hit else stage.miss
        if is_hit and stage.limit and hits == stage.limit:
            follows, hits = stage.last, 0
        if follows.next != number:
            hits = 0
        number, tick = follows.next, tick + follows.advance


def _lowest(stage: Stage) -> float:
    """Forests count levels of 128, plans int8 from -128 to 127."""
    return stage.threshold * 256 - 128 if stage.rows else stage.threshold * 128


def told(engine: Any) -> list[tuple[str, int, int]]:
    """The engine's decisions in the same words."""
    return [(found.stage, found.tick, found.score) for found in engine.decisions]
