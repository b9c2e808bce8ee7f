"""The log-mel front end of ``firmware/lib/logmel.h``, numpy in and numpy out.

The same C source runs on the microcontroller, under the training tool and here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputMismatch
from ..native import ffi, lib


class LogMel:
    """A stream of 16 kHz audio in, a row of log-mel energies per hop out."""

    def __init__(self) -> None:
        self._state = ffi.new("logmel_state *")
        self.reset()

    def reset(self) -> None:
        """Begin a new stream: silence lies before its first sample."""
        lib.logmel_reset(self._state)

    def feed(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32[frames * hop] in -1..1 -> float32[frames, mels], natural log of band energy.

        The first row sees the samples fed before. Samples beyond +-1 count as +-1, NaN as 0.
        Raises ``InputMismatch`` (EDGE-0264) unless the audio is a whole number of hops.
        """
        samples = _checked(audio)
        rows = np.empty((len(samples) // lib.LOGMEL_HOP, lib.LOGMEL_MELS), np.float32)
        source = ffi.from_buffer("float[]", samples)
        lib.logmel_frames(self._state, source, len(rows), ffi.from_buffer("float[]", rows))
        return rows


def log_mel(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """One clip by itself: float32[frames * hop] in -1..1 -> float32[frames, mels].

    A clip of 5 s, float32[80000], gives float32[128, 64].
    """
    return LogMel().feed(audio)


def description() -> dict[str, int]:
    """What the compiled library computes: revision, sample_rate, window, hop, fft, mels."""
    found: Any = ffi.new("logmel_description *")
    lib.logmel_describe(found)
    names = ("revision", "sample_rate", "window", "hop", "fft", "mels")
    return {name: int(getattr(found, name)) for name in names}


def _checked(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    if audio.dtype != np.float32 or audio.ndim != 1 or audio.size % lib.LOGMEL_HOP:
        raise InputMismatch(
            f"The log-mel front end takes float32[n * {lib.LOGMEL_HOP}], "
            f"got {audio.dtype}{list(audio.shape)}",
            next_step="Give mono audio of 16 kHz, scaled to -1..1, padded to whole hops",
            code=64,
        )
    return np.ascontiguousarray(audio)
