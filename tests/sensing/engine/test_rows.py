"""Stages that look at log-mel rows: each row is made once, and windows are what they should be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgesdk.errors import DoesNotFit, ModelRefused
from edgesdk.sensing import logmel_rows
from edgesdk.sensing.description import read
from edgesdk.sensing.engine import Engine
from edgesdk.sensing.models import plan_model
from edgesdk.sensing.program import build
from edgesdk_backends.mcu.host import HostRuntime
from edgesdk_backends.mcu.planner import plan
from edgesdk_backends.mcu.planner.graph import Graph, Operation, Tensor
from tests.sensing.engine.oracle import Segment, decisions, told
from tests.sensing.engine.programs import AUDIO, document, every_kind, rows_plan, score

ROWS, WINDOW, HOP, MELS = 6, 40, 25, 8
FRONT = logmel_rows.Rows(scale=0.08, zero=90, rate=1000, window=WINDOW, hop=HOP, mels=MELS)


def listening(step: int, buffer: int = 1, **more: Any) -> dict[str, Any]:
    """One stage that listens all the time, a step of so many frames."""
    stage = {
        "name": "listen",
        "stream": "audio",
        "logmel": {"rows": ROWS, "window": WINDOW, "hop": HOP, "mels": MELS},
        "step": step,
        "model": "plan",
        "labels": ["cough", None],
        **more,
    }
    return document([stage], streams=[{**AUDIO, "rate": 1000, "buffer": buffer}])


def noise(seed: int, frames: int) -> np.ndarray[Any, Any]:
    chance = np.random.default_rng(seed)
    levels = np.repeat(10.0 ** chance.uniform(0, 4.5, frames // 20 + 1), 20)[:frames]
    return (chance.uniform(-1, 1, frames) * levels).astype(np.int16)


def rows_of(window: np.ndarray[Any, Any], front: Any, count: int) -> np.ndarray[Any, Any]:
    starts = range(0, count * front.hop, front.hop)
    return front.of_windows(np.stack([window[at : at + front.window, 0] for at in starts]))


def newest(window: np.ndarray[Any, Any]) -> int:
    """The last band but one of the last row: what the plan of ``rows_plan`` tells."""
    return int(rows_of(window, FRONT, ROWS)[-1, -2])


@settings(max_examples=40)
@given(
    st.integers(0, 99),
    st.sampled_from([HOP, 2 * HOP, ROWS * HOP, 9 * HOP, 10, 26]),
    st.integers(1, 400),
    st.sampled_from([0, 2**32 - 100, 2**63 - 10**6]),
)
def test_windows_at_any_step_and_in_any_pieces(
    seed: int, step: int, size: int, first_tick: int
) -> None:
    program = build(read(listening(step)), {"plan": plan_model(rows_plan(ROWS, MELS, 2))})
    audio = noise(seed, 1500)
    engine = Engine(program, first_tick=first_tick)
    for start in range(0, 1000, size):
        engine.feed("audio", audio[:1000][start : start + size])
    engine.feed("audio", audio[1100:], position=first_tick + 1100)  # behind a gap
    streams = {"audio": [Segment(0, audio[:1000, None]), Segment(1100, audio[1100:, None])]}
    assert told(engine) == decisions(program.description, streams, newest, first_tick)
    assert len(told(engine)) > 3


@pytest.mark.parametrize(("step", "frames"), [(HOP, WINDOW), (9 * HOP, WINDOW), (10, 155)])
def test_only_rows_that_are_shared_need_few_samples(step: int, frames: int) -> None:
    """With whole hops from window to window the samples of a row are all that is kept."""
    program = build(read(listening(step)), {"plan": plan_model(rows_plan(ROWS, MELS, 2))})
    audio = 2 * (frames + 1)
    kept, scratch = ROWS * MELS, FRONT.scratch
    assert program.arena == sum(size + -size % 16 for size in (audio, kept, scratch))


@settings(max_examples=25)
@given(st.integers(0, 99), st.integers(1, 300), st.integers(1, 60))
def test_a_cascade_with_both_kinds(seed: int, audio_size: int, imu_size: int) -> None:
    front = logmel_rows.Rows(scale=0.08, zero=90, rate=1000, window=20, hop=10, mels=5)
    scores = {
        "motion": score,
        "sound": score,
        "rows": lambda window: int(rows_of(window, front, 4)[-1, -2]),
    }
    program = every_kind()
    audio = noise(seed, 3000)
    imu = np.stack([np.zeros(300), noise(seed + 1, 300)], axis=1).astype(np.int16)
    engine = Engine(program)
    for start in range(0, 3000, audio_size):
        engine.feed("audio", audio[start : start + audio_size])
    for start in range(0, 300, imu_size):
        engine.feed("imu", imu[start : start + imu_size])
    streams = {"audio": [Segment(0, audio[:, None])], "imu": [Segment(0, imu)]}
    found = told(engine)
    assert found == decisions(program.description, streams, scores)


def test_the_cascade_above_uses_all_stages() -> None:
    program = every_kind()
    engine = Engine(program)
    engine.feed("audio", noise(1, 30000))
    engine.feed("imu", np.stack([noise(2, 3000)] * 2, axis=1))
    counted = engine.counters.stages
    assert all(stage.windows > 10 for stage in counted.values())
    assert 0 < counted["rows"].hits < counted["rows"].windows


def network(seed: int) -> bytes:
    """A layer and a softmax over three classes, on all rows."""
    chance = np.random.default_rng(seed)
    size = ROWS * MELS
    rows = Tensor("rows", (1, ROWS, MELS), "int8", (0.08,), (90,))
    flat = Tensor("flat", (1, size), "int8", (0.08,), (90,))
    weights = chance.integers(-127, 128, (3, size)).astype(np.int8)
    layer = Tensor("w", (3, size), "int8", (0.01,) * 3, (0,) * 3, 0, weights)
    bias = Tensor("b", (3,), "int32", (0.0008,) * 3, (0,) * 3, 0, np.zeros(3, np.int32))
    logits = Tensor("logits", (1, 3), "int8", (0.2,), (0,))
    out = Tensor("out", (1, 3), "int8", (1 / 256,), (-128,))
    dense = {"fused_activation_function": "NONE", "keep_num_dims": False}
    operations = (
        Operation("RESHAPE", (rows,), (flat,), {}),
        Operation("FULLY_CONNECTED", (flat, layer, bias), (logits,), dense),
        Operation("SOFTMAX", (logits,), (out,), {"beta": 1.0}),
    )
    return plan(Graph((rows,), (out,), operations)).content


def test_a_planned_network_gives_what_the_host_runtime_gives() -> None:
    content = network(5)
    labels = ["rain", "cough", "dog"]
    described = listening(HOP, labels=labels, decides="cough")
    described["labels"] = ["cough", "dog", "rain"]
    program = build(read(described), {"plan": plan_model(content)})
    audio = noise(7, 2000)
    engine = Engine(program)
    engine.feed("audio", audio)
    runtime = HostRuntime(content)
    for found in engine.decisions:
        window = audio[found.tick : found.tick + program.description.stages[0].window, None]
        [outputs] = runtime.run([rows_of(window, FRONT, ROWS)[None]])
        assert found.score == outputs[0, 1]
        assert found.probability == (int(outputs[0, 1]) + 128) / 256
    assert len({found.score for found in engine.decisions}) > 5


def test_plans_that_are_not_for_rows() -> None:
    other = plan_model(rows_plan(ROWS, MELS - 1, 2))
    with pytest.raises(DoesNotFit, match="the description gives 6 rows of 8") as error:
        build(read(listening(HOP)), {"plan": other})
    assert error.value.id == "EDGE-0972"
    three = plan_model(rows_plan(ROWS, MELS, 3))
    with pytest.raises(DoesNotFit, match="bad model"):
        build(read(listening(HOP)), {"plan": three})
    with pytest.raises(DoesNotFit, match="plan is refused"):
        plan_model(b"no plan at all")
    with pytest.raises(DoesNotFit, match="not probabilities"):
        plan_model(rows_plan(ROWS, MELS, 2, scale=0.1))


def test_rows_need_one_channel() -> None:
    two = listening(HOP)
    two["streams"][0]["channels"] = 2
    with pytest.raises(ModelRefused, match="needs a stream of one channel"):
        read(two)
