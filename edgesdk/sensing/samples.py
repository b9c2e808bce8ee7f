"""Samples on their way into the engine: checked, as int16, and waiting in order."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputMismatch
from .stage_description import Stream

Samples = NDArray[np.int16]


@dataclass
class Tally:
    """What happened to the samples of a stream before the engine saw them."""

    clipped: int = 0
    nan: int = 0
    unused: int = 0


def as_frames(stream: Stream, samples: Any) -> NDArray[Any]:
    """[frames, channels] of what a caller gave, int16 or floats. Raises ``InputMismatch``
    (EDGE-0202)."""
    given = np.asarray(samples)
    if given.dtype.kind != "f" and given.dtype != np.int16:
        raise _mismatch(stream, f"got {given.dtype}")
    if given.ndim == 1 and stream.channels == 1:
        given = given[:, np.newaxis]
    if given.ndim != 2 or given.shape[1] != stream.channels:
        raise _mismatch(stream, f"got an array of shape {list(given.shape)}")
    return given


def as_int16(stream: Stream, samples: Any, tally: Tally) -> Samples:
    """int16[frames, channels] of what a caller gave. Raises ``InputMismatch`` (EDGE-0202)."""
    given = as_frames(stream, samples)
    if given.dtype.kind == "f":
        given = _rounded(given, stream.step, tally)
    return np.ascontiguousarray(given)


def _rounded(given: NDArray[Any], step: float, tally: Tally) -> Samples:
    """Floats in the stream's unit: rounded to nearest, kept within 16 bits, NaN as 0."""
    steps = np.rint(given.astype(np.float64) / step)
    missing = np.isnan(steps)
    tally.nan += int(missing.sum())
    steps[missing] = 0.0
    kept = np.clip(steps, -32768.0, 32767.0)
    tally.clipped += int((kept != steps).sum())
    return kept.astype(np.int16)


def _mismatch(stream: Stream, evidence: str) -> InputMismatch:
    shape = "[frames]" if stream.channels == 1 else f"[frames, {stream.channels}]"
    return InputMismatch(
        f"The stream {stream.name!r} takes int16{shape}, or floats in its unit ({stream.unit})",
        evidence=evidence,
        next_step=f"Give {stream.rate} frames a second; one int16 step is {stream.step:g} "
        f"{stream.unit}",
    )


class Pieces:
    """A stream's samples that wait for room, each piece with the tick of its first frame."""

    def __init__(self, stream: Stream, ticks: int, first_tick: int, hold: int | None) -> None:
        self.stream, self.tally = stream, Tally()
        self._ticks, self._next, self._hold = ticks, first_tick, hold
        self._waiting: deque[tuple[int, Samples]] = deque()
        self._frames = 0

    def add(self, samples: Samples, position: int | None) -> None:
        """Puts a piece behind the others. Raises ``InputMismatch`` (EDGE-0202)."""
        position = self._next if position is None else position
        end = position + len(samples) * self._ticks
        if type(position) is not int or position < 0 or end >= 1 << 64:
            raise _mismatch(self.stream, f"got position {position}, which is no tick of 64 bits")
        self._next = end
        if len(samples):
            self._waiting.append((position, samples))
            self._frames += len(samples)

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._waiting

    @property
    def position(self) -> int:
        """The tick of the frame that is next."""
        return self._waiting[0][0]

    @property
    def excess(self) -> int:
        """How many frames have waited too long."""
        return 0 if self._hold is None else max(0, self._frames - self._hold // self._ticks)

    def take(self, most: int) -> Samples:
        """At most so many frames, all of one piece."""
        position, samples = self._waiting.popleft()
        taken, rest = samples[:most], samples[most:]
        self._frames -= len(taken)
        if len(rest):
            self._waiting.appendleft((position + len(taken) * self._ticks, rest))
        return taken

    def keep(self) -> None:
        """Copies what still waits of the newest piece: its array is the caller's."""
        if self._waiting:
            position, samples = self._waiting.pop()
            self._waiting.append((position, samples.copy()))

    def give_up(self) -> None:
        """Drops what waits."""
        self.tally.unused += self._frames
        self._waiting.clear()
        self._frames = 0
