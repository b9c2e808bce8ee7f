"""Synthesise example sounds for the demo, from nothing but a seed.

    python tools/synthesise_sounds.py OUT_DIR [--seed 0]

writes one 16 kHz 16-bit mono wav of 5 s per sound. They are sketches by ear and by equation, no
recording is in them; the names are those of the classes that the model was trained to name.
"""

from __future__ import annotations

import argparse
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 16000  # Hz
SAMPLES = 80000  # 5 s
TIME = np.arange(SAMPLES) / RATE  # seconds

Signal = NDArray[np.float64]


def coloured_noise(random: np.random.Generator, gain: Callable[[Signal], Signal]) -> Signal:
    """Gaussian noise whose spectrum is shaped by ``gain`` (Hz -> amplitude); RMS 1."""
    spectrum = np.fft.rfft(random.standard_normal(SAMPLES))
    noise = np.fft.irfft(spectrum * gain(np.fft.rfftfreq(SAMPLES, 1 / RATE)), SAMPLES)
    return np.asarray(noise / noise.std())


def band(low: float, high: float) -> Callable[[Signal], Signal]:
    """The amplitude of a gentle band-pass, 12 dB an octave on either side."""
    return lambda hertz: 1 / (1 + (low / np.maximum(hertz, 1)) ** 2) / (1 + (hertz / high) ** 2)


def add_ring(signal: Signal, start: float, hertz: float, decay: float, amplitude: float) -> None:
    """Add a sine that begins at ``start`` seconds and fades to 1/e in ``decay`` seconds."""
    first = int(start * RATE)
    length = min(SAMPLES - first, int(8 * decay * RATE))
    time = np.arange(length) / RATE
    signal[first : first + length] += (
        amplitude * np.exp(-time / decay) * np.sin(2 * np.pi * hertz * time)
    )


def clock_tick(random: np.random.Generator) -> Signal:
    """Two ticks a second, each a few short rings of the case, in a quiet room."""
    signal = 0.002 * coloured_noise(random, band(20, 400))
    period = random.uniform(0.45, 0.55)
    tones = random.uniform(1800, 6500, 6)
    for beat, start in enumerate(np.arange(0.1, 4.95, period)):
        for tone in tones:
            loud = random.uniform(0.1, 0.2) * (1.0 if beat % 2 else 0.7)
            add_ring(signal, start, tone, 0.004, loud)
            add_ring(signal, start + 0.03, tone, 0.003, 0.4 * loud)
    return signal


def rain(random: np.random.Generator) -> Signal:
    """Steady hiss of many far drops, and single near ones."""
    signal = 0.12 * coloured_noise(random, band(700, 7000))
    for start in random.uniform(0, 4.9, 900):
        add_ring(signal, start, random.uniform(1500, 7000), 0.002, random.exponential(0.06))
    return signal


def sea_waves(random: np.random.Generator) -> Signal:
    """Surf: noise that swells and breaks; the crest is brighter than the trough."""
    phase = 2 * np.pi * (TIME / random.uniform(3.5, 5.5) + random.uniform())
    swell = (0.5 - 0.5 * np.cos(phase)) ** 2
    low = coloured_noise(random, band(60, 500))
    high = coloured_noise(random, band(500, 3000))
    return np.asarray(0.08 * (0.4 + swell) * low + 0.12 * swell * high)


def fire_crackling(random: np.random.Generator) -> Signal:
    """A low rush of air, a faint hiss, and wood that snaps at random, softly or loud."""
    rush = coloured_noise(random, band(20, 90))
    hiss = coloured_noise(random, band(100, 7000)) * (1 + 0.3 * coloured_noise(random, band(1, 4)))
    signal = 0.04 * rush + 0.012 * hiss
    for start in random.uniform(0, 4.95, random.poisson(220)):
        loud = min(0.4, random.exponential(0.035))
        for _ in range(3):
            add_ring(signal, start, random.uniform(600, 7500), random.uniform(5e-4, 3e-3), loud)
    return signal


def chainsaw(random: np.random.Generator) -> Signal:
    """A two-stroke engine: many harmonics of an unsteady speed, and a little rough hiss."""
    speed = random.uniform(100, 120) * (1 + 0.1 * np.sin(2 * np.pi * 0.4 * TIME))
    wobble = np.cumsum(random.standard_normal(SAMPLES)) / 4000
    phase = 2 * np.pi * np.cumsum(speed) / RATE + wobble
    tone = sum(np.sin(order * phase + order**2) / order**0.5 for order in range(1, 45))
    hiss = coloured_noise(random, band(300, 3000)) * (1 + 0.5 * np.sin(phase))
    return np.asarray(0.055 * tone + 0.02 * hiss)


def rooster(random: np.random.Generator) -> Signal:
    """Cock-a-doodle-doo, once: four notes, the third high and long, the last falling."""
    notes = (
        (0.3, 0.18, 650, 800),
        (0.6, 0.16, 800, 850),
        (0.85, 0.4, 850, 1000),
        (1.35, 0.9, 1000, 650),
    )
    tune = random.uniform(0.95, 1.05)
    signal = 0.0005 * coloured_noise(random, band(50, 2000))
    for start, length, low, high in notes:
        add_voice(signal, start, length, np.array([low, high, high, low]) * tune, 0.6)
    return signal


def baby_cry(random: np.random.Generator) -> Signal:
    """Wails of about a second with a breath between, pitch rising and falling."""
    signal = 0.002 * coloured_noise(random, band(50, 2000))
    start = 0.1
    while start < 4.2:
        length = random.uniform(0.6, 1.0)
        pitch = random.uniform(420, 480)
        add_voice(signal, start, length, pitch * np.array([0.85, 1.1, 1.05, 0.8]), 0.5)
        start += length + random.uniform(0.2, 0.35)
    return signal


def add_voice(
    signal: Signal, start: float, length: float, pitches: Signal, amplitude: float
) -> None:
    """Add a sung note: harmonics of a gliding pitch, louder near two resonances of the throat."""
    first, count = int(start * RATE), int(length * RATE)
    count = min(count, SAMPLES - first)
    along = np.linspace(0, 1, count)
    pitch = np.interp(along, np.linspace(0, 1, len(pitches)), pitches)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    note = np.zeros(count)
    for order in range(1, int(7500 / pitches.max()) + 1):
        hertz = order * pitch
        resonance = 1 / (1 + ((hertz - 1200) / 700) ** 2) + 0.6 / (1 + ((hertz - 3300) / 900) ** 2)
        note += resonance * np.sin(order * phase)
    envelope = np.minimum(1, np.minimum(along, 1 - along) * 12)
    signal[first : first + count] += amplitude * envelope * note / np.abs(note).max()


SOUNDS: dict[str, Callable[[np.random.Generator], Signal]] = {
    sound.__name__: sound
    for sound in (
        clock_tick, rain, sea_waves, fire_crackling, chainsaw, rooster, baby_cry
    )
}  # fmt: skip


def synthesise(name: str, seed: int) -> NDArray[np.float32]:
    """One sound by its class name: float32[80000] in -1..1, the same for the same seed."""
    signal = SOUNDS[name](np.random.Generator(np.random.PCG64(seed)))
    return np.clip(signal, -1, 1).astype(np.float32)


def write_wav(path: Path, audio: NDArray[np.float32]) -> None:
    """Write float32[n] in -1..1 as 16 kHz 16-bit mono."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.round(audio * 32767).astype("<i2").tobytes())


def main() -> None:
    """Write every sound into a folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="folder to write into")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for name in SOUNDS:
        write_wav(options.out / f"{name}.wav", synthesise(name, options.seed))
        print(options.out / f"{name}.wav")


if __name__ == "__main__":
    main()
