"""The two detectors: their windows, the features that they may use, and how those are computed.

The candidates are those of Cough-E. Each feature is an integer from the C that the device runs
(``edgesdk.sensing.features``), so that training sees what the device will see. The subject's gender
is known, not measured: it comes behind the features, as the device's ``facts`` do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgesdk.native import lib
from edgesdk.sensing.feature_names import KINDS, kind_of
from edgesdk.sensing.feature_tables import FULL_SCALE, WHOLE, Settings
from edgesdk.sensing.features import FeatureSet

from .recordings import IMU_COLUMNS, IMU_RATE, IMU_STEPS, RATE, Recording

GENDER = "gender"
# Kinds that cost a device more than all others together, and are first to go where they help
# little: four passes over the window for each envelope, and a transform of the whole window.
COSTLY = (frozenset({"envelope"}), WHOLE)


@dataclass(frozen=True)
class Detector:
    """A model and what it looks at. ``window`` and ``step`` are frames of its sensor."""

    name: str
    rate: int  # Hz
    channels: int
    window: int
    step: int
    units: float  # steps of a sample to one of its unit
    threshold: float  # the least probability that is a hit
    candidates: tuple[str, ...]

    @property
    def ticks(self) -> int:
        """Ticks of the common clock, which is the microphone's, from a frame to the next."""
        return RATE // self.rate

    @property
    def seconds(self) -> float:
        """How long a window is."""
        return self.window / self.rate

    def signal(self, take: Recording) -> NDArray[np.int16]:
        """The detector's sensor in a take: [frames] or [frames, channels]."""
        return take.imu if self.channels > 1 else take.audio

    def features(self, names: Sequence[str]) -> FeatureSet:
        """The extractor of these features, gender left out."""
        settings = Settings(rate=self.rate, window=self.window, channels=self.channels)
        return FeatureSet([name for name in names if name != GENDER], settings, self.units)


def _audio_candidates() -> tuple[str, ...]:
    whole = "rolloff centroid spread skew kurtosis slope decrease".split()
    density = "flatness psd_std dominant psd_0_50 psd_50_140 psd_160_350".split()
    statistics = ("mean", "std", "max", "entropy")
    mel = [f"mel_{statistic}_{band}" for statistic in statistics for band in range(64)]
    envelopes = [f"envelope_{low}" for low in range(50, 951, 50)]
    return (*whole, *density, *mel, "zcr", "rms", "crest", *envelopes, GENDER)


def _imu_candidates() -> tuple[str, ...]:
    """Of the six axes, and of the lengths of the two vectors that they are."""
    kinds = "line_length zcr sample_kurtosis rms crest".split()
    kinds += [f"azc_{tenths / 10}" for tenths in range(3, 11)]
    signals = [*map(str, range(len(IMU_COLUMNS))), "|0|", "|3|"]
    return (*(f"{kind}@{signal}" for signal in signals for kind in kinds), GENDER)


IMU = Detector(
    name="imu",
    rate=IMU_RATE,
    channels=len(IMU_COLUMNS),
    window=50,
    step=25,
    units=IMU_STEPS,
    threshold=0.05,
    candidates=_imu_candidates(),
)
AUDIO = Detector(
    name="audio",
    rate=RATE,
    channels=1,
    window=12800,
    step=6400,
    units=FULL_SCALE,
    threshold=0.30,
    candidates=_audio_candidates(),
)


def fraction_bits(names: Sequence[str]) -> list[int]:
    """Of each feature, gender included, as ``edgesdk.sensing.forest_pack`` wants them."""
    return [
        0 if name == GENDER else int(lib.edge_feature_bits(KINDS[kind_of(name)])) for name in names
    ]


def without(names: Sequence[str], kinds: frozenset[str]) -> list[str]:
    """The features that are not of these kinds."""
    return [name for name in names if name == GENDER or kind_of(name) not in kinds]
