"""Rows in whole numbers against the float32 front end, in steps of the model's input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edgesdk.errors import DoesNotFit, InputMismatch
from edgesdk.sensing.logmel_rows import Rows, to_int16
from tests.sensing.rows.sounds import (
    HOP,
    ROWS,
    TIME,
    Samples,
    apart,
    clips,
    extremes,
    wanted,
    whole,
)


def test_real_sounds(data: Path) -> None:
    """The same number but for one in 5000, which is one step away."""
    equal, one, more = sum(apart(clip) for clip in clips(data, 20))
    print(f"{equal} equal, {one} one step apart, {more} more")
    assert equal + one == 16 * 128 * 64 and more == 0
    assert one * 5000 <= equal


def test_real_sounds_in_steps_half_as_large(data: Path) -> None:
    """-10.2 to 0; what is below counts as the lowest."""
    equal, one, more = sum(apart(clip, Rows(0.04, 127)) for clip in clips(data, 40))
    print(f"{equal} equal, {one} one step apart, {more} more")
    assert more == 0 and one * 2500 <= equal


@pytest.mark.parametrize("name", list(extremes()))
def test_extremes(name: str) -> None:
    _, one, more = apart(extremes()[name])
    assert more == 0 and one <= 2


@given(arrays(np.int16, 2 * HOP, elements=st.integers(-32768, 32767)))
@settings(max_examples=50)
def test_anything(samples: Samples) -> None:
    _, one, more = apart(samples)
    assert more == 0 and one <= 2


@pytest.mark.parametrize("amplitude", [2, 6, 20, 60, 200])
def test_quiet_noise(amplitude: int) -> None:
    """From below the floor to a hundred times above it, in energy."""
    noise = np.random.default_rng(1).uniform(-amplitude, amplitude, len(TIME))
    _, one, more = apart(whole(noise))
    assert more == 0 and one <= 4


def test_silence_is_the_floor() -> None:
    """ln(1e-8) = -18.42."""
    rows = Rows(0.2, 3).of_clip(np.zeros(4 * HOP, np.int16))
    assert rows.shape == (4, 64) and np.all(rows == 3 - 92)


def test_real_is_what_the_integers_stand_for() -> None:
    rows = Rows(0.25, -2)
    found = rows.real(np.array([[-128, -2, 127]], np.int8))
    assert found.dtype == np.float32 and found.tolist() == [[-31.5, 0.0, 32.25]]


def test_a_clip_is_its_windows() -> None:
    noise = np.random.default_rng(2).integers(-999, 999, 6 * HOP).astype(np.int16)
    found = ROWS.of_clip(noise)
    heard = np.concatenate([np.zeros(1024 - HOP, np.int16), noise])
    windows = np.stack([heard[t * HOP : t * HOP + 1024] for t in range(6)])
    assert np.array_equal(found, ROWS.of_windows(windows))
    assert np.array_equal(found[:3], ROWS.of_clip(noise[: 3 * HOP]))
    assert ROWS.of_clip(noise[:0]).shape == (0, 64)


def test_audio_in_steps_of_int16() -> None:
    audio = np.array([0.0, 1.0, -1.0, 7.0, -7.0, 0.4 / 32768, -1.6 / 32768], np.float32)
    assert to_int16(audio).tolist() == [0, 32767, -32768, 32767, -32768, 0, -2]


@pytest.mark.parametrize(
    ("window", "mels", "rate"),
    [(60, 4, 8000), (400, 40, 16000), (480, 40, 16000), (640, 64, 16000), (16384, 128, 44100)],
)
def test_other_lengths(window: int, mels: int, rate: int) -> None:
    """Against the definition in float64, from numpy's own transform."""
    rows = Rows(0.085, 90, rate, window, window // 2, mels)
    noise = np.random.default_rng(3).normal(0, 2000, (4, window))
    samples = whole(noise * [[0.01], [0.1], [1], [10]])
    steps = np.abs(rows.of_windows(samples).astype(int) - defined(rows, samples))
    assert steps.max() <= 1 and steps.sum() <= 2


def defined(rows: Rows, samples: Samples) -> np.ndarray:
    """[count, mels], as the header defines them."""
    edges = np.linspace(mel(40.0), mel(rows.rate / 2), rows.mels + 2)
    bins = mel(np.fft.rfftfreq(rows.window, 1 / rows.rate))
    filters = np.stack([np.interp(bins, edges[m : m + 3], [0, 1, 0]) for m in range(rows.mels)])
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(rows.window) / rows.window)
    spectrum = np.fft.rfft(samples / 32768 * hann) * 4 / rows.window
    found = np.log(np.abs(spectrum) ** 2 @ filters.T + 1e-8)
    return np.clip(np.rint(found / rows.scale) + rows.zero, -128, 127)


def mel(hertz: np.ndarray | float) -> np.ndarray:
    return 2595.0 * np.log10(1.0 + np.asarray(hertz) / 700.0)


@pytest.mark.parametrize(
    "wrong",
    [
        Rows(0.08, 100, window=1022),
        Rows(0.08, 100, window=28),
        Rows(0.08, 100, window=32768),
        Rows(0.08, 100, window=0),
        Rows(0.08, 100, hop=0),
        Rows(0.08, 100, hop=1025),
        Rows(0.08, 100, mels=0),
        Rows(0.08, 100, rate=0),
        Rows(0.08, 128),
        Rows(0.08, -129),
        Rows(0.0, 0),
        Rows(-0.1, 0),
        Rows(float("nan"), 0),
        Rows(1e-6, 0),
    ],
    ids=repr,
)
def test_refuses_what_no_device_computes(wrong: Rows) -> None:
    with pytest.raises(DoesNotFit) as caught:
        wrong.part()
    assert caught.value.id == "EDGE-0990"


@pytest.mark.parametrize(
    "samples", [np.zeros(HOP), np.zeros(HOP + 1, np.int16), np.zeros((1, HOP), np.int16)]
)
def test_refuses_other_dtypes_and_shapes(samples: np.ndarray) -> None:
    with pytest.raises(InputMismatch) as caught:
        ROWS.of_clip(samples)
    assert caught.value.id == "EDGE-0264"
    with pytest.raises(InputMismatch):
        ROWS.of_windows(samples)


def test_the_float_front_end_is_near_its_int8_grid() -> None:
    """What the other tests compare with is not all one number."""
    found = wanted(extremes()["half silent"])
    assert found.min() < -120 and found.max() > 80
