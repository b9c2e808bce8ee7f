"""Real models and real sounds, through the whole command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from onnx import helper

from edgesdk.sensing.frontend import frontend_of
from tests.models import onnx_models

from .conftest import Edge


def test_every_model_of_the_shared_data(edge: Edge, data: Path, home: Path) -> None:
    models = sorted([*data.rglob("*.tflite"), *data.rglob("*.onnx")])
    assert models
    for path in models:
        assert edge("compile", path, "-t", "cpu", "-o", "m.edge", "--name", "m").code == 0, path
        assert edge("deploy", "m.edge", "-d", "cpu:").code == 0, path
        specs = edge("inspect", "m.edge", "--json").json["manifest"]["inputs"]
        arrays = {
            s["name"]: np.zeros([a if isinstance(a, int) else 1 for a in s["shape"]], s["dtype"])
            for s in specs
        }
        np.savez("x.npz", **arrays)
        done = edge("run", "m", "-d", "cpu:", "--input", "x.npz", "--json")
        assert done.code == 0, (path, done.err)
        assert done.json["outputs"]


def test_a_real_sound_through_the_microfrontend(edge: Edge, data: Path) -> None:
    """The shared clips: the preprocessor takes 30 ms of 16 kHz, int16 raw."""
    folder = data / "tflm-micro-speech"
    model = folder / "audio_preprocessor_int8.tflite"
    assert edge("compile", model, "-t", "cpu", "-o", "p.edge").code == 0
    done = edge("run", "p.edge", "-d", "cpu:", "-i", folder / "yes_30ms.wav", "--json")
    assert done.code == 0, done.err
    (found,) = done.json["outputs"].values()
    assert np.prod(found["shape"]) == 40


def test_the_keyword_row_is_taken_flat(edge: Edge, data: Path) -> None:
    folder = data / "mlperf-tiny"
    assert edge("compile", folder / "kws_ref_model.tflite", "-t", "cpu", "-o", "k.edge").code == 0
    row = folder / "kws_input_int8_49x10.csv"
    done = edge("run", "k.edge", "-d", "cpu:", "-i", row, "--json")
    assert "reshaped to [1, 49, 10, 1]" in done.err
    assert next(iter(done.json["outputs"].values()))["shape"] == [1, 12]


def save_features(path: Path) -> None:
    """A model behind the log-mel front end: the mean of its features, as four equal scores."""
    frontend = frontend_of()
    nodes = [
        helper.make_node("ReduceMean", ["features", "axes"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "ones"], ["scores"]),
    ]
    onnx_models.save(
        path.parent,
        path.stem,
        nodes,
        [("features", "float32", [1, frontend["frames"], frontend["mels"]])],
        [("scores", "float32", [1, 4])],
        {"axes": np.array([1, 2]), "ones": np.ones((1, 4), np.float32)},
        {"edgesdk.frontend": json.dumps(frontend)},
    )


def test_a_sound_through_the_front_end(edge: Edge, home: Path) -> None:
    import wave

    save_features(home / "mean.onnx")
    tone = (np.sin(np.arange(40000) * 0.3) * 16384).astype("<i2")
    for name, rate in (("clip.wav", 16000), ("slow.wav", 8000)):
        with wave.open(name, "wb") as file:
            file.setparams((1, 2, rate, 0, "NONE", ""))
            file.writeframes(tone.tobytes())
    compiled = edge("compile", "mean.onnx", "-t", "cpu", "--samples", "clip.wav")
    assert "padded with zeros to 80000" in compiled.err
    assert edge("deploy", "mean.edge", "-d", "cpu:").code == 0
    for model in ("mean", "mean.edge"):
        done = edge("run", model, "-d", "cpu:", "-i", "clip.wav", "--json")
        assert done.code == 0, done.err
        assert len(done.json["outputs"]["scores"]["data"]) == 4
        wrong = edge("run", model, "-d", "cpu:", "-i", "slow.wav")
        assert (wrong.code, "[EDGE-0224]" in wrong.err) == (2, True)
