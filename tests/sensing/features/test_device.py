"""The features on an emulated Cortex-M33: the host's values to the bit, and what they cost."""

from __future__ import annotations

import numpy as np
import pytest

from edgesdk.sensing.features import FeatureSet, Settings
from tests.sensing.features.m33 import FeatureMachine, build
from tests.sensing.features.signals import SIGNALS

COUGH = Settings(16000, 12800)
DENSITY = ["flatness", "dominant", "psd_0_50", "psd_50_140", "psd_160_350"]
MEL = [  # 15 means, 15 deviations, 31 maxima and 11 entropies of 44 bands
    *(f"mel_mean_{band}" for band in range(0, 45, 3)),
    *(f"mel_std_{band}" for band in range(1, 44, 3)),
    *(f"mel_max_{band}" for band in range(31)),
    *(f"mel_entropy_{band}" for band in range(33, 44)),
]
SPECTRAL = ["rolloff", "spread", "kurtosis"]
ALL = [*SPECTRAL, *DENSITY, *MEL, "zcr_centred", "envelope_100"]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> FeatureMachine:
    return FeatureMachine(build(tmp_path_factory.mktemp("features")))


def test_the_audio_features_of_cough_e(machine: FeatureMachine) -> None:
    """Instructions, where the bound is what they were, and a tenth more."""
    assert len(ALL) == 82
    features = FeatureSet(ALL, COUGH)
    samples = SIGNALS["cough"](12800)
    values, counts = machine.compute(features, samples)
    assert np.array_equal(values, features.compute(samples))
    own = sum(counts.values()) - counts["edge_time_envelope_peaks"]
    assert own < 13_800_000


@pytest.mark.parametrize(
    ("names", "most"),
    [(["rolloff"], 2_250_000), (SPECTRAL, 2_640_000), (DENSITY, 3_700_000), (MEL, 7_330_000)],
    ids=["transform", "scalars", "density", "mel"],
)
def test_cost_of_a_group(machine: FeatureMachine, names: list[str], most: int) -> None:
    features = FeatureSet(names, COUGH)
    samples = SIGNALS["speech"](12800)
    values, counts = machine.compute(features, samples)
    assert np.array_equal(values, features.compute(samples))
    assert sum(counts.values()) < most


def test_the_features_of_its_predecessor(machine: FeatureMachine) -> None:
    names = ["decrease", "slope", "rolloff", "centroid", "spread", "kurtosis", "skew", "flatness"]
    names += ["psd_175_400", "psd_std", "zcr_centred", "rms_centred", "crest_centred"]
    names += [f"{kind}_{k}" for kind in ("mfcc_mean", "mfcc_std") for k in range(4)]
    features = FeatureSet(names, Settings(16000, 4800, mfcc_zeros=True))
    for name in ("clipped", "tiny", "offset"):
        samples = SIGNALS[name](4800)
        values, _ = machine.compute(features, samples)
        assert np.array_equal(values, features.compute(samples)), name


def test_the_features_of_motion(machine: FeatureMachine) -> None:
    names = ["line_length@0", "rms@|0|", "azc_0.4@|0|", "azc_0.9@2"]
    names += ["sample_kurtosis@5", "crest@|3|"]
    features = FeatureSet(names, Settings(100, 50, 6), units=256)
    samples = np.random.default_rng(4).integers(-2000, 2000, (50, 6)).astype(np.int16)
    values, _ = machine.compute(features, samples)
    assert np.array_equal(values, features.compute(samples))
