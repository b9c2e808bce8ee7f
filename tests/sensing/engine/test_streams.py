"""What the engine counts when a stream is broken, doubled, too fast or dead."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgesdk.errors import InputMismatch, UsageError
from edgesdk.native import ffi, lib
from edgesdk.sensing.engine import Engine
from tests.sensing.engine.oracle import Segment, decisions, told
from tests.sensing.engine.programs import made, score, small

PROGRAM = made(small())
CAPACITY = 60 + 30  # audio: the longest window and the buffer


def quiet(frames: int) -> np.ndarray[Any, Any]:
    return np.arange(frames, dtype=np.int16) % 100


def test_the_buffer_is_what_windows_need_and_the_slack() -> None:
    engine = Engine(PROGRAM)
    room = lib.edge_sensing_room(engine._sensing, 0, 0)
    assert room == CAPACITY
    assert PROGRAM.arena % 16 == 0
    assert PROGRAM.arena < 2 * CAPACITY + 2 * 2 * 11 + 200


def test_a_stream_without_the_other_waits_outside() -> None:
    engine = Engine(PROGRAM)
    engine.feed("audio", quiet(1000))
    assert engine.counters.streams["audio"].frames == CAPACITY
    assert engine.counters.streams["audio"].overruns == 0
    engine.flush()
    assert engine.counters.streams["audio"].unused == 1000 - CAPACITY


def test_an_overrun_loses_the_oldest_and_counts_them() -> None:
    """Audio runs away from a motion sensor that says nothing for a while."""
    engine = Engine(PROGRAM, hold_s=0.0)
    engine.feed("audio", quiet(1000))
    audio = engine.counters.streams["audio"]
    assert (audio.frames, audio.lost, audio.overruns) == (1000, 1000 - CAPACITY, 11)
    assert audio.unused == 0
    loud = np.full((100, 2), 30000, np.int16)
    engine.feed("imu", loud)
    [motion, sound, *_] = told(engine)
    assert motion == ("motion", 0, 30000 >> 8)
    assert sound[0] == "motion" and sound[1] == 1000 - CAPACITY  # sound's start is lost: a restart
    assert engine.counters.restarts == 1


def test_what_was_lost_is_a_gap_for_the_windows() -> None:
    engine = Engine(PROGRAM, hold_s=0.0)
    chance = np.random.default_rng(5)
    audio = chance.integers(-30000, 30000, (3000, 1)).astype(np.int16)
    imu = chance.integers(-30000, 30000, (300, 2)).astype(np.int16)
    engine.feed("audio", audio[:1000])
    engine.feed("audio", audio[1000:])
    engine.feed("imu", imu)
    engine.flush()
    assert engine.counters.streams["audio"].lost == 3000 - CAPACITY
    kept = [Segment(3000 - CAPACITY, audio[3000 - CAPACITY :])]
    streams = {"audio": kept, "imu": [Segment(0, imu)]}
    assert told(engine) == decisions(PROGRAM.description, streams, score)


def test_gaps_are_counted_with_what_is_missing() -> None:
    engine = Engine(PROGRAM)
    engine.feed("imu", np.zeros((3, 2), np.int16))
    engine.feed("imu", np.zeros((10, 2), np.int16), position=100)
    imu = engine.counters.streams["imu"]
    assert (imu.gaps, imu.missing, imu.frames) == (1, 7, 13)
    assert told(engine)[0][1] == 100
    assert engine.counters.restarts == 1


def test_frames_before_the_first_tick_are_duplicates() -> None:
    engine = Engine(PROGRAM, first_tick=1000)
    engine.feed("audio", quiet(50), position=970)
    engine.feed("audio", quiet(10), position=100)
    audio = engine.counters.streams["audio"]
    assert (audio.duplicates, audio.frames, audio.gaps) == (40, 20, 0)


def test_a_clock_that_trembles_is_no_gap() -> None:
    """Positions of a 100 Hz sensor as its driver reads the 1 kHz clock: up to 4 ticks off."""
    engine = Engine(PROGRAM, first_tick=7)
    for index, off in enumerate([0, 3, -4, 4, -1, 0, 2]):
        engine.feed("imu", np.zeros((1, 2), np.int16), position=7 + 10 * index + off)
    imu = engine.counters.streams["imu"]
    assert (imu.gaps, imu.duplicates, imu.frames) == (0, 0, 7)


@pytest.mark.parametrize("position", [2**64 - 5, 2**64 - 2**34])
def test_a_position_at_the_end_of_time_is_refused(position: int) -> None:
    engine = Engine(PROGRAM)
    engine.feed("audio", quiet(4), position=position)
    audio = engine.counters.streams["audio"]
    assert (audio.refused, audio.frames, audio.gaps) == (1, 0, 0)
    engine.feed("audio", quiet(4), position=0)
    assert engine.counters.streams["audio"].frames == 4


def test_more_gaps_than_segments_are_remembered() -> None:
    """While the other stream is silent eight pieces stay, and the rest waits outside."""
    engine = Engine(PROGRAM)
    for index in range(20):
        engine.feed("audio", quiet(2), position=10 * index)
    assert engine.counters.streams["audio"].gaps == 7
    engine.feed("imu", np.zeros((60, 2), np.int16))
    assert engine.counters.streams["audio"].gaps == 19
    assert engine.counters.streams["audio"].lost == 0


def test_too_many_gaps_lose_the_oldest_piece() -> None:
    """The same without a host that waits."""
    engine = Engine(PROGRAM)
    for index in range(20):
        piece = quiet(2)
        lib.edge_sensing_feed(
            engine._sensing, 0, 10 * index, ffi.from_buffer("int16_t[]", piece), 2
        )
    audio = engine.counters.streams["audio"]
    assert (audio.gaps, audio.lost, audio.overruns) == (19, 24, 12)


def test_peak_and_constant_signal() -> None:
    engine = Engine(made(small(buffer=3000)))
    engine.feed("audio", np.full(999, -5, np.int16))
    assert not engine.counters.streams["audio"].is_constant
    engine.feed("audio", np.full(1, -5, np.int16))
    assert engine.counters.streams["audio"].is_constant
    assert engine.counters.streams["audio"].peak == 5
    engine.feed("audio", np.array([-32768, 2], np.int16))
    audio = engine.counters.streams["audio"]
    assert (audio.is_constant, audio.peak) == (False, 32768)
    engine.feed("audio", quiet(999))
    assert engine.counters.streams["audio"].peak == 32768
    engine.feed("audio", quiet(1000))
    assert engine.counters.streams["audio"].peak == 99


def test_only_equal_channels_make_a_constant_signal() -> None:
    engine = Engine(PROGRAM)
    moving = np.stack([np.zeros(300), np.arange(300)], axis=1).astype(np.int16)
    engine.feed("imu", moving)
    assert not engine.counters.streams["imu"].is_constant
    engine.feed("imu", np.full((100, 2), 9, np.int16))
    assert engine.counters.streams["imu"].is_constant


def test_lag_is_what_waits_behind_the_window() -> None:
    engine = Engine(PROGRAM)
    engine.feed("imu", np.zeros((4, 2), np.int16))
    assert engine.counters.lag == 0 == engine.counters.lag_most
    sensing, frames = engine._sensing, np.zeros((6, 2), np.int16)
    pointer = ffi.from_buffer("int16_t[]", frames)
    assert lib.edge_sensing_feed(sensing, 1, 40, pointer, 6)
    assert engine.counters.lag == 40  # the window at 20 ends at 60, the stream at 100
    while lib.edge_sensing_step(sensing):
        pass
    assert (engine.counters.lag, engine.counters.lag_most) == (0, 40)


def test_streams_and_positions_that_are_none() -> None:
    engine = Engine(PROGRAM)
    with pytest.raises(UsageError, match="it has audio, imu"):
        engine.feed("video", quiet(3))
    for position in (-1, 2**64, 1.5):
        with pytest.raises(InputMismatch, match="no tick"):
            engine.feed("audio", quiet(3), position=position)  # type: ignore[arg-type]
    assert not lib.edge_sensing_feed(engine._sensing, 2, 0, ffi.NULL, 0)
    assert lib.edge_sensing_room(engine._sensing, 2, 0) == 0
