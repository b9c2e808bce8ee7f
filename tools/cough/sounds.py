"""The sounds of the synthetic set: real coughs, changed a little, and what else is to be heard."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from .recordings import RATE

Signal = NDArray[np.float64]
# ESC-10 has neither laughter nor a cleared throat: these of its classes stand in for them.
STAND_INS = {"laugh": "baby_cry", "throat_clearing": "person_sneeze"}
TRAFFIC = ("helicopter", "chainsaw")
_EDGE = 0.02  # seconds


def load_coughs(folder: Path) -> list[Signal]:
    """The nine real coughs (mp3, 16 kHz), without the silence around them; peak 1."""
    found = []
    for path in sorted(folder.glob("*.mp3")):
        samples, rate = soundfile.read(str(path))
        if rate != RATE:
            raise SystemExit(f"{path} has {rate} Hz, not {RATE}")
        loud = np.flatnonzero(np.abs(samples) > 0.05 * np.abs(samples).max())
        kept = samples[max(loud[0] - 160, 0) : loud[-1] + 160]
        found.append(kept / np.abs(kept).max())
    if not found:
        raise SystemExit(f"{folder} has no .mp3 files")
    return found


def load_clips(folder: Path) -> dict[str, list[Signal]]:
    """ESC-10 clips by class; RMS 1."""
    found: dict[str, list[Signal]] = {}
    with (folder / "meta.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            samples, _ = soundfile.read(str(folder / "audio" / row["file"]))
            found.setdefault(row["class"], []).append(samples / (samples.std() + 1e-9))
    return found


def bouts(cough: Signal) -> list[Signal]:
    """The single coughs of a recording: cut where its loudness falls for a tenth of a second."""
    width = RATE // 50
    loudness = np.sqrt(np.convolve(cough**2, np.ones(width) / width, "same"))
    loud = np.flatnonzero(loudness > 0.1 * loudness.max())
    breaks = np.flatnonzero(np.diff(loud) > RATE // 10)
    starts, ends = np.r_[loud[0], loud[breaks + 1]], np.r_[loud[breaks], loud[-1]]
    pieces = [cough[start:end] for start, end in zip(starts, ends, strict=True)]
    return [piece for piece in pieces if len(piece) > RATE // 20]


def varied(sound: Signal, random: np.random.Generator) -> Signal:
    """The same sound by another breath: up to 12 % faster or slower, duller or brighter."""
    count = int(len(sound) * random.uniform(0.88, 1.12))
    resampled = np.interp(np.linspace(0, len(sound) - 1, count), np.arange(len(sound)), sound)
    tilt = random.uniform(-0.3, 0.3)
    coloured = resampled + tilt * np.r_[0.0, resampled[:-1]]
    fade = np.minimum(1, np.minimum(np.arange(count), np.arange(count)[::-1]) / (_EDGE * RATE))
    return np.asarray(coloured / np.abs(coloured).max() * fade)


def breath(seconds: float, random: np.random.Generator) -> Signal:
    """Deep breathing: soft noise around 500 Hz that swells 20 times a minute."""
    count = int(seconds * RATE)
    time = np.arange(count) / RATE
    swell = np.clip(np.sin(2 * np.pi * time / 3 + random.uniform(0, 6)), 0, 1) ** 2
    return coloured(count, 300, 900, random) * swell


def music(seconds: float, random: np.random.Generator) -> Signal:
    """Chords of plucked strings, two a second."""
    count = int(seconds * RATE)
    out = np.zeros(count)
    for at in np.arange(0, seconds, 0.5):
        first = int(at * RATE)
        time = np.arange(count - first) / RATE
        for semitones in random.choice(24, 3, replace=False):
            pitch = 196 * 2 ** (semitones / 12)
            tone = sum(np.sin(2 * np.pi * pitch * n * time) / n for n in (1, 2, 3))
            out[first:] += tone * np.exp(-4 * time)
    return np.asarray(out / out.std())


def coloured(count: int, low: float, high: float, random: np.random.Generator) -> Signal:
    """Noise between two frequencies; RMS 1."""
    spectrum = np.fft.rfft(random.standard_normal(count))
    hertz = np.fft.rfftfreq(count, 1 / RATE)
    gain = 1 / (1 + (low / np.maximum(hertz, 1)) ** 4) / (1 + (hertz / high) ** 4)
    noise = np.fft.irfft(spectrum * gain, count)
    return np.asarray(noise / noise.std())


def looped(clips: list[Signal], seconds: float, random: np.random.Generator) -> Signal:
    """Clips behind each other until it is long enough."""
    count = int(seconds * RATE)
    parts: list[Signal] = []
    while sum(map(len, parts)) < count:
        parts.append(clips[random.integers(len(clips))])
    return np.concatenate(parts)[:count]
