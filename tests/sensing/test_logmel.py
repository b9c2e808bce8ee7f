"""The C front end against a float64 oracle, and against what is known of sounds."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edgesdk.errors import InputMismatch
from edgesdk.sensing.logmel import LogMel, description, log_mel

sys.path.insert(0, str(Path(__file__).parent))
import oracle

HOP = 625
TIME = np.arange(16 * HOP) / 16000.0


def sine(hertz: float, amplitude: float = 1.0) -> np.ndarray:
    return (amplitude * np.sin(2 * np.pi * hertz * TIME)).astype(np.float32)


def energy_error(audio: np.ndarray) -> float:
    """Largest error in band energy, relative to the frame's loudest band or the floor."""
    ours, wanted = np.exp(log_mel(audio).astype(np.float64)), np.exp(oracle.log_mel(audio))
    return float((np.abs(ours - wanted) / wanted.max(1, keepdims=True)).max())


@pytest.mark.parametrize("amplitude", [1.0, 0.1, 1e-3, 1e-5])
def test_equals_the_oracle_on_noise(amplitude: float) -> None:
    noise = np.random.default_rng(1).uniform(-amplitude, amplitude, 128 * HOP).astype(np.float32)
    assert np.abs(log_mel(noise) - oracle.log_mel(noise)).max() < 2e-4


def test_equals_the_oracle_on_sines() -> None:
    assert max(energy_error(sine(hertz)) for hertz in (50, 440, 1000, 3999.5, 7990)) < 2e-6


@given(arrays(np.float32, 2 * HOP, elements=st.floats(-1, 1, width=32)))
@settings(max_examples=50)
def test_equals_the_oracle_on_anything(audio: np.ndarray) -> None:
    # A full-scale constant lies outside all bands; of its energy single precision leaves about
    # 1e-12 in them, which is 1e-4 of the floor.
    assert energy_error(audio) < 5e-4


def test_equals_the_oracle_on_real_sounds(data: Path) -> None:
    import soundfile

    sounds = sorted((data / "esc10" / "audio").glob("*.flac"))[::40]
    assert sounds
    for path in sounds:
        audio = soundfile.read(path, dtype="float32")[0][: 128 * HOP]
        audio = np.pad(audio, (0, 128 * HOP - len(audio)))
        assert np.abs(log_mel(audio) - oracle.log_mel(audio)).max() < 5e-3, path.name


def test_silence_is_the_floor() -> None:
    rows = log_mel(np.zeros(4 * HOP, np.float32))
    assert rows.shape == (4, 64)
    assert np.all(rows == np.log(np.float32(1e-8)))


def test_full_scale_sine_lies_in_its_band_near_zero() -> None:
    centres = np.linspace(oracle.mel(40.0), oracle.mel(8000.0), 66)[1:-1]
    for hertz in (200.0, 1000.0, 4000.0):
        row = log_mel(sine(hertz))[-1]
        assert abs(int(row.argmax()) - int(np.abs(centres - oracle.mel(hertz)).argmin())) <= 1
        assert -1.5 < row.max() < 0.5


def test_ten_times_louder_is_twenty_decibels() -> None:
    quiet, loud = log_mel(sine(1000, 0.05))[4:], log_mel(sine(1000, 0.5))[4:]
    assert np.allclose((loud - quiet).max(1), np.log(100.0), atol=1e-3)


def test_square_wave_of_full_scale_is_finite() -> None:
    rows = log_mel(np.sign(sine(997)))
    assert np.isfinite(rows).all() and rows.max() < 2.0


def test_stream_equals_clip() -> None:
    audio = np.random.default_rng(2).uniform(-1, 1, 12 * HOP).astype(np.float32)
    stream = LogMel()
    parts = [stream.feed(part) for part in np.split(audio, [HOP, HOP, 5 * HOP])]
    assert np.array_equal(np.concatenate(parts), log_mel(audio))
    stream.reset()
    assert np.array_equal(stream.feed(audio), log_mel(audio))


def test_nan_counts_as_silence_and_excess_as_full_scale() -> None:
    audio = sine(1000, 0.5)
    audio[700:704] = [np.nan, np.inf, -np.inf, -7.0]
    cleaned = audio.copy()
    cleaned[700:704] = [0.0, 1.0, -1.0, -1.0]
    assert np.array_equal(log_mel(audio), log_mel(cleaned))
    assert np.isfinite(log_mel(np.full(2 * HOP, np.nan, np.float32))).all()


def test_takes_a_view_that_is_not_contiguous() -> None:
    audio = np.random.default_rng(3).uniform(-1, 1, 4 * HOP).astype(np.float32)
    assert np.array_equal(log_mel(audio[::2]), log_mel(audio[::2].copy()))


@pytest.mark.parametrize(
    "audio", [np.zeros(HOP), np.zeros(HOP + 1, np.float32), np.zeros((1, HOP), np.float32)]
)
def test_refuses_other_dtypes_and_shapes(audio: np.ndarray) -> None:
    with pytest.raises(InputMismatch) as caught:
        log_mel(audio)
    assert caught.value.id == "EDGE-0264"


def test_description_is_the_compiled_one() -> None:
    assert description() == {
        "revision": 1,
        "sample_rate": 16000,
        "window": 1024,
        "hop": 625,
        "fft": 1024,
        "mels": 64,
    }
