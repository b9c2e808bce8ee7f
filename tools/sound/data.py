"""ESC-10 style folders: ``meta.csv`` (file, fold, target, class) and an ``audio`` folder."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

RATE = 16000  # Hz
SAMPLES = 80000  # 5 s
AUDIO_SUFFIXES = (".flac", ".wav", ".ogg")


@dataclass(frozen=True)
class Clips:
    """Labelled clips in the order of ``meta.csv``."""

    names: list[str]
    audio: NDArray[np.float32]  # [clips, 80000]
    targets: NDArray[np.int64]  # [clips]
    folds: NDArray[np.int64]  # [clips]
    labels: list[str]  # class name of each target

    def select(self, mask: NDArray[np.bool_]) -> Clips:
        """The clips where ``mask`` holds."""
        names = [name for name, kept in zip(self.names, mask, strict=True) if kept]
        return Clips(names, self.audio[mask], self.targets[mask], self.folds[mask], self.labels)


def load(folder: Path, folds: list[int]) -> Clips:
    """Read the clips of some folds, as mono 16 kHz, trimmed or padded to 5 s."""
    with (folder / "meta.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    by_target = {int(row["target"]): row["class"] for row in rows}
    numbers = sorted(by_target)
    labels = [by_target[number] for number in numbers]
    rows = [row for row in rows if int(row["fold"]) in folds]
    if not rows:
        raise SystemExit(f"{folder / 'meta.csv'} lists no clip of folds {folds}")
    audio = np.stack([read_clip(find_audio(folder, row["file"])) for row in rows])
    targets = np.array([numbers.index(int(row["target"])) for row in rows])
    folds_of = np.array([int(row["fold"]) for row in rows])
    return Clips([row["file"] for row in rows], audio, targets, folds_of, labels)


def find_audio(folder: Path, name: str) -> Path:
    """The file of that name in ``audio`` or beside it, with any known suffix."""
    for place in (folder / "audio", folder):
        for suffix in (Path(name).suffix, *AUDIO_SUFFIXES):
            path = (place / name).with_suffix(suffix)
            if path.is_file():
                return path
    raise SystemExit(f"{folder} has no audio file for {name}")


def read_clip(path: Path) -> NDArray[np.float32]:
    """Read any file that soundfile knows: float32[80000] in -1..1, 16 kHz, mono."""
    audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = audio.mean(axis=1)
    if rate != RATE:
        mono = stretch(mono, RATE / rate)
    return fit(mono, SAMPLES)


def stretch(audio: NDArray[np.float32], factor: float) -> NDArray[np.float32]:
    """Resample to ``factor`` times as many samples by cutting or padding the spectrum."""
    length = round(len(audio) * factor)
    spectrum = np.fft.rfft(audio)[: length // 2 + 1]
    return (np.fft.irfft(spectrum, length) * factor).astype(np.float32)


def fit(audio: NDArray[np.float32], samples: int) -> NDArray[np.float32]:
    """Trim, or pad with silence."""
    return np.pad(audio[:samples], (0, max(0, samples - len(audio)))).astype(np.float32)
