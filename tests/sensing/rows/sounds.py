"""Sounds, and the rows that the float front end gives of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgesdk.sensing.logmel import log_mel
from edgesdk.sensing.logmel_rows import FULL_SCALE, Rows

HOP = 625
TIME = np.arange(32 * HOP) / 16000.0
ROWS = Rows(0.085, 90)  # -18.53 to 3.15: all that the front end can give

Samples = NDArray[np.int16]


def whole(audio: NDArray[np.float64]) -> Samples:
    """Audio in steps of int16, kept within them."""
    return np.clip(np.rint(audio), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


def wanted(samples: Samples, rows: Rows = ROWS) -> NDArray[np.int8]:
    """The float32 front end, then the integers of the model's input."""
    found = log_mel((samples / FULL_SCALE).astype(np.float32))
    return np.clip(np.rint(found / np.float32(rows.scale)) + rows.zero, -128, 127).astype(np.int8)


def apart(samples: Samples, rows: Rows = ROWS) -> NDArray[np.int64]:
    """int64[3]: how many numbers of a clip's rows are equal, one step and more steps apart."""
    steps = np.abs(rows.of_clip(samples).astype(int) - wanted(samples, rows))
    return np.bincount(np.minimum(steps.ravel(), 2), minlength=3)


def clips(data: Path, every: int) -> list[Samples]:
    """Every so many of the real clips of ESC-10."""
    import soundfile

    paths = sorted((data / "esc10" / "audio").glob("*.flac"))[::every]
    read = [soundfile.read(path, dtype="int16")[0][: 128 * HOP] for path in paths]
    return [np.pad(samples, (0, 128 * HOP - len(samples))) for samples in read]


def extremes() -> dict[str, Samples]:
    """What no microphone should give, and some of what it does."""
    generator = np.random.default_rng(0)
    sine = np.sin(2 * np.pi * 1000 * TIME)
    return {
        "silence": whole(0 * TIME),
        "one step": whole((np.arange(len(TIME)) == 900) * 1.0),
        "noise of one step": whole(generator.integers(-1, 2, len(TIME)) * 1.0),
        "full-scale sine": whole(32767 * sine),
        "clipped sine": whole(1e6 * sine),
        "lowest band": whole(32767 * np.sin(2 * np.pi * 41 * TIME)),
        "highest band": whole(32767 * np.sin(2 * np.pi * 7900 * TIME)),
        "full-scale noise": whole(generator.choice([-32768.0, 32767.0], len(TIME))),
        "lowest number": whole(np.full(len(TIME), -32768.0)),
        "half silent": whole(np.where(TIME < 0.1, 32767 * sine, 0)),
    }
