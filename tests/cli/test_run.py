"""``edgesdk run``: inputs in, outputs as text, as JSON and as a file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from onnx import helper

from tests.models import onnx_models

from .conftest import Edge, outputs, save_sum


def test_run_shows_the_top_labels(edge: Edge, bundle: Path, sample: Path) -> None:
    text = edge("run", bundle, "-d", "cpu:", "-i", sample).out.splitlines()
    assert text == ["y  float32[1, 4]", "  dog    8", "  sea    6", "  clock  4", "  rain   2"]
    found = edge("run", bundle, "-d", "cpu:", "-i", sample, "--json").json
    assert (found["model"], found["version"], found["device"]) == ("scale", "1.0.0", "cpu:")
    y = found["outputs"]["y"]
    assert (y["dtype"], y["shape"]) == ("float32", [1, 4])
    assert y["labels"] == ["rain", "clock", "dog", "sea"]
    assert y["top"][0] == {"label": "dog", "score": 8.0}


def test_run_saves_its_outputs(edge: Edge, bundle: Path, sample: Path) -> None:
    done = edge("run", bundle, "-d", "cpu:", "-i", sample, "-o", "y.npz")
    assert "saved 1 output to y.npz (NumPy .npz)" in done.err
    with np.load("y.npz", allow_pickle=False) as saved:
        np.testing.assert_array_equal(saved["y"], np.array([[2, 4, 8, 6]], np.float32))
    assert edge("run", bundle, "-d", "cpu:", "-i", sample, "-o", "no/y.npz").code == 2


def test_run_from_stdin(edge: Edge, bundle: Path, sample: Path) -> None:
    done = edge("run", bundle, "-d", "cpu:", "-i", "-", "--json", stdin=sample.read_bytes())
    assert done.json["outputs"]["y"]["data"] == [2, 4, 8, 6]


def test_run_with_several_inputs(edge: Edge, home: Path) -> None:
    assert edge("compile", save_sum(home / "sum.onnx"), "-t", "cpu").code == 0
    np.save("one.npy", np.array([1, 2, 3], np.float32))
    (home / "two.csv").write_text("10,20,30")
    both = ["-i", "a=one.npy", "-i", "b=two.csv"]
    done = edge("run", "sum.edge", "-d", "cpu:", *both, "--json")
    assert done.json["outputs"]["c"]["data"] == [11, 22, 33]
    missing = edge("run", "sum.edge", "-d", "cpu:", "-i", "a=one.npy")
    assert missing.code == 2
    assert "[EDGE-0202]" in missing.err


@pytest.mark.parametrize(
    ("array", "identity"),
    [
        (np.zeros((2, 4), np.float32), "EDGE-0202"),
        (np.zeros((1, 4), np.complex64), "EDGE-0226"),
        (np.array([["a", "b", "c", "d"]]), "EDGE-0226"),
    ],
)
def test_a_wrong_input_leaves_the_model_answering(
    edge: Edge, bundle: Path, sample: Path, array: np.ndarray, identity: str
) -> None:
    edge("deploy", bundle, "-d", "cpu:")
    np.save("wrong.npy", array)
    done = edge("run", "scale", "-d", "cpu:", "-i", "wrong.npy")
    assert done.code == 2
    assert f"[{identity}]" in done.err
    assert outputs(edge, "scale", "-d", "cpu:", "-i", sample) == [2, 4, 8, 6]


def test_strings_in_and_out(edge: Edge, home: Path) -> None:
    s, y = ("s", "string", [2]), ("y", "string", [2])
    onnx_models.save(home, "text", [helper.make_node("Identity", ["s"], ["y"])], [s], [y])
    assert edge("compile", "text.onnx", "-t", "cpu").code == 0
    np.save("s.npy", np.array(["snow", "schön"]))
    done = edge("run", "text.edge", "-d", "cpu:", "-i", "s.npy", "--json", "-o", "y.npz")
    assert done.json["outputs"]["y"]["data"] == ["snow", "schön"]
    with np.load("y.npz", allow_pickle=False) as saved:
        assert saved["y"].tolist() == ["snow", "schön"]
    assert json.loads(done.out)["outputs"]["y"]["dtype"] == "string"
