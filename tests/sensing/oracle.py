"""The log-mel front end a second time, in float64 numpy, from its definition."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE, WINDOW, HOP, MELS = 16000, 1024, 625, 64
LOWEST, FLOOR = 40.0, 1e-8


def mel(hertz: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return 2595.0 * np.log10(1.0 + np.asarray(hertz) / 700.0)


def filters() -> NDArray[np.float64]:
    """float64[mels, bins]: triangles over the bins' mel values, each of peak 1."""
    edges = np.linspace(mel(LOWEST), mel(RATE / 2), MELS + 2)
    bins = mel(np.fft.rfftfreq(WINDOW, 1 / RATE))
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.clip(np.minimum(rising, falling), 0.0, None)


def band_energy(audio: NDArray[np.float32]) -> NDArray[np.float64]:
    """float32[n * 625] -> float64[n, 64]; a full-scale sine has power 1 at its bin."""
    padded = np.concatenate([np.zeros(WINDOW - HOP), audio.astype(np.float64)])
    window = np.hanning(WINDOW + 1)[:-1]
    starts = range(0, len(audio), HOP)
    frames = np.stack([padded[start : start + WINDOW] for start in starts])
    power = np.abs(np.fft.rfft(frames * window) * 2.0 / window.sum()) ** 2
    return power @ filters().T


def log_mel(audio: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.log(band_energy(audio) + FLOOR)
