"""The features that CoughDet's original C gives for a real window: parity, with its conventions.

Its audio is centred and its motion is not; a crest factor is of the largest sample with its sign;
means of pairs are over count - 1. Units of our samples: audio 1/32768 of full scale, acceleration
1/256 of the file's unit (to +-128; it reaches 105), rotation 1/1024 (to +-32; it reaches 10.3).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.sensing.time import features, oracle
from tests.sensing.time.signals import Samples, whole

AUDIO, ACCELERATION, ROTATION = 32768, 256, 1024
AXES = {"accel_x": 0, "accel_y": 1, "accel_z": 2, "gyro_y": 3, "gyro_p": 4, "gyro_r": 5}


@pytest.fixture(scope="module")
def folder(data: Path) -> Path:
    return data / "cough-e" / "biomedbench-coughdet-55502-w2"


@pytest.fixture(scope="module")
def wanted(folder: Path) -> dict[str, float]:
    reference = json.loads((folder / "reference_outputs.json").read_text())
    return dict(zip(reference["feature_names"], reference["features_raw"], strict=True))


@pytest.fixture(scope="module")
def audio(folder: Path) -> Samples:
    return whole(np.loadtxt(folder / "audio_air_16k.csv") * AUDIO)


@pytest.fixture(scope="module")
def motion(folder: Path) -> dict[str, tuple[Samples, int]]:
    """Of each signal its samples and how many of them make a unit."""
    rows = np.loadtxt(folder / "imu_100hz.csv", delimiter=",", skiprows=1)
    table = whole(rows * ([ACCELERATION] * 3 + [ROTATION] * 3))
    units = {name: ROTATION if name.startswith("gyro") else ACCELERATION for name in AXES}
    signals = {name: (table[:, column], units[name]) for name, column in AXES.items()}
    signals["accel_norm"] = features.magnitude(table[:, 0:]), ACCELERATION
    signals["gyro_norm"] = features.magnitude(table[:, 3:]), ROTATION
    return signals


def test_audio(audio: Samples, wanted: dict[str, float]) -> None:
    """The file holds whole 16-bit samples, so only our rounding is left."""
    assert round(features.zero_crossings(audio, True) * 4799) == round(wanted["zcr"] * 4799) == 308
    assert abs(features.zero_crossings(audio, True) - wanted["zcr"]) < 1e-5
    assert abs(features.rms(audio, True) / AUDIO / wanted["rms"] - 1) < 3e-6
    assert abs(features.crest_factor(audio, True) / wanted["crest_factor"] - 1) < 3e-6


def test_motion(motion: dict[str, tuple[Samples, int]], wanted: dict[str, float]) -> None:
    """To half a unit of our samples for a mean, and 0.2 % for a ratio."""
    checked = 0
    for name, (samples, unit) in motion.items():
        if (length := wanted.get(f"{name}_line_length")) is not None:
            assert abs(features.line_length(samples) / unit - length) < 0.5 / unit
            checked += 1
        if (crest := wanted.get(f"{name}_crest_factor")) is not None:
            assert abs(features.crest_factor(samples, False) / crest - 1) < 2e-3
            checked += 1
        if (rms := wanted.get(f"{name}_rms")) is not None:
            assert abs(features.rms(samples, False) / unit - rms) < 0.5 / unit
            checked += 1
    assert checked == 12


def test_the_other_features_of_cough_e(
    motion: dict[str, tuple[Samples, int]], audio: Samples
) -> None:
    """No reference outputs, but real signals: kurtosis, and AZC at 0.3 ... 1.0 of a unit."""
    for samples, unit in motion.values():
        assert abs(features.kurtosis(samples) - oracle.kurtosis(samples)) < 1e-3
        tolerances = [round(tenths * unit / 10) for tenths in range(3, 11)]
        counts = features.azc_of_all(samples, tolerances)
        assert counts == [oracle.azc(samples, tolerance) for tolerance in tolerances]
    for low in range(50, 1000, 50):
        peaks = oracle.envelope_peaks(audio, 16000, low, low + 50)
        assert features.envelope_peaks(audio, 16000, low, low + 50) == peaks
