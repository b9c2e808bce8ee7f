"""The spectral features a second time: numpy, scipy and librosa, float64, from their definitions.

Audio is in fractions of full scale where librosa sees it, in steps of a sample elsewhere.
"""

from __future__ import annotations

import librosa
import numpy as np
from numpy.typing import NDArray
from scipy import integrate, signal, stats

Floats = NDArray[np.float64]
FULL_SCALE = 32768


def spectral(x: Floats, rate: float) -> dict[str, float]:
    """Of the magnitudes of one transform of the whole window."""
    m = np.abs(np.fft.rfft(x))
    hertz = np.fft.rfftfreq(len(x), 1 / rate)
    total = m.sum()
    centroid = (m * hertz).sum() / total
    spread = np.sqrt((m * (hertz - centroid) ** 2).sum() / total)
    return {
        "rolloff": hertz[np.argmax(np.cumsum(m) >= 0.95 * total)],
        "centroid": centroid,
        "spread": spread,
        "skew": (m * (hertz - centroid) ** 3).sum() / total / spread**3,
        "kurtosis": (m * (hertz - centroid) ** 4).sum() / total / spread**4,
        "slope": stats.linregress(hertz, m).slope,
        "decrease": ((m - m[0]) / np.arange(1, len(m) + 1)).sum() / total,
    }


def welch(
    x: Floats, rate: float, bands: list[tuple[int, int]], segment: int = 900, overlap: int = 450
) -> dict[str, float]:
    """Of scipy's power density; Simpson's integrals."""
    hertz, psd = signal.welch(x, rate, nperseg=segment, noverlap=overlap)
    features = {
        "flatness": stats.gmean(psd) / psd.mean(),
        "psd_std": psd.std(),
        "dominant": hertz[np.argmax(psd)],
    }
    for low, high in bands:
        inside = psd[(hertz >= low) & (hertz <= high)]
        features[f"psd_{low}_{high}"] = integrate.simpson(inside) / integrate.simpson(psd)
    return features


def mel_power(x: Floats, rate: float, bands: int, padding: str) -> Floats:
    """[bands][frames] of librosa, for full scale 1."""
    return np.asarray(
        librosa.feature.melspectrogram(
            y=x / FULL_SCALE, sr=rate, n_mels=bands, pad_mode=padding, dtype=np.float64
        )
    )


def mel(x: Floats, rate: float, bands: int = 64, padding: str = "reflect") -> dict[str, Floats]:
    """[bands] each."""
    power = mel_power(x, rate, bands, padding)
    decibels = librosa.power_to_db(power)
    return {
        "mel_mean": decibels.mean(axis=1),
        "mel_std": decibels.std(axis=1),
        "mel_max": decibels.max(axis=1),
        "mel_entropy": np.asarray(stats.entropy(power, axis=1)),
    }


def mfcc(x: Floats, rate: float, bands: int = 128, padding: str = "constant") -> dict[str, Floats]:
    """[20] each."""
    decibels = librosa.power_to_db(mel_power(x, rate, bands, padding))
    found = librosa.feature.mfcc(S=decibels, n_mfcc=20)
    return {"mfcc_mean": found.mean(axis=1), "mfcc_std": found.std(axis=1)}
