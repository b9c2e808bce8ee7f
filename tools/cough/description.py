"""``cough.json``: what a device is to do with the two models (``edgesdk.sensing.description``)."""

from __future__ import annotations

from collections.abc import Sequence

from .cascade import IN_A_ROW
from .features import AUDIO, GENDER, IMU, Detector
from .selection import measured

LABEL = "cough"


def description(imu: Sequence[str], audio: Sequence[str]) -> dict[str, object]:
    """Of models over these features. Models go by the names of their files."""
    return {
        "format": 1,
        "name": "cough",
        "streams": [
            _stream(AUDIO, "full scale"),
            _stream(IMU, "m/s^2, degrees/s"),
        ],
        "facts": [{"name": GENDER, "low": 0, "high": 1}] if GENDER in {*imu, *audio} else [],
        "labels": [LABEL],
        "stages": [
            {
                **_stage(IMU, imu),
                "on_miss": {"advance": "step"},
                "on_hit": {"next": AUDIO.name, "advance": 0},
            },
            {
                **_stage(AUDIO, audio),
                "on_hit": {"advance": "step"},
                "limit": IN_A_ROW,
                "on_limit": {"next": IMU.name, "advance": "window"},
                "on_miss": {"next": IMU.name, "advance": "window"},
            },
        ],
        "events": [{"kind": "cough", "stage": AUDIO.name, "label": LABEL}],
    }


def _stream(detector: Detector, unit: str) -> dict[str, object]:
    return {
        "name": detector.name,
        "rate": detector.rate,
        "channels": detector.channels,
        "unit": unit,
        "step": 1 / detector.units,
    }


def _stage(detector: Detector, names: Sequence[str]) -> dict[str, object]:
    return {
        "name": detector.name,
        "stream": detector.name,
        "window": detector.window,
        "step": detector.step,
        "features": measured(names),
        "facts": [name for name in names if name == GENDER],
        "model": f"{detector.name}.json",
        "labels": [LABEL],
        "threshold": detector.threshold,
    }
