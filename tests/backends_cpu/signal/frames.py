"""Inputs for the signal tests, made by code with fixed seeds, and real clips cut into frames."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

FRAME, HOP = 480, 320  # samples: 30 ms and 20 ms at 16 kHz
CLIPS = ("yes_1000ms", "no_1000ms", "noise_1000ms", "silence_1000ms", "yes_30ms", "no_30ms")
EDGES = np.array([-32768, 32767, 0], np.int16)


def samples(seed: int, size: int, count: int) -> list[np.ndarray]:
    """Frames int16 [size] that strain 16 bits, in turn: noise at full scale, only the extremes, a
    square wave beyond full scale, one impulse, quiet noise with one -32768, quiet noise, silence.
    """
    random = np.random.default_rng(seed)
    return [_samples(random, size, turn % 7) for turn in range(count)]


def _samples(random: np.random.Generator, size: int, kind: int) -> np.ndarray:
    if kind == 0:
        return random.integers(-32768, 32768, size).astype(np.int16)
    if kind == 1:
        return random.choice(EDGES, size)
    if kind == 2:
        period = int(random.integers(2, 40))
        phase = np.arange(size) + int(random.integers(period))
        return np.where(phase % period < period // 2, 32767, -32768).astype(np.int16)
    frame = np.zeros(size, np.int16)
    if kind in {4, 5}:
        frame[:] = random.integers(-100, 100, size)
    if kind in {3, 4}:
        frame[random.integers(size)] = random.choice(EDGES[:2])
    return frame


def words(seed: int, size: int, count: int) -> list[np.ndarray]:
    """Vectors uint32 [size]: full range, about powers of two, every magnitude, small numbers."""
    random = np.random.default_rng(seed)
    return [_words(random, size, turn % 4) for turn in range(count)]


def _words(random: np.random.Generator, size: int, kind: int) -> np.ndarray:
    full = random.integers(0, 2**32, size)
    if kind == 0:
        values = full
    elif kind == 1:
        values = (1 << random.integers(0, 32, size)) - random.integers(0, 2, size)
    elif kind == 2:
        values = full >> random.integers(0, 32, size)
    else:
        values = full & 0xFFF
    return values.astype(np.uint32)


def long_words(seed: int, size: int) -> np.ndarray:
    """Vector uint64 [size]: every magnitude, and the places where a root's rounding turns."""
    random = np.random.default_rng(seed)
    rows = random.integers((0, 0, -1), (2**32, 32, 2), (size, 3)).tolist()
    turns = [(root >> shift) * ((root >> shift) + 1) + off for root, shift, off in rows]
    values = [max(0, min(v, 2**64 - 1)) for v in turns]
    values[:6] = [0, 1, 2**32 - 1, 2**32, 2**64 - 1, 0xFFFF * 0x10000 + 1]
    return np.array(values, np.uint64)


def clip(path: Path) -> list[np.ndarray]:
    """A 16-bit mono WAVE file as overlapping frames int16 [1, 480]."""
    with wave.open(str(path)) as file:
        audio = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int16)
    return [audio[None, i : i + FRAME] for i in range(0, audio.size - FRAME + 1, HOP)]
