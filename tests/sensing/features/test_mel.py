"""Mel statistics and cepstral coefficients against librosa."""

from __future__ import annotations

import numpy as np
import pytest

from edgesdk.sensing.feature_tables import mel_edges
from edgesdk.sensing.features import FeatureSet, Settings
from tests.sensing.features import oracle
from tests.sensing.features.signals import RATE, SIGNALS, Samples
from tests.sensing.features.tolerances import TOLERANCES

MEL = ("mel_mean", "mel_std", "mel_max", "mel_entropy")
MFCC = ("mfcc_mean", "mfcc_std")


def check(kinds: tuple[str, ...], numbers: np.ndarray, wanted: dict[str, np.ndarray]) -> None:
    for kind, got in zip(kinds, np.split(numbers, len(kinds)), strict=True):
        assert np.abs(got - wanted[kind]).max() <= TOLERANCES[kind][1], kind


def compute(kinds: tuple[str, ...], count: int, samples: Samples, settings: Settings) -> np.ndarray:
    features = FeatureSet([f"{kind}_{i}" for kind in kinds for i in range(count)], settings)
    return features.numbers(features.compute(samples))


@pytest.mark.parametrize("window", [12800, 4800])
@pytest.mark.parametrize("name", SIGNALS)
def test_statistics_of_all_bands(name: str, window: int) -> None:
    samples = SIGNALS[name](window)
    numbers = compute(MEL, 64, samples, Settings(RATE, window))
    check(MEL, numbers, oracle.mel(samples.astype(float), RATE))


@pytest.mark.parametrize("zeros", [False, True])
@pytest.mark.parametrize("name", SIGNALS)
def test_cepstral_coefficients(name: str, zeros: bool) -> None:
    samples = SIGNALS[name](4800)
    numbers = compute(MFCC, 20, samples, Settings(RATE, 4800, mfcc_zeros=zeros))
    padding = "constant" if zeros else "reflect"
    check(MFCC, numbers, oracle.mfcc(samples.astype(float), RATE, padding=padding))


def test_other_bands_and_rates() -> None:
    """Few wide bands, and zeros beyond the ends; half the rate."""
    samples = SIGNALS["speech"](12800)
    settings = Settings(RATE, 12800, mel_bands=20, mel_zeros=True)
    wanted = oracle.mel(samples.astype(float), RATE, 20, "constant")
    check(MEL, compute(MEL, 20, samples, settings), wanted)
    wanted = oracle.mel(samples.astype(float), 8000)
    check(MEL, compute(MEL, 64, samples, Settings(8000, 12800)), wanted)


def test_a_band_does_not_depend_on_which_others_are_wanted() -> None:
    """The floor is 80 dB below the largest of all bands, wanted or not."""
    samples = SIGNALS["sine"](12800)
    every = compute(("mel_mean",), 64, samples, Settings(RATE, 12800))
    alone = FeatureSet(["mel_mean_60"], Settings(RATE, 12800))
    assert alone.numbers(alone.compute(samples))[0] == every[60]


def test_edges_are_slaneys() -> None:
    for rate, bands in ((16000, 64), (8000, 128), (1500, 8)):
        wanted = oracle.librosa.mel_frequencies(n_mels=bands + 2, fmin=0, fmax=rate / 2)
        np.testing.assert_allclose(mel_edges(rate, bands), wanted, rtol=1e-12)
