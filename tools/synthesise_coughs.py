"""Make a synthetic cough data set in the layout of the public one (Zenodo 7562332).

    python tools/synthesise_coughs.py --coughs DIR --sounds DIR --out DIR [--subjects 9] [--seed 0]

``--coughs`` holds the nine real coughs of Smith et al. 2006, ``--sounds`` ESC-10. Each subject has
one of the coughs, varied, and sounds of its own, so that subjects share no sound but the coughs of
somebody else in the background. Levels of noise against the coughs' peaks are in ``NOISE_DB``. The
motion is argued, not measured (``tools/cough/motion.py``): **what a model scores on this set says
that the pipeline works, and nothing about people.**
"""

from __future__ import annotations

import argparse
import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from cough.motion import Motion, add_thrust, still, walking
from cough.recordings import IMU_COLUMNS, RATE
from cough.sounds import (
    STAND_INS,
    TRAFFIC,
    Signal,
    bouts,
    breath,
    coloured,
    load_clips,
    load_coughs,
    looped,
    music,
    varied,
)

SECONDS = 20.0
MOVEMENTS = ("sit", "walk")
NOISES = ("nothing", "music", "traffic", "someone_else_cough")
SOUNDS = ("cough", "laugh", "deep_breathing", "throat_clearing")
NOISE_DB = {"nothing": -50.0, "music": -24.0, "traffic": -22.0, "someone_else_cough": -12.0}
PEAK = 0.5  # of full scale, of a cough
THRUSTS = {"cough": 1.0, "laugh": 0.12, "throat_clearing": 0.15, "deep_breathing": 0.0}
LEVELS = {"laugh": 0.12, "throat_clearing": 0.2, "deep_breathing": 0.02}  # RMS of full scale


@dataclass(frozen=True)
class Subject:
    """Who makes the sounds. ``cough`` and ``clips`` are this subject's alone."""

    name: str
    cough: list[Signal]
    other_cough: list[Signal]
    clips: dict[str, list[Signal]]
    random: np.random.Generator


def main() -> None:
    """Write the set."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--coughs", type=Path, required=True)
    parser.add_argument("--sounds", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--subjects", type=int, default=9)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    coughs, clips = load_coughs(given.coughs), load_clips(given.sounds)
    if not 2 <= given.subjects <= len(coughs):
        raise SystemExit(f"from 2 to {len(coughs)} subjects: each needs a cough of its own")
    for number in range(given.subjects):
        write_subject(subject_of(number, given.subjects, coughs, clips, given.seed), given.out)
        print(f"subject {number + 1} of {given.subjects}", flush=True)


def subject_of(
    number: int, subjects: int, coughs: list[Signal], clips: dict[str, list[Signal]], seed: int
) -> Subject:
    """Every ``subjects``-th clip of each class, one cough, and the next one for somebody else."""
    return Subject(
        name=f"{10000 + number}",
        cough=bouts(coughs[number]),
        other_cough=bouts(coughs[(number + 1) % subjects]),
        clips={name: found[number::subjects] for name, found in clips.items()},
        random=np.random.default_rng([seed, number]),
    )


def write_subject(subject: Subject, out: Path) -> None:
    """All its takes."""
    folder = out / subject.name
    folder.mkdir(parents=True, exist_ok=True)
    gender = "Female" if int(subject.name) % 2 else "Male"
    (folder / "biodata.json").write_text(json.dumps({"Gender": gender, "BMI": 22.0}))
    for movement in MOVEMENTS:
        for noise in NOISES:
            for sound in SOUNDS:
                place = folder / "trial_1" / f"mov_{movement}" / f"background_noise_{noise}" / sound
                write_take(subject, movement, noise, sound, place)


def write_take(subject: Subject, movement: str, noise: str, sound: str, place: Path) -> None:
    """One take of ``SECONDS``: sound, motion, and where the coughs are."""
    motion = still(SECONDS, subject.random)
    if movement == "walk":
        motion += walking(SECONDS, subject.random)
    audio = background(subject, noise)
    if movement == "walk":  # clothes and steps
        audio += 10 ** (-45 / 20) * coloured(len(audio), 60, 600, subject.random)
    truth = add_coughs(subject, audio, motion) if sound == "cough" else []
    if sound != "cough":
        add_other(subject, sound, audio, motion)
    place.mkdir(parents=True, exist_ok=True)
    whole = np.clip(np.rint(audio * 32768), -32768, 32767).astype(np.int16)
    soundfile.write(str(place / "outward_facing_mic.wav"), whole, RATE, subtype="PCM_16")
    write_imu(place / "imu.csv", motion)
    if truth:
        times = {"start_times": [t[0] for t in truth], "end_times": [t[1] for t in truth]}
        (place / "ground_truth.json").write_text(json.dumps(times))


def background(subject: Subject, noise: str) -> Signal:
    """The noise of a take, at its level below a cough's peak; a little hiss in all of them."""
    random, level = subject.random, PEAK * 10 ** (NOISE_DB[noise] / 20)
    hiss = PEAK * 10 ** (NOISE_DB["nothing"] / 20) * coloured(int(SECONDS * RATE), 50, 6000, random)
    if noise == "music":
        return hiss + level * music(SECONDS, random)
    if noise == "traffic":
        clips = [clip for name in TRAFFIC for clip in subject.clips[name]]
        return hiss + level * looped(clips, SECONDS, random)
    if noise == "someone_else_cough":
        for start in np.arange(2.0, SECONDS - 2.0, random.uniform(2.5, 4.0)):
            piece = varied(subject.other_cough[random.integers(len(subject.other_cough))], random)
            first = int(start * RATE)
            hiss[first : first + len(piece)] += level * piece[: len(hiss) - first]
    return hiss


def add_coughs(subject: Subject, audio: Signal, motion: Motion) -> list[tuple[float, float]]:
    """Coughs of one or two thrusts every one to three seconds; (start, end) of each."""
    random, truth = subject.random, []
    at = random.uniform(1.0, 2.0)
    while at < SECONDS - 1.5:
        piece = varied(subject.cough[random.integers(len(subject.cough))], random)[: RATE // 2]
        piece *= PEAK * random.uniform(0.5, 1.0)
        first = int(at * RATE)
        audio[first : first + len(piece)] += piece
        add_thrust(motion, at, THRUSTS["cough"] * random.uniform(0.7, 1.3), random)
        truth.append((round(at, 3), round(at + len(piece) / RATE, 3)))
        at += len(piece) / RATE + random.choice([0.15, random.uniform(0.8, 2.5)])
    return truth


def add_other(subject: Subject, sound: str, audio: Signal, motion: Motion) -> None:
    """A sound that is no cough, at its level, with the small thrusts that go with it."""
    random = subject.random
    if sound == "deep_breathing":
        made = breath(SECONDS, random)
    else:
        made = looped(subject.clips[STAND_INS[sound]], SECONDS, random)
    audio += LEVELS[sound] * made / (made.std() + 1e-9)
    loud = np.sqrt(np.convolve(made**2, np.ones(RATE // 10) / (RATE // 10), "same"))
    for start in np.arange(0.5, SECONDS - 0.5, 1 / 4.5):
        if loud[int(start * RATE)] > loud.mean():
            add_thrust(motion, start, THRUSTS[sound] * random.uniform(0.5, 1.5), random)


def write_imu(path: Path, motion: Motion) -> None:
    """As the data set's own file."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(IMU_COLUMNS)
        writer.writerows([f"{value:.3f}" for value in row] for row in motion)


if __name__ == "__main__":
    main()
