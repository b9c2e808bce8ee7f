"""What windows without a signal give: stated numbers, never a division by 0."""

from __future__ import annotations

import math

import numpy as np
import pytest

from edgesdk.sensing.feature_names import KINDS
from edgesdk.sensing.features import FeatureSet, Settings

SETTINGS = Settings(16000, 4800)
NUMBERS = {"psd": "_160_350", "envelope": "_100", "azc": "_0.4"}
NAMES = [
    name + NUMBERS.get(name, "_0" if name.startswith(("mel_", "mfcc_")) else "") for name in KINDS
]


def compute(samples: np.ndarray) -> dict[str, float]:
    features = FeatureSet(NAMES, SETTINGS)
    numbers = features.numbers(features.compute(samples.astype(np.int16)))
    return dict(zip(KINDS, numbers.tolist(), strict=True))


def test_silence() -> None:
    loud = {"mel_mean": -100, "mel_max": -100, "mfcc_mean": -100 * math.sqrt(128)}
    for kind, value in compute(np.zeros(4800)).items():
        assert abs(value - loud.get(kind, 0)) < 1e-4, kind


@pytest.mark.parametrize("level", [1, 32767, -32768])
def test_a_constant(level: int) -> None:
    """All of it is at 0 Hz, and of that a mel spectrogram sees what its window spreads."""
    values = compute(np.full(4800, level))
    fixed = dict.fromkeys(KINDS, 0.0)
    bins = 2401
    fixed["decrease"] = 1 - sum(1 / k for k in range(1, bins + 1))
    fixed["slope"] = -6 * abs(level) * 4800 / (bins * (bins + 1) * 16000 / 4800)
    fixed["rms"], fixed["crest"] = abs(level), math.copysign(1, level)
    for kind in KINDS:
        if not kind.startswith(("mel_", "mfcc_")):
            assert values[kind] == pytest.approx(fixed[kind], rel=2e-5, abs=1e-5), kind
    assert values["mel_std"] == values["mfcc_std"] == 0
    assert values["mel_entropy"] == pytest.approx(math.log(10), abs=1e-5)
    assert -100 < values["mel_mean"] == values["mel_max"]


def test_one_sample_of_one_step() -> None:
    """The quietest signal that is one: a flat spectrum."""
    samples = np.zeros(4800)
    samples[2000] = 1
    values = compute(samples)
    assert values["rolloff"] == pytest.approx(0.95 * 8000, abs=4)
    assert values["centroid"] == pytest.approx(4000, abs=0.01)
    assert values["kurtosis"] == pytest.approx(1.8, abs=0.01)


@pytest.mark.parametrize("seed", range(4))
def test_everything_is_finite_for_extreme_samples(seed: int) -> None:
    rng = np.random.default_rng(seed)
    samples = rng.choice([-32768, 0, 32767], 4800, p=[0.4, 0.2, 0.4])
    samples[: rng.integers(0, 4000)] = rng.choice([-32768, 0, 32767])
    values = compute(samples)
    assert 0 <= values["rolloff"] <= 8000
    assert 0 < values["flatness"] <= 1
    assert all(math.isfinite(value) for value in values.values())
    assert not any(abs(value) == 2**31 - 1 for value in values.values())
