"""What may be fed: int16, or floats in the stream's unit; anything odd is counted or refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgesdk.errors import InputMismatch
from edgesdk.sensing.engine import Engine
from edgesdk.sensing.samples import Tally, as_int16
from edgesdk.sensing.stage_description import Stream
from tests.sensing.engine.programs import made, small

AUDIO = Stream("audio", 16000, 1, "full scale", 2.0**-15, 100, 100)
IMU = Stream("imu", 100, 2, "m/s^2", 1 / 1024, 10, 100)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_are_rounded(dtype: Any) -> None:
    tally = Tally()
    values = np.array([0.0, 0.25, -1.0, 1.6 / 32768, -1.4 / 32768, 32767 / 32768], np.float64)
    found = as_int16(AUDIO, values.astype(dtype), tally)
    assert found[:5, 0].tolist() == [0, 8192, -32768, 2, -1]
    assert found[5, 0] >= 32752  # float16 has eleven bits


def test_clipped_and_nan_are_counted() -> None:
    tally = Tally()
    values = np.array([1.0, -1.1, np.inf, -np.inf, np.nan, 0.5], np.float32)
    found = as_int16(AUDIO, values, tally)
    assert found[:, 0].tolist() == [32767, -32768, 32767, -32768, 0, 16384]
    assert (tally.clipped, tally.nan) == (4, 1)


def test_the_unit_is_the_streams() -> None:
    found = as_int16(IMU, np.array([[9.81, -9.81]]), Tally())
    assert found.tolist() == [[10045, -10045]]


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(4, np.int32),
        np.zeros(4, np.uint8),
        np.zeros(4, bool),
        np.zeros((4, 2), np.int16),
        np.zeros((4, 1, 1), np.int16),
        np.int16(3),
        ["a"],
        np.zeros(4, complex),
    ],
)
def test_other_arrays_are_refused(samples: Any) -> None:
    with pytest.raises(InputMismatch, match=r"int16\[frames\]") as error:
        as_int16(AUDIO, samples, Tally())
    assert error.value.id == "EDGE-0202"
    assert "16000 frames a second" in str(error.value)


def test_channels_must_be_there() -> None:
    for shape in [(6,), (3, 1), (2, 3)]:
        with pytest.raises(InputMismatch, match=r"int16\[frames, 2\]"):
            as_int16(IMU, np.zeros(shape, np.int16), Tally())


def test_any_memory_layout_means_the_same() -> None:
    values = np.arange(24, dtype=">i2").reshape(2, 12).T[::-3]
    with pytest.raises(InputMismatch):
        as_int16(IMU, values, Tally())
    native = values.astype(np.int16)
    found = as_int16(IMU, np.asfortranarray(native), Tally())
    assert found.flags.c_contiguous and np.array_equal(found, native)


def test_the_engine_counts_them_too() -> None:
    engine = Engine(made(small()))
    engine.feed("audio", np.array([2.0, np.nan, 0.1]))
    engine.feed("audio", np.zeros(0, np.int16))
    audio = engine.counters.streams["audio"]
    assert (audio.frames, audio.clipped, audio.nan) == (3, 1, 1)
    assert engine.counters.as_dict()["streams"]["audio"]["clipped"] == 1


def test_the_callers_array_may_change_afterwards() -> None:
    """What waits for room is the engine's own copy."""
    expected = Engine(made(small()))
    changed = Engine(made(small()))
    audio = np.full(500, 30000, np.int16)
    motion = np.full((50, 2), 30000, np.int16)
    for engine in (expected, changed):
        engine.feed("audio", audio.copy() if engine is expected else audio)
    audio[:] = 0
    for engine in (expected, changed):
        engine.feed("imu", motion)
    assert changed.decisions == expected.decisions
