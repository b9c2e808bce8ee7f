"""Short takes made on the spot: bursts of noise and thrusts of the chest for coughs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import soundfile

from tools.cough.motion import add_thrust, still
from tools.cough.recordings import IMU_COLUMNS, IMU_STEPS, RATE, Recording

LENGTH = 0.35  # seconds of a cough


def take(
    subject: str = "1", seconds: float = 6.0, coughs: tuple[float, ...] = (1.0, 3.1), seed: int = 0
) -> Recording:
    """A take with coughs at these times; noise and breath beside them."""
    random = np.random.default_rng(seed)
    audio = random.normal(0, 30, int(seconds * RATE))
    motion = still(seconds, random)
    for start in coughs:
        count = int(LENGTH * RATE)
        fall = np.exp(-np.arange(count) / (0.1 * RATE))
        audio[int(start * RATE) :][:count] += 6000 * fall * random.standard_normal(count)
        add_thrust(motion, start, 1.0, random)
    return Recording(
        subject=subject,
        movement="sit",
        noise="nothing",
        sound="cough" if coughs else "laugh",
        gender=int(subject) % 2,
        audio=np.clip(np.rint(audio), -32768, 32767).astype(np.int16),
        imu=np.clip(np.rint(motion * IMU_STEPS), -32768, 32767).astype(np.int16),
        coughs=[(start, start + LENGTH) for start in coughs],
    )


def write(root: Path, given: Recording) -> None:
    """The take as the public data set has it."""
    folder = root / given.subject
    place = folder / "trial_1" / "mov_sit" / "background_noise_nothing" / given.sound
    place.mkdir(parents=True)
    gender = "Female" if given.gender else "Male"
    (folder / "biodata.json").write_text(json.dumps({"Gender": gender, "BMI": 22.0}))
    soundfile.write(str(place / "outward_facing_mic.wav"), given.audio, RATE, subtype="PCM_16")
    rows = given.imu / IMU_STEPS
    header = ",".join(IMU_COLUMNS)
    np.savetxt(place / "imu.csv", rows, "%.7f", ",", header=header, comments="")
    if given.coughs:
        starts, ends = zip(*given.coughs, strict=True)
        truth = {"start_times": starts, "end_times": ends}
        (place / "ground_truth.json").write_text(json.dumps(truth))
