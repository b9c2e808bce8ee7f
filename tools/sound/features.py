"""Views of every clip: log-mel rows at several playback speeds and start offsets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edgesdk.sensing.logmel import description, log_mel
from edgesdk.sensing.logmel_rows import Rows, to_int16

from .data import SAMPLES, fit, stretch

SPEEDS = (1.0, 0.9, 0.95, 1.06, 1.12)
OFFSETS = (0, 312)  # samples: the second is half a hop later


def clip_features(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32[clips, 80000] -> float32[clips, frames, mels] of the float32 front end."""
    return np.stack([log_mel(clip) for clip in audio])


def row_features(audio: NDArray[np.float32], rows: Rows) -> NDArray[np.float32]:
    """The same from the fixed-point front end: what a microcontroller's int8 rows stand for."""
    return np.stack([rows.real(rows.of_clip(to_int16(clip))) for clip in audio])


def view_features(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32[clips, 80000] -> float32[clips, views, frames, mels]; view 0 is the clip itself."""
    return np.stack([np.stack([log_mel(view) for view in views(clip)]) for clip in audio])


def views(clip: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """The clip at each speed and offset, repeated from its start where it became too short."""
    made = []
    for speed in SPEEDS:
        played = clip if speed == 1.0 else stretch(clip, 1.0 / speed)
        looped = np.resize(played, max(SAMPLES, len(played)))
        made += [fit(np.roll(looped, -offset), SAMPLES) for offset in OFFSETS]
    return made


def shape() -> tuple[int, int]:
    """(frames, mels) of one clip."""
    found = description()
    return SAMPLES // found["hop"], found["mels"]
