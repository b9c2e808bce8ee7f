"""The motion of the chest in the synthetic set, argued from the body; nothing in it was measured.

Units are those of the data set's files: acceleration in m/s^2, rotation in degrees a second.

- Gravity lies over the three axes as the sensor hangs, tilted anew for each take.
- Breathing lifts the chest a quarter as often a second as people breathe: slow and small.
- A cough is a volley: the diaphragm thrusts the chest within 40 ms, about 50 ms before the sound
  (the glottis is still closed: the compressive phase), and the chest rings at 7 Hz for 0.3 s. The
  trunk nods with it.
- Walking shakes the trunk at 1.8 steps a second with harmonics, as strong as a cough, not as fast.
- Laughter is 4.5 small thrusts a second; a cleared throat is one small thrust; a cough of somebody
  else moves nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .recordings import IMU_RATE

Motion = NDArray[np.float64]  # [samples, 6]
GRAVITY = 9.81  # m/s^2
_LEAD = 0.05  # seconds from the thrust to the sound
_NOISE = np.array([0.03, 0.03, 0.03, 0.2, 0.2, 0.2])


def still(seconds: float, random: np.random.Generator) -> Motion:
    """A body that sits and breathes, as the sensor sees it."""
    time = np.arange(int(seconds * IMU_RATE)) / IMU_RATE
    tilt = random.normal(0, 0.2, 2)
    down = np.array([np.sin(tilt[0]), -np.cos(tilt[0]) * np.cos(tilt[1]), np.sin(tilt[1])])
    breathing = np.sin(2 * np.pi * 0.25 * time + random.uniform(0, 6))[:, None]
    swell = np.array([0.02, 0.03, 0.08, 0.3, 1.0, 0.3])
    out = random.normal(0, 1, (len(time), 6)) * _NOISE + breathing * swell
    out[:, :3] += GRAVITY * down
    return np.asarray(out)


def walking(seconds: float, random: np.random.Generator) -> Motion:
    """What steps add: 1.8 a second, each with a sharp heel strike."""
    time = np.arange(int(seconds * IMU_RATE)) / IMU_RATE
    phase = 2 * np.pi * random.uniform(1.6, 2.0) * time + random.uniform(0, 6)
    up = 1.6 * np.sin(phase) + 0.8 * np.sin(2 * phase + 1) + 0.4 * np.sin(3 * phase + 2)
    side, turn = np.sin(phase / 2), np.sin(phase / 2 + 1)
    columns = (0.5 * side, up, 0.6 * np.cos(phase), 12 * turn, 8 * np.sin(phase), 10 * side)
    return np.stack(columns, axis=1) * random.uniform(0.8, 1.2, 6)


def add_thrust(
    motion: Motion, sound_start: float, strength: float, random: np.random.Generator
) -> None:
    """Add the thrust that goes with a sound; ``strength`` 1 is a full cough."""
    first = int((sound_start - _LEAD) * IMU_RATE)
    if first < 0 or first >= len(motion):
        return
    time = np.arange(min(len(motion) - first, IMU_RATE)) / IMU_RATE
    rise = np.minimum(time / 0.04, 1) * np.exp(-time / 0.12)
    ring = rise * np.cos(2 * np.pi * random.uniform(6, 8) * time)
    size = np.array([1.0, 1.5, 4.0, 8.0, 45.0, 10.0]) * random.uniform(0.7, 1.3, 6)
    sign = random.choice([-1.0, 1.0], 6)
    motion[first : first + len(time)] += strength * ring[:, None] * size * sign
