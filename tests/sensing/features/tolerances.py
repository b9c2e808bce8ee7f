"""How far each feature may be from float64 scipy and librosa.

|error| <= relative * |value| + absolute. The absolute part is half a unit of the fixed-point value
where that is all there is, and more where noise of the transform, some 140 dB below the signal, or
tables of 32 bits show.
"""

from __future__ import annotations

TOLERANCES = {  # kind: (relative, absolute), in the unit of features.h
    "rolloff": (0, 2**-13),  # Hz: always the very bin
    "centroid": (1e-5, 2**-12),
    "spread": (1e-5, 2**-12),
    "skew": (1e-5, 2e-5),
    "kurtosis": (2e-5, 2**-12),
    "slope": (1e-6, 2**-16),
    "decrease": (2e-6, 2e-6),
    "flatness": (1e-4, 2**-30),
    "psd_std": (1e-6, 2**-8),
    "dominant": (0, 2**-13),
    "psd": (1e-6, 4e-9),
    "mel_mean": (0, 1.5e-3),  # dB
    "mel_std": (0, 5e-4),
    "mel_max": (0, 1e-3),
    "mel_entropy": (0, 5e-5),
    "mfcc_mean": (0, 5e-4),
    "mfcc_std": (0, 3e-4),
}


def allowed(kind: str, value: float) -> float:
    """How far from this value a feature of this kind may be."""
    relative, absolute = TOLERANCES[kind]
    return relative * abs(value) + absolute
