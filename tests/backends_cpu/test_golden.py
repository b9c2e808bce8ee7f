"""Who computes the golden vectors, how near a device must come, and when that is said aloud."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import helper

import edgesdk
from edgesdk import Tolerance
from edgesdk_backends.cpu import golden as reference
from tests.models import onnx_models
from tests.models.tflite_scale import scale_tflite


@pytest.fixture(autouse=True)
def _own_user(user_folder: Path) -> None:
    """Keys and store are this test's own."""


def golden(model: Path, **settings: object) -> tuple[edgesdk.bundle.Golden, list[str]]:
    notes: list[str] = []
    with edgesdk.compile(model, "cpu", on_note=notes.append, **settings) as bundle:  # type: ignore[arg-type]
        return bundle.manifest.golden, notes


def test_float_onnx_is_answered_by_the_onnx_package(tmp_path: Path) -> None:
    found, notes = golden(onnx_models.matmul(tmp_path, 16))
    assert found.executor == "onnx.reference"
    assert found.tolerance == reference.SINGLE
    assert notes == []


def test_a_large_model_is_answered_by_onnxruntime_without_optimisation(tmp_path: Path) -> None:
    found, notes = golden(onnx_models.matmul(tmp_path, 1500))
    assert found.executor == "onnxruntime without optimisation"
    assert notes == []


def test_integer_answers_must_be_exact(tmp_path: Path) -> None:
    found, _ = golden(onnx_models.identity(tmp_path, "int32"))
    assert found.tolerance.exact


def test_half_precision_has_a_wider_tolerance(tmp_path: Path) -> None:
    found, _ = golden(onnx_models.identity(tmp_path, "float16"))
    assert found.tolerance == reference.HALF


def test_a_tolerance_of_ones_own(tmp_path: Path) -> None:
    found, _ = golden(onnx_models.matmul(tmp_path, 16), tolerance=Tolerance(0.5, 0.25))
    assert found.tolerance == Tolerance(0.5, 0.25)


def test_tflite_is_answered_by_the_reference_kernels(tmp_path: Path) -> None:
    model = tmp_path / "m.tflite"
    model.write_bytes(scale_tflite(3))
    assert golden(model)[0].executor == "LiteRT's reference kernels"


def test_where_the_reference_disagrees_the_engine_is_taken_and_a_note_says_so(
    data: Path,
) -> None:
    """The keyword model's default kernels round otherwise than the reference ones."""
    found, notes = golden(data / "mlperf-tiny" / "kws_ref_model.tflite")
    assert found.executor == "litert, as the device runs it"
    assert found.tolerance.exact
    [note] = notes
    assert "reference kernels and litert differ" in note
    assert "wanted" in note


def test_an_operator_that_the_evaluator_lacks(tmp_path: Path) -> None:
    node = helper.make_node("Gelu", ["x"], ["y"], domain="com.microsoft")
    path = onnx_models.save(
        tmp_path, "gelu", [node], [("x", "float32", [2])], [("y", "float32", [2])]
    )
    import onnx

    model = onnx.load(path)
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    onnx.save(model, path)
    found, [note] = golden(path)
    assert found.executor == "onnxruntime, as the device runs it"
    assert "onnx.reference cannot answer" in note


def test_golden_vectors_hold_the_given_samples(tmp_path: Path) -> None:
    from edgesdk.bundle.golden import decode_vectors

    sample = {"a": np.float32([1, 2]), "b": np.float32([3, 4])}
    with edgesdk.compile(onnx_models.two_by_two(tmp_path), "cpu", samples=[sample]) as bundle:
        part = bundle.manifest.part("golden")
        [(inputs, outputs)] = decode_vectors(bundle.read_part(part), bundle.manifest)
    assert {k: v.tolist() for k, v in inputs.items()} == {"a": [1, 2], "b": [3, 4]}
    assert {k: v.tolist() for k, v in outputs.items()} == {"sum": [4, 6], "product": [3, 8]}


def test_samples_that_do_not_fit_the_model(tmp_path: Path) -> None:
    with pytest.raises(edgesdk.InputMismatch):
        golden(onnx_models.two_by_two(tmp_path), samples=[{"a": np.float32([1, 2])}])


ONE = {"a": np.float32([1, 2]), "b": np.float32([3, 4])}


@pytest.mark.parametrize(
    "settings", [{"samples": []}, {"samples": ONE}, {"vectors": 0}, {"vectors": 1001}]
)
def test_a_bundle_needs_golden_vectors(tmp_path: Path, settings: dict[str, object]) -> None:
    with pytest.raises(edgesdk.UsageError) as caught:
        golden(onnx_models.two_by_two(tmp_path), **settings)
    assert caught.value.id == "EDGE-0216"


def test_samples_on_which_the_model_fails_are_refused(tmp_path: Path) -> None:
    with pytest.raises(edgesdk.UsageError) as caught:
        golden(onnx_models.gather(tmp_path), samples=[{"index": np.array([7])}])
    assert caught.value.id == "EDGE-0215"


def scaled(folder: Path, factor: float) -> Path:
    return onnx_models.scale(folder / "scaled.onnx", factor, [4])


def test_small_answers_get_a_small_tolerance(tmp_path: Path) -> None:
    ones = [{"x": np.ones(4, np.float32)}]
    found, notes = golden(scaled(tmp_path, 1e-5), samples=ones)
    assert found.tolerance.atol == pytest.approx(1e-7)
    assert notes == []
    assert golden(scaled(tmp_path, 1.0), samples=ones)[0].tolerance == reference.SINGLE


def test_an_output_within_the_tolerance_is_said_aloud(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Identity", ["x"], ["large"]),
        helper.make_node("Mul", ["x", "factor"], ["small"]),
    ]
    outputs = [(name, "float32", [4]) for name in ("large", "small")]
    model = onnx_models.save(
        tmp_path, "both", nodes, [("x", "float32", [4])], outputs, {"factor": np.float32(1e-6)}
    )
    _, [note] = golden(model, samples=[{"x": np.ones(4, np.float32)}])
    assert "All of small" in note
