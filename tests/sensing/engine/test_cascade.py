"""The table of transitions, against a cascade of a few lines of Python."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edgesdk.native import ffi, lib
from edgesdk.sensing.engine import Engine
from tests.sensing.engine.oracle import told
from tests.sensing.engine.programs import cough_e, made, small

transitions = st.tuples(st.integers(0, 2), st.integers(0, 2**30))
stages = st.tuples(
    transitions, transitions, transitions, st.integers(0, 5), st.integers(-(2**31), 2**31 - 1)
)
scores = st.lists(st.integers(-(2**31), 2**31 - 1) | st.integers(-3, 3), max_size=60)


def expected(table: list[Any], given_scores: list[int], tick: int) -> list[tuple[int, int, bool]]:
    """Stage, tick and hit of each window."""
    found, stage, row = [], 0, 0
    for score in given_scores:
        hit, miss, last, limit, threshold = table[stage]
        is_hit = score >= threshold
        found.append((stage, tick, is_hit))
        row = row + 1 if is_hit else 0
        full = is_hit and row == limit
        next_stage, advance = last if full else hit if is_hit else miss
        if full or next_stage != stage:
            row = 0
        stage, tick = next_stage, tick + advance
    return found


@given(st.lists(stages, min_size=3, max_size=3), scores, st.sampled_from([0, 2**32 - 5, 2**62]))
def test_any_table_and_scores(table: list[Any], given_scores: list[int], tick: int) -> None:
    records = ffi.new("struct edge_stage_record[3]")
    for record, (hit, miss, last, limit, threshold) in zip(records, table, strict=True):
        record.limit, record.threshold = limit, threshold
        for name, (to, advance) in (("hit", hit), ("miss", miss), ("last", last)):
            getattr(record, name).next, getattr(record, name).advance = to, advance
    cascade = ffi.new("struct edge_cascade *", {"tick": tick})
    found = []
    for score in given_scores:
        before = cascade.stage, cascade.tick
        found.append((*before, bool(lib.edge_cascade_move(cascade, records, score))))
    assert found == expected(table, given_scores, tick)


MOTION, SOUND = "motion", "sound"
ALWAYS = [
    step
    for burst in range(3)
    for start in [burst * 32000]
    for step in [(MOTION, start), *((SOUND, start + n * 6400) for n in range(4))]
]
NEVER = [(MOTION, n * 4000) for n in range(27)]


def example(motion: list[int], sound: list[int]) -> list[tuple[str, int]]:
    """Cough-E's example is nine audio windows long: 7.2 s. One level for each step, repeated."""
    engine = Engine(made(cough_e()))
    levels = np.repeat(np.resize(motion, 29), 25)[:720]
    imu = np.stack([np.zeros(720), levels], axis=1).astype(np.int16)
    engine.feed("audio", np.repeat(np.resize(sound, 18), 6400).astype(np.int16))
    engine.feed("imu", imu)
    engine.flush()
    return [(stage, tick) for stage, tick, _ in told(engine)]


def test_always_hit() -> None:
    found = example([32767], [32767])
    assert found[: len(ALWAYS)] == ALWAYS
    assert found[len(ALWAYS) :] == [(MOTION, 96000), (SOUND, 96000), (SOUND, 102400)]


def test_never_hit() -> None:
    assert example([0], [32767]) == NEVER


def test_motion_without_sound() -> None:
    found = example([32767], [0])
    assert found == [step for n in range(9) for step in [(MOTION, n * 12800), (SOUND, n * 12800)]]


def test_every_second_window_of_sound_is_a_hit() -> None:
    """Loud for one step, quiet for two: hit, miss, and motion again at the end of the miss."""
    found = example([32767], [32767, 0, 0])
    burst = [(MOTION, 0), (SOUND, 0), (SOUND, 6400)]
    assert found == [(stage, tick + n * 19200) for n in range(6) for stage, tick in burst]


def test_a_threshold_is_a_hit_itself() -> None:
    lowest = int(np.ceil(0.05 * 128)) * 256
    assert example([lowest - 1], [0]) == NEVER
    assert example([lowest], [0])[:2] == [(MOTION, 0), (SOUND, 0)]


def test_advances_count_from_when_a_window_was_due() -> None:
    """Motion is due at 45, its next frame is at 50: sound begins at 45, and nothing drifts."""
    engine = Engine(made(small()))
    engine.feed("audio", np.zeros(400, np.int16))
    engine.feed("imu", np.full((40, 2), 32767, np.int16))
    found = [(stage, tick) for stage, tick, _ in told(engine)]
    assert found[:6] == [
        *[(MOTION, 0), (SOUND, 0)],
        *[(MOTION, 50), (SOUND, 45)],
        *[(MOTION, 90), (SOUND, 90)],
    ]
