"""The shipped sound model: what it says of itself, and what it hears."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx.reference import ReferenceEvaluator

from edgesdk.sensing import frontend

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "models" / "sound" / "sound.onnx"


@pytest.fixture(scope="module")
def model() -> onnx.ModelProto:
    return onnx.load(MODEL)


def test_signature_and_size(model: onnx.ModelProto) -> None:
    onnx.checker.check_model(model, full_check=True)
    (features,), (scores,) = model.graph.input, model.graph.output
    shapes = [[d.dim_value for d in v.type.tensor_type.shape.dim] for v in (features, scores)]
    assert (features.name, scores.name, shapes) == ("features", "scores", [[1, 128, 64], [1, 10]])
    numbers = sum(
        int(np.prod(constant.dims))
        for constant in model.graph.initializer
        if constant.data_type == onnx.TensorProto.FLOAT
    )
    assert 6000 < numbers < 7000


def test_metadata(model: onnx.ModelProto) -> None:
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    assert metadata["edgesdk.name"] == "sound"
    assert metadata["edgesdk.version"] == "1.0.0"
    assert json.loads(metadata["edgesdk.frontend"]) == frontend.frontend_of()
    labels = json.loads(metadata["edgesdk.labels"])
    assert len(set(labels)) == 10 and {"rain", "clock_tick", "rooster"} < set(labels)


def test_onnxruntime_equals_the_reference(model: onnx.ModelProto) -> None:
    session = onnxruntime.InferenceSession(str(MODEL), providers=["CPUExecutionProvider"])
    reference = ReferenceEvaluator(model)
    generator = np.random.default_rng(0)
    # In silence the features are the rounding of their own mean, which differs between executors.
    for loudness, tolerance in ((1.0, 1e-5), (1e-2, 1e-5), (1e-4, 1e-4), (0.0, 1e-3)):
        audio = (loudness * generator.uniform(-1, 1, 80000)).astype(np.float32)
        inputs = {"features": frontend.apply(frontend.frontend_of(), audio)}
        (given,), (wanted,) = session.run(None, inputs), reference.run(None, inputs)
        assert given.dtype == np.float32 and abs(given.sum() - 1) < 1e-5
        assert np.abs(given - wanted).max() < tolerance


def test_hears_the_clips_it_learnt(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a measure of quality: a wrong file, front end or order of labels fails here."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    spec = importlib.util.spec_from_file_location(
        "evaluate_sound", ROOT / "tools" / "evaluate_sound.py"
    )
    assert spec is not None and spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    path = list(sys.path)
    spec.loader.exec_module(tool)
    sys.path[:] = path
    scores = tool.evaluate(MODEL, tool.data.load(data / "esc10", [1]))
    assert scores["clips"] == 80 and scores["accuracy"] > 90
