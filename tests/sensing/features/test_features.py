"""A set of features: names, channels, what is refused, and that each is computed as if alone."""

from __future__ import annotations

import numpy as np
import pytest

from edgesdk.errors import DoesNotFit, InputMismatch
from edgesdk.sensing.feature_names import KINDS
from edgesdk.sensing.features import FeatureSet, Settings
from tests.sensing.features.signals import SIGNALS
from tests.sensing.time import features as time

MOTION = Settings(100, 50, 6)
AUDIO = Settings(16000, 4800)


def motion(count: int = 50) -> np.ndarray:
    walk = np.random.default_rng(5).normal(0, 60, (count, 6)).cumsum(axis=0)
    return np.rint(walk + np.array([0, 0, 2500, 0, 0, 0])).astype(np.int16)


def compute(name: str, settings: Settings, samples: np.ndarray, units: float = 1.0) -> float:
    features = FeatureSet([name], settings, units)
    return float(features.numbers(features.compute(samples))[0])


@pytest.mark.parametrize("channel", ["0", "5", "|0|", "|3|"])
def test_features_of_samples_are_those_of_the_channel(channel: str) -> None:
    samples = motion()
    number = int(channel.strip("|"))
    column = time.magnitude(samples[:, number:]) if "|" in channel else samples[:, number]
    wanted = {
        "zcr": time.zero_crossings(column, False),
        "zcr_centred": time.zero_crossings(column, True),
        "rms": time.rms(column, False),
        "rms_centred": time.rms(column, True),
        "crest": time.crest_factor(column, False),
        "crest_centred": time.crest_factor(column, True),
        "line_length": time.line_length(column),
        "sample_kurtosis": time.kurtosis(column),
        "azc_0.3": time.azc(column, 77),
        "azc_1": time.azc(column, 256),
    }
    for name, value in wanted.items():
        assert compute(f"{name}@{channel}", MOTION, samples, 256) == value, name


def test_envelopes_are_of_their_bands() -> None:
    samples = SIGNALS["cough"](4800)
    for name, low, high in (("envelope_100", 100, 150), ("envelope_50_400", 50, 400)):
        assert compute(name, AUDIO, samples) == time.envelope_peaks(samples, 16000, low, high)


def test_any_order_and_company_gives_the_same() -> None:
    """Shared work and scratch: what one extractor leaves behind must not reach another."""
    settings = Settings(16000, 4800, 4, mel_bands=32)
    samples = np.stack([SIGNALS[name](4800) for name in ("cough", "sine", "noise", "speech")], 1)
    plain = [*(name for name in KINDS if name not in ("psd", "envelope", "azc"))]
    names = [f"{name}_3" if name[:4] in ("mel_", "mfcc") else name for name in plain]
    names += ["psd_50_140", "envelope_100", "azc_40", "azc_400"]
    names = [f"{name}@{channel}" for name in names for channel in ("0", "3", "|0|", "|1|")]
    shuffled = np.random.default_rng(6).permutation(names).tolist()
    together = FeatureSet(shuffled, settings)
    values = together.compute(samples)
    assert np.array_equal(values, together.compute(samples))
    for name, value in zip(shuffled, values, strict=True):
        assert FeatureSet([name], settings).compute(samples)[0] == value, name


def test_only_the_tables_in_use_are_in_the_part() -> None:
    header, sine, edge = 48, 4 * (4800 // 4 + 1), 4 * (66 + 65 + 64)
    assert len(FeatureSet(["rms", "azc_3"], AUDIO).part) == header
    assert len(FeatureSet(["rolloff", "skew"], AUDIO).part) == header + sine
    assert len(FeatureSet(["mel_max_3"], AUDIO).part) == header + 4 * 513 + edge


def test_bands_of_the_density_are_of_the_bins_inside() -> None:
    features = FeatureSet(["psd_50_140", "psd_160_350", "psd_800_1100"], AUDIO).features
    assert [(each.a, each.b) for each in features] == [(3, 7), (9, 19), (45, 61)]


@pytest.mark.parametrize(
    "name",
    ["", "loudness", "psd", "psd_50", "mel_mean", "mel_mean_x", "rms@", "rms@|1", "rolloff_2"],
)
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(DoesNotFit) as raised:
        FeatureSet([name], AUDIO)
    assert raised.value.id == "EDGE-0980"


@pytest.mark.parametrize(
    "settings",
    [
        Settings(16000, 4801),  # its transform has no such length
        Settings(0, 4800),
        Settings(16000, 4800, 0),
        Settings(16000, 4800, segment=-4),
        Settings(16000, 512),  # shorter than a segment and than half a frame
        Settings(16000, 4800, segment=901),
        Settings(16000, 4800, overlap=900),
        Settings(16000, 4800, hop=0),
        Settings(16000, 4800, mel_bands=129),
        Settings(16000, 40000),
    ],
)
def test_settings_that_are_refused(settings: Settings) -> None:
    with pytest.raises(DoesNotFit) as raised:
        FeatureSet(["rolloff", "flatness", "mel_max_1"], settings)
    assert raised.value.id == "EDGE-0981"


@pytest.mark.parametrize(
    "name",
    [
        "rms@6",  # channels 0 to 5
        "rms@|4|",  # 4, 5 and none
        "psd_1.01_1.05",  # between two bins
        "envelope_10",  # at this rate
        "mel_max_64@0",
        "mfcc_mean_128",
        "azc_70000",
    ],
)
def test_features_that_settings_do_not_give(name: str) -> None:
    settings = Settings(100, 4800, 6)
    with pytest.raises(DoesNotFit) as raised:
        FeatureSet([name], settings)
    assert raised.value.id == "EDGE-0982"


@pytest.mark.parametrize(
    "samples",
    [np.zeros(4799, np.int16), np.zeros((4800, 2), np.int16), np.zeros(4800), np.int16(3)],
)
def test_samples_that_are_refused(samples: np.ndarray) -> None:
    with pytest.raises(InputMismatch):
        FeatureSet(["rms"], AUDIO).compute(samples)


def test_units_are_undone() -> None:
    """A signal and the same at four times the scale, in their units."""
    samples = SIGNALS["speech"](4800) // 4
    names = ["rms", "line_length", "slope", "psd_std", "rolloff", "mel_mean_3", "mel_std_3"]
    names += ["mel_max_9", "mfcc_mean_0", "mfcc_mean_1", "azc_0.1", "kurtosis"]
    one, four = FeatureSet(names, AUDIO, 8192), FeatureSet(names, AUDIO, 32768)
    small, large = one.in_units(one.compute(samples)), four.in_units(four.compute(4 * samples))
    np.testing.assert_allclose(small, large, rtol=3e-4, atol=1e-4)
