"""All 38 measured features that CoughDet's original C gives for a real window.

Found by experiment, its conventions for the 26 of its audio: samples are 1/32768 of full scale,
which is what the file holds; the spectral scalars are of the samples as they are, mean and all;
rolloff is in Hz, the slope per Hz; the density is Welch's of 900 samples with half of them shared;
decrease divides by 1, 2, 3 ... from the first magnitude on, and by the sum of all of them; cepstral
coefficients are librosa's with zeros beyond the ends (its default since 0.10), their mean and
deviation over ten frames; rate of zero crossings, rms and crest factor are centred. Of its motion
nothing is; accelerations are 1/256 of the file's unit here, rotations 1/1024.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from edgesdk.sensing.features import FeatureSet, Settings

# |error| / |value| that is allowed. The reference computes in float32.
AUDIO = {
    "decrease": 2e-6,
    "slope": 5e-6,
    "rolloff": 0,
    "centroid": 1e-6,
    "spread": 2e-6,
    "kurtosis": 5e-5,
    "skew": 1e-6,
    "flatness": 2e-5,
    "psd": 1e-6,
    "mfcc": 3e-5,
    "zcr_centred": 5e-5,
    "rms_centred": 1e-6,
    "crest_centred": 5e-6,
}
# Rounding to our samples is what these see: half a unit of a mean, 0.2 % of a crest factor.
SCALES = (256, 256, 256, 1024, 1024, 1024)
CHANNELS = {
    "accel_x": "0",
    "accel_y": "1",
    "accel_z": "2",
    "gyro_y": "3",
    "gyro_p": "4",
    "gyro_r": "5",
    "accel_norm": "|0|",
    "gyro_norm": "|3|",
}


@pytest.fixture(scope="module")
def folder(data: Path) -> Path:
    return data / "cough-e" / "biomedbench-coughdet-55502-w2"


@pytest.fixture(scope="module")
def wanted(folder: Path) -> dict[str, float]:
    reference = json.loads((folder / "reference_outputs.json").read_text())
    return dict(zip(reference["feature_names"], reference["features_raw"], strict=True))


def audio_name(name: str) -> str:
    centred = {"zcr": "zcr_centred", "rms": "rms_centred", "crest_factor": "crest_centred"}
    return centred.get(name, name.removeprefix("spectral_"))


def test_audio(folder: Path, wanted: dict[str, float]) -> None:
    names = [name for name in wanted if not name.startswith(("accel", "gyro", "gender", "bmi"))]
    samples = np.loadtxt(folder / "audio_air_16k.csv") * 32768
    assert np.array_equal(samples, np.rint(samples))
    settings = Settings(16000, 4800, mfcc_zeros=True)
    features = FeatureSet([audio_name(name) for name in names], settings, units=32768)
    got = features.in_units(features.compute(samples.astype(np.int16)))
    assert len(names) == 26
    for name, value in zip(names, got, strict=True):
        kind = audio_name(name) if audio_name(name) in AUDIO else name.split("_")[0]
        assert abs(value / wanted[name] - 1) <= AUDIO[kind], (name, value)


def test_audio_scaled_up(folder: Path, wanted: dict[str, float]) -> None:
    """Three times as loud, with the gain undone: the same features."""
    samples = np.loadtxt(folder / "audio_air_16k.csv") * 32768 * 3
    names = ["slope", "decrease", "mfcc_mean_0", "mfcc_mean_1", "mfcc_std_0", "rms_centred"]
    settings = Settings(16000, 4800, mfcc_zeros=True)
    features = FeatureSet(names, settings, units=3 * 32768)
    got = features.in_units(features.compute(samples.astype(np.int16)))
    for name, value in zip(names, got, strict=True):
        reference = wanted.get(name, wanted.get(f"spectral_{name}", wanted["rms"]))
        assert abs(value / reference - 1) <= 2e-5, (name, value)


def test_motion(folder: Path, wanted: dict[str, float]) -> None:
    names = [name for name in wanted if name.startswith(("accel", "gyro"))]
    rows = np.loadtxt(folder / "imu_100hz.csv", delimiter=",", skiprows=1)
    ours = []
    for name in names:
        signal = "_".join(name.split("_")[:2])
        feature = name.removeprefix(signal + "_").removesuffix("_factor")
        ours.append(f"{feature}@{CHANNELS[signal]}")
    features = FeatureSet(ours, Settings(100, 30, 6), units=SCALES)
    got = features.in_units(features.compute(np.rint(rows * SCALES).astype(np.int16)))
    assert len(names) == 12
    for name, value in zip(names, got, strict=True):
        unit = SCALES[0] if name.startswith("accel") else SCALES[3]
        limit = 2e-3 * abs(wanted[name]) if "crest" in name else 0.5 / unit
        assert abs(value - wanted[name]) <= limit, (name, value)
