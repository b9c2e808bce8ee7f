"""Small sensing programs whose scores a test can tell beforehand."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

from edgesdk.native import ffi, lib
from edgesdk.sensing.description import read
from edgesdk.sensing.models import Model, plan_model
from edgesdk.sensing.program import Program, build
from tests.sensing.engine.forests import LEVELS, level_forest

AUDIO = {"name": "audio", "rate": 16000, "unit": "full scale", "step": 2.0**-15}
IMU = {"name": "imu", "rate": 100, "channels": 2, "unit": "m/s^2", "step": 1 / 1024}
PART, LINEAR = lib.EDGE_PART_FOREST, lib.EDGE_LINK_LINEAR
MODEL = Model(level_forest().content, PART, LINEAR, 1 / LEVELS)


def score(window: np.ndarray[Any, Any]) -> int:
    """What MODEL makes of a window [frames, channels]: the rms of the last channel, 0 to 127."""
    samples = np.ascontiguousarray(window[:, -1])
    rms = lib.edge_time_rms(ffi.from_buffer("int16_t[]", samples), len(samples), 1, False)
    return int(level_forest().scores(np.array([[rms]], np.int32))[0])


def stage(name: str, stream: str, window: int, **more: Any) -> dict[str, Any]:
    """A stage on the last channel of a stream."""
    channel = {"audio": 0, "imu": 1}[stream]
    return {
        "name": name,
        "stream": stream,
        "window": window,
        "features": [f"rms@{channel}"],
        "model": "level",
        "labels": ["cough"],
        **more,
    }


def document(stages: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A description over both streams; ``streams`` and the like in ``more`` replace its own."""
    return {
        "format": 1,
        "name": "test",
        "streams": [AUDIO, IMU],
        "labels": ["cough"],
        "stages": stages,
        **more,
    }


def cough_e(**more: Any) -> dict[str, Any]:
    """Cough-E's cascade, with its own windows, steps, thresholds and limit."""
    motion = stage(
        "motion",
        "imu",
        50,
        step=25,
        threshold=0.05,
        on_hit={"next": "sound", "advance": 0},
    )
    to_motion = {"next": "motion", "advance": "window"}
    sound = stage("sound", "audio", 12800, step=6400, threshold=0.30, limit=4)
    sound.update(on_limit=to_motion, on_miss=to_motion)
    return document([motion, sound], **more)


def small(buffer: int = 30, **more: Any) -> dict[str, Any]:
    """The same shape in miniature: 10 ticks to an IMU frame, windows of 4 frames and 60 samples."""
    streams = [
        {**AUDIO, "rate": 1000, "buffer": buffer},
        {**IMU, "rate": 100, "buffer": max(1, buffer // 10)},
    ]
    motion = stage("motion", "imu", 4, step=2, threshold=0.25)
    motion["on_hit"] = {"next": "sound", "advance": 0}
    sound = stage("sound", "audio", 60, step=30, threshold=0.3, limit=3)
    sound["on_limit"] = sound["on_miss"] = {"next": "motion", "advance": 45}
    return document([motion, sound], streams=streams, **more)


def made(description: dict[str, Any]) -> Program:
    """The program of a description whose stages all have the model ``level``."""
    return build(read(description), {"level": MODEL})


def rows_plan(rows: int, mels: int, outputs: int, scale: float = 1 / 256) -> bytes:
    """A plan without kernels: its output is the end of the newest row, as it lies there."""
    size = rows * mels
    given = {"dtype": "int8", "shape": [1, rows, mels], "quantisation": [[0.08], [90], None]}
    output = {"dtype": "int8", "quantisation": [[scale], [-128], None]}
    sections = [
        struct.pack("<2I", 0, size),
        struct.pack("<2I", size - outputs, outputs),
        *[b""] * 3,  # variables, records, constants
        json.dumps({"inputs": [given], "outputs": [output]}).encode(),
        b"",
    ]
    body = b"".join(section + bytes(-len(section) % 16) for section in sections)
    numbers = (1, 48 + len(body), size + -size % 16, *map(len, sections), 0)
    return b"EDPL" + struct.pack("<11I", *numbers) + body


def every_kind() -> Program:
    """Both kinds of stages, both kinds of post-processing, a fact."""
    description = small(
        facts=[{"name": "gender", "low": 0, "high": 1}],
        events=[
            {"kind": "cough", "stage": "sound", "label": "cough", "step": 2, "period": 0.5},
            {"kind": "smooth", "stage": "rows", "windows": 3, "on": 0.2, "off": 0.1},
        ],
    )
    motion, sound = description["stages"]
    motion["facts"], motion["model"] = ["gender"], "with gender"
    sound["on_miss"] = {"next": "rows", "advance": 15}
    rows = {
        "name": "rows",
        "stream": "audio",
        "logmel": {"rows": 4, "window": 20, "hop": 10, "mels": 5},
        "step": 10,
        "model": "plan",
        "labels": ["cough", None],
        "threshold": 0.7,
        "on_hit": {"next": "motion", "advance": "window"},
    }
    description["stages"].append(rows)
    two = Model(level_forest(2).content, PART, LINEAR, 1 / LEVELS)
    models = {"level": MODEL, "with gender": two, "plan": plan_model(rows_plan(4, 5, 2))}
    return build(read(description), models)
