"""The predecessor's window from samples to votes: our features, our forest, its 94 and 6."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edgesdk.sensing.features import FeatureSet, Settings
from edgesdk.sensing.forest_pack import pack
from tests.sensing.features.test_reference import CHANNELS, SCALES, audio_name
from tests.sensing.forest.models import CoughDet


def _audio(folder: Path, names: list[str]) -> dict[str, float]:
    samples = np.rint(np.loadtxt(folder / "audio_air_16k.csv") * 32768).astype(np.int16)
    settings = Settings(16000, 4800, mfcc_zeros=True)
    features = FeatureSet([audio_name(name) for name in names], settings, units=32768)
    return dict(zip(names, features.in_units(features.compute(samples)), strict=True))


def _motion(folder: Path, names: list[str]) -> dict[str, float]:
    samples = np.loadtxt(folder / "imu_100hz.csv", delimiter=",", skiprows=1)
    whole = np.rint(samples * SCALES).astype(np.int16)
    wanted = []
    for name in names:
        sensor, axis, kind = name.split("_", 2)
        wanted.append(f"{kind.removesuffix('_factor')}@{CHANNELS[f'{sensor}_{axis}']}")
    features = FeatureSet(wanted, Settings(100, len(whole), 6), units=SCALES)
    return dict(zip(names, features.in_units(features.compute(whole)), strict=True))


def test_from_samples_to_votes(data: Path) -> None:
    folder = data / "cough-e" / "biomedbench-coughdet-55502-w2"
    coughdet = CoughDet(data)
    names = coughdet.reference["feature_names"]
    motion = [name for name in names if name.startswith(("accel", "gyro"))]
    audio = [name for name in names if name not in {*motion, "gender", "bmi"}]
    facts = {"gender": coughdet.reference["gender"], "bmi": coughdet.reference["bmi"]}
    found = {**_audio(folder, audio), **_motion(folder, motion), **facts}
    raw = np.array([[found[name] for name in names]])
    assert raw.shape == (1, 40)
    values = coughdet.fixed_point(raw)
    [score] = pack(coughdet.trees(), coughdet.bits, values).scores(values)
    votes = (100 + int(score)) // 2
    assert (100 - votes, votes) == (94, 6)
