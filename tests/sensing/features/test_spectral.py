"""Features of one spectrum and of Welch's power density, against numpy and scipy."""

from __future__ import annotations

import numpy as np
import pytest

from edgesdk.sensing.features import FeatureSet, Settings
from tests.sensing.features import oracle
from tests.sensing.features.signals import RATE, SIGNALS, Samples
from tests.sensing.features.tolerances import allowed

SCALARS = ["rolloff", "centroid", "spread", "skew", "kurtosis", "slope", "decrease"]
DENSITY = ["flatness", "psd_std", "dominant"]
# Of 3, 5 and 11 bins (Cough-E's), of 13, 17 and 23 (its predecessor's), of 1, 2, 4 and 6.
BANDS = [(0, 50), (50, 140), (160, 350), (175, 400), (800, 1100), (2500, 2900)]
BANDS += [(17, 30), (17, 40), (17, 80), (300, 400)]


def check(names: list[str], got: np.ndarray, wanted: dict[str, float]) -> None:
    for name, value in zip(names, got, strict=True):
        kind = "psd" if name[:4] == "psd_" and name != "psd_std" else name
        assert abs(value - wanted[name]) <= allowed(kind, wanted[name]), (name, wanted[name])


def compute(names: list[str], samples: Samples, **settings: int) -> np.ndarray:
    features = FeatureSet(names, Settings(RATE, len(samples), **settings))
    return features.numbers(features.compute(samples))


@pytest.mark.parametrize("window", [12800, 4800, 1000])
@pytest.mark.parametrize("name", SIGNALS)
def test_scalars(name: str, window: int) -> None:
    samples = SIGNALS[name](window)
    wanted = oracle.spectral(samples.astype(float), RATE)
    check(SCALARS, compute(SCALARS, samples), wanted)


@pytest.mark.parametrize("window", [12800, 4800, 900])
@pytest.mark.parametrize("name", SIGNALS)
def test_power_density(name: str, window: int) -> None:
    samples = SIGNALS[name](window)
    names = DENSITY + [f"psd_{low}_{high}" for low, high in BANDS]
    wanted = oracle.welch(samples.astype(float), RATE, BANDS)
    check(names, compute(names, samples), wanted)


@pytest.mark.parametrize(("segment", "overlap"), [(900, 600), (256, 128), (4, 2), (16384, 0)])
def test_other_segments(segment: int, overlap: int) -> None:
    samples = SIGNALS["speech"](20000)
    wanted = oracle.welch(samples.astype(float), RATE, [], segment, overlap)
    check(DENSITY, compute(DENSITY, samples, segment=segment, overlap=overlap), wanted)


def test_a_loud_segment_after_quiet_ones_and_before() -> None:
    """The segments of a window share an exponent, whichever is the loudest."""
    quiet = SIGNALS["tiny"](12800)
    for at in (0, 6000, 11900):
        samples = quiet.copy()
        samples[at : at + 900] += SIGNALS["chirp"](900)
        wanted = oracle.welch(samples.astype(float), RATE, [(50, 140)])
        check([*DENSITY, "psd_50_140"], compute([*DENSITY, "psd_50_140"], samples), wanted)
