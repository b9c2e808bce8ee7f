"""Synthesise a scene for the cough cascade from a seed: sound and motion of half a minute.

    python tools/synthesise_scene.py scene.wav scene.csv [--seed 0]

Coughs are sketched by equation: a burst, a hiss, a voiced end, and the thrust of the chest that
goes with them (``tools/cough/motion.py``). Between them are claps, which move nothing. It shows how
the pieces work together and says nothing of accuracy.
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from cough.motion import add_thrust, still
from cough.recordings import IMU_COLUMNS, RATE
from cough.sounds import Signal, coloured
from synthesise_sounds import write_wav

SECONDS = 30.0
COUGHS = (4.0, 4.6, 13.0, 21.5, 22.2)  # where they begin, s
CLAPS = (9.0, 17.0)


def main() -> None:
    """Write both files, and say where the coughs are."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sound", type=Path)
    parser.add_argument("motion", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    random = np.random.default_rng(options.seed)
    audio = 0.002 * coloured(int(SECONDS * RATE), 60, 2000, random)
    motion = still(SECONDS, random)
    for start in COUGHS:
        place(audio, start, 0.5 * cough(random))
        add_thrust(motion, start, 1.0, random)
    for start in CLAPS:
        place(audio, start, 0.4 * clap(random))
    write_wav(options.sound, np.clip(audio, -1, 1).astype(np.float32))
    with options.motion.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(IMU_COLUMNS)
        writer.writerows([f"{value:.3f}" for value in row] for row in motion)
    print(f"{options.sound}, {options.motion}: coughs at", ", ".join(f"{s:g} s" for s in COUGHS))


def place(audio: Signal, start: float, piece: Signal) -> None:
    """Add a piece."""
    first = int(start * RATE)
    audio[first : first + len(piece)] += piece


def cough(random: np.random.Generator) -> Signal:
    """0.35 s: a burst at once, breath behind it, and a voice that falls."""
    time = np.arange(int(0.35 * RATE)) / RATE
    burst = coloured(len(time), 300, 3000, random) * np.exp(-time / 0.03)
    hiss = 0.35 * coloured(len(time), 600, 4000, random) * np.exp(-((time - 0.12) ** 2) / 0.01)
    pitch = 2 * np.pi * np.cumsum(320 - 300 * time) / RATE
    voice = (
        0.3 * sum(np.sin(n * pitch) / n for n in (1, 2, 3)) * np.exp(-((time - 0.25) ** 2) / 0.004)
    )
    whole = burst + hiss + voice
    return np.asarray(whole / np.abs(whole).max())


def clap(random: np.random.Generator) -> Signal:
    """30 ms, and moves nothing."""
    time = np.arange(int(0.1 * RATE)) / RATE
    whole = coloured(len(time), 800, 5000, random) * np.exp(-time / 0.008)
    return np.asarray(whole / np.abs(whole).max())


if __name__ == "__main__":
    main()
