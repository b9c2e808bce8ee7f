"""However a recording comes, in whatever pieces and from whatever tick on, the decisions are those
of the oracle."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgesdk.sensing.engine import Engine
from tests.sensing.engine.oracle import Segment, decisions, told
from tests.sensing.engine.programs import made, score, small

PROGRAM = made(small())
TIGHT = made(small(buffer=1))
STARTS = [0, 2**32 - 100, 2**63 - 10**6]


def loud(seed: int, frames: int, channels: int) -> np.ndarray[Any, Any]:
    """Noise whose level changes slowly, so that windows are hits and misses in turn."""
    chance = np.random.default_rng(seed)
    levels = np.repeat(chance.uniform(0, 32000, frames // 25 + 1), 25)[:frames, np.newaxis]
    return (chance.uniform(-1, 1, (frames, channels)) * levels).astype(np.int16)


def recording(seed: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    return loud(seed, 4000, 1), loud(seed + 1, 400, 2)


def expected(seed: int, first_tick: int = 0) -> list[tuple[str, int, int]]:
    audio, imu = recording(seed)
    streams = {"audio": [Segment(0, audio)], "imu": [Segment(0, imu)]}
    return decisions(PROGRAM.description, streams, score, first_tick)


def test_the_recordings_use_every_transition() -> None:
    texts = ["".join(stage[0] for stage, _, _ in expected(seed)) for seed in range(20)]
    for burst in ("mm", "msm", "mssm", "msssm"):
        assert any(burst in text for text in texts), burst


@pytest.mark.parametrize("program", [PROGRAM, TIGHT])
@pytest.mark.parametrize("first_tick", STARTS)
@pytest.mark.parametrize("order", [("audio", "imu"), ("imu", "audio")])
def test_everything_at_once(program: Any, first_tick: int, order: tuple[str, str]) -> None:
    audio, imu = recording(3)
    engine = Engine(program, first_tick=first_tick)
    for name in order:
        engine.feed(name, audio if name == "audio" else imu)
    engine.flush()
    assert told(engine) == expected(3, first_tick)


def test_one_sample_at_a_time() -> None:
    audio, imu = recording(4)
    engine = Engine(TIGHT)
    for index in range(len(audio)):
        engine.feed("audio", audio[index : index + 1])
        if index % 10 == 9:
            engine.feed("imu", imu[index // 10 : index // 10 + 1])
    engine.flush()
    assert told(engine) == expected(4)


pieces = st.lists(st.tuples(st.booleans(), st.integers(1, 700)), max_size=40)


@settings(max_examples=60)
@given(st.integers(0, 1000), pieces, st.sampled_from(STARTS), st.sampled_from([PROGRAM, TIGHT]))
def test_pieces_of_any_size_in_any_order(
    seed: int, sizes: list[tuple[bool, int]], first_tick: int, program: Any
) -> None:
    left = dict(zip(("audio", "imu"), recording(seed), strict=True))
    engine = Engine(program, first_tick=first_tick)
    for is_imu, size in [*sizes, (False, 4000), (True, 400)]:
        name = "imu" if is_imu else "audio"
        engine.feed(name, left[name][:size])
        left[name] = left[name][size:]
    engine.flush()
    assert told(engine) == expected(seed, first_tick)


cuts = st.lists(st.tuples(st.integers(1, 900), st.integers(0, 120)), max_size=7)


def cut(signal: np.ndarray[Any, Any], places: list[tuple[int, int]]) -> list[Segment]:
    """Segments: so many frames, then so many that are missing; the last one is what is left."""
    found, at = [], 0
    for frames, missing in [*places, (len(signal), 0)]:
        part = signal[at : at + frames]
        if not len(part):
            break
        if found and found[-1].end == at:
            last = found.pop()
            found.append(Segment(last.first, np.concatenate([last.samples, part])))
        else:
            found.append(Segment(at, part))
        at += frames + missing
    return found


@settings(max_examples=80)
@given(st.integers(0, 1000), cuts, cuts, st.integers(1, 300), st.sampled_from(STARTS))
def test_gaps_and_duplicates(
    seed: int, audio_cuts: Any, imu_cuts: Any, size: int, first_tick: int
) -> None:
    audio, imu = recording(seed)
    imu_cuts = [(frames // 10 + 1, missing // 10) for frames, missing in imu_cuts]
    streams = {"audio": cut(audio, audio_cuts), "imu": cut(imu, imu_cuts)}
    engine = Engine(PROGRAM, first_tick=first_tick)
    twice = 0
    for name, ticks in (("audio", 1), ("imu", 10)):
        for segment in streams[name]:
            for start in range(0, len(segment.samples), size):
                back = min(start, 7)  # every piece repeats the end of the one before
                piece = segment.samples[start - back : start + size]
                position = first_tick + (segment.first + start - back) * ticks
                engine.feed(name, piece, position)
                twice += back
    engine.flush()
    assert told(engine) == decisions(PROGRAM.description, streams, score, first_tick)
    counters = engine.counters
    for name, segments in streams.items():
        missing = segments[-1].end - sum(len(segment.samples) for segment in segments)
        assert counters.streams[name].missing + counters.streams[name].unused >= missing
        assert counters.streams[name].lost == 0
    if not any(counters.streams[name].unused for name in streams):
        assert sum(found.duplicates for found in counters.streams.values()) == twice
