"""From int16 audio to the int8 sound model's answers, all of it in whole numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from edgesdk.formats import read_source
from edgesdk.sensing.logmel_rows import Rows, to_int16
from edgesdk_backends.mcu.host import HostRuntime
from edgesdk_backends.mcu.planner import plan
from edgesdk_backends.mcu.planner.edges import int8_edges
from edgesdk_backends.mcu.planner.tflite_graph import read_graph

ROOT = Path(__file__).parents[3]
MODEL = ROOT / "models" / "sound" / "sound_int8.tflite"


@pytest.fixture(scope="module")
def runtime() -> HostRuntime:
    return HostRuntime(plan(int8_edges(read_graph(MODEL.read_bytes()))).content)


@pytest.fixture(scope="module")
def rows(runtime: HostRuntime) -> Rows:
    """As the plan's input wants them."""
    quantised = runtime.inputs[0].quantisation
    assert quantised is not None
    return Rows(quantised.scales[0], quantised.zero_points[0])


@pytest.fixture(scope="module")
def litert() -> Any:
    model = Interpreter(
        model_content=MODEL.read_bytes(), experimental_op_resolver_type=OpResolverType.BUILTIN_REF
    )
    model.allocate_tensors()
    return model


def through(model: Any, features: np.ndarray) -> np.ndarray:
    """float32[128, 64] -> float32[10]."""
    model.set_tensor(model.get_input_details()[0]["index"], features[None])
    model.invoke()
    return np.array(model.get_tensor(model.get_output_details()[0]["index"])[0])


def test_the_plan_takes_rows_and_gives_int8(runtime: HostRuntime, rows: Rows) -> None:
    [given], [found] = runtime.inputs, runtime.outputs
    assert (given.dtype, given.shape) == ("int8", (1, 128, rows.mels))
    assert (found.dtype, found.shape) == ("int8", (1, 10))


def test_answers_as_litert(
    runtime: HostRuntime, rows: Rows, litert: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows of synthesised sounds: LiteRT quantises what they stand for to the same rows."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    from synthesise_sounds import SOUNDS, synthesise

    labels = read_source(MODEL).outputs[0].labels
    for name in SOUNDS:
        heard = rows.of_clip(to_int16(synthesise(name, 5)))
        [scores] = runtime.run([heard[None]])
        wanted = through(litert, rows.real(heard))
        assert np.array_equal((scores[0].astype(np.float32) + 128) / 256, wanted), name
        assert labels[int(scores.argmax())] == name


def test_nothing_that_a_microphone_gives_stops_it(runtime: HostRuntime, rows: Rows) -> None:
    generator = np.random.default_rng(0)
    loud = generator.choice([-32768, 32767], 80000).astype(np.int16)
    for samples in (loud, 0 * loud, loud * (np.arange(80000) < 40000)):
        [scores] = runtime.run([rows.of_clip(samples.astype(np.int16))[None]])
        assert abs(int((scores.astype(int) + 128).sum()) - 256) < 8


def test_the_results_say_what_is_lost() -> None:
    """Four folds that neither form has seen: at most one point of accuracy."""
    results = json.loads((MODEL.parent / "results_int8.json").read_text())
    assert [row["fold"] for row in results["folds"]] == [1, 2, 3, 4]
    for form, mean in results["mean"].items():
        assert mean == np.mean([row["accuracy"][form] for row in results["folds"]])
    assert results["mean"]["int8"] >= results["mean"]["float32"] - 1.0
