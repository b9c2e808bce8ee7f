"""Recordings in the layout of the public cough-counting data set (Zenodo 7562332).

SUBJECT/biodata.json                                    {"Gender": "Female", "BMI": 21.9}
SUBJECT/trial_N/mov_M/background_noise_B/SOUND/
    outward_facing_mic.wav  16 kHz; 32-bit integers that 2^29 makes 1.0, or 16-bit ones
    imu.csv                 100 Hz: Accel x, Accel y, Accel z, Gyro Y, Gyro P, Gyro R
    ground_truth.json       {"start_times": [...], "end_times": [...]}, seconds; coughs only
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

RATE, IMU_RATE = 16000, 100  # Hz
IMU_COLUMNS = ("Accel x", "Accel y", "Accel z", "Gyro Y", "Gyro P", "Gyro R")
IMU_STEPS = 128  # int16 steps for each unit of the file's acceleration and rotation
_WIDE = 32768 / 2**29  # from the data set's 32-bit integers to int16
COUGH = "cough"


@dataclass(frozen=True)
class Recording:
    """One take. ``audio``: int16[n]; ``imu``: int16[m, 6]; ``coughs``: [(start, end)], seconds."""

    subject: str
    movement: str
    noise: str
    sound: str
    gender: int  # 1: female
    audio: NDArray[np.int16]
    imu: NDArray[np.int16]
    coughs: list[tuple[float, float]]

    @property
    def seconds(self) -> float:
        """How long both signals last."""
        return min(len(self.audio) / RATE, len(self.imu) / IMU_RATE)


def recordings(root: Path, subjects: list[str] | None = None) -> Iterator[Recording]:
    """All takes that have both signals, subject by subject."""
    found = sorted(path.parent.name for path in root.glob("*/biodata.json"))
    if not found:
        raise SystemExit(f"{root} has no SUBJECT/biodata.json: see tools/cough/recordings.py")
    for subject in found:
        if subjects is None or subject in subjects:
            yield from _of_subject(root / subject)


def subjects_of(root: Path) -> list[str]:
    """The subjects' folders."""
    return sorted(path.parent.name for path in root.glob("*/biodata.json"))


def _of_subject(folder: Path) -> Iterator[Recording]:
    biodata = json.loads((folder / "biodata.json").read_text())
    gender = int(str(biodata.get("Gender", "")).lower().startswith("f"))
    for take in sorted(folder.glob("trial_*/mov_*/background_noise_*/*")):
        files = take / "outward_facing_mic.wav", take / "imu.csv"
        if not all(path.is_file() for path in files):
            continue
        *_, movement, noise, sound = take.parts
        yield Recording(
            subject=folder.name,
            movement=movement.removeprefix("mov_"),
            noise=noise.removeprefix("background_noise_"),
            sound=sound,
            gender=gender,
            audio=read_audio(files[0]),
            imu=read_imu(files[1]),
            coughs=_truth(take / "ground_truth.json") if sound == COUGH else [],
        )


def read_audio(path: Path) -> NDArray[np.int16]:
    """int16, full scale 32768."""
    wide = soundfile.info(str(path)).subtype != "PCM_16"
    samples, rate = soundfile.read(str(path), dtype="int32" if wide else "int16", always_2d=True)
    if rate != RATE:
        raise SystemExit(f"{path} has {rate} Hz, not {RATE}")
    scaled = np.rint(samples[:, 0] * _WIDE) if wide else samples[:, 0]
    return np.clip(scaled, -32768, 32767).astype(np.int16)


def read_imu(path: Path) -> NDArray[np.int16]:
    """int16[m, 6] in steps of 1/128 of the file's units."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    try:
        values = np.array([[float(row[column]) for column in IMU_COLUMNS] for row in rows])
    except (KeyError, ValueError) as error:
        raise SystemExit(f"{path}: {error}; its columns must be {', '.join(IMU_COLUMNS)}") from None
    return np.clip(np.rint(values * IMU_STEPS), -32768, 32767).astype(np.int16)


def _truth(path: Path) -> list[tuple[float, float]]:
    if not path.is_file():
        return []
    found = json.loads(path.read_text())
    return list(zip(found["start_times"], found["end_times"], strict=True))
