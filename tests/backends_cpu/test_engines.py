"""The engines behind ``cpu:``: every dtype, dynamic axes, options, and no copy more than needed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest

import edgesdk
from edgesdk import MissingExtra, ModelRefused, Session, UsageError
from edgesdk.samples import draw
from edgesdk.tensors import DTYPES
from edgesdk_backends.cpu import litert_session, onnx_session
from tests.models import onnx_models
from tests.models.tflite_scale import scale_tflite


@pytest.fixture(autouse=True)
def _own_user(user_folder: Path) -> None:
    """Keys and store are this test's own."""


def session(model: Path, address: str = "cpu:", **settings: object) -> Session:
    with edgesdk.compile(model, "cpu", **settings) as bundle:  # type: ignore[arg-type]
        return edgesdk.connect(address).open_bundle(bundle)


@pytest.mark.parametrize("dtype", [t for t in DTYPES if not t.startswith("complex")])
def test_every_dtype_goes_in_and_out_unchanged(tmp_path: Path, dtype: str) -> None:
    with session(onnx_models.identity(tmp_path, dtype)) as opened:
        for inputs in draw(opened.inputs, 3, seed=1):
            array = np.repeat(inputs["x"], 4, axis=0)
            result = opened.run({"x": array})["y"]
            assert result.dtype == DTYPES[dtype]
            assert result.shape == (4, 3)
            assert np.array_equal(result, array)


def test_dynamic_axes_may_change_from_run_to_run(tmp_path: Path) -> None:
    with session(onnx_models.identity(tmp_path, "float32")) as opened:
        assert opened.inputs[0].shape == ("n", 3)
        for length in (1, 7, 0, 2):
            array = np.ones((length, 3), np.float32)
            assert opened.run({"x": array})["y"].shape == (length, 3)


def test_outputs_come_by_name(tmp_path: Path) -> None:
    with session(onnx_models.two_by_two(tmp_path)) as opened:
        results = opened.run({"b": np.float32([3, 4]), "a": np.float32([1, 2])})
    assert {name: array.tolist() for name, array in results.items()} == {
        "sum": [4, 6],
        "product": [3, 8],
    }


def test_an_output_array_of_ones_own_is_written_without_a_copy(tmp_path: Path) -> None:
    with session(onnx_models.two_by_two(tmp_path)) as opened:
        mine = np.zeros(2, np.float32)
        results = opened.run({"a": np.float32([1, 2]), "b": np.float32([3, 4])}, {"sum": mine})
    assert results["sum"] is mine
    assert mine.tolist() == [4, 6]
    assert results["product"].tolist() == [3, 8]


def test_an_output_of_dynamic_shape_fits_or_is_refused(tmp_path: Path) -> None:
    with session(onnx_models.identity(tmp_path, "float32")) as opened:
        array = np.ones((2, 3), np.float32)
        mine = np.zeros((2, 3), np.float32)
        assert opened.run({"x": array}, {"y": mine})["y"] is mine
        assert mine.tolist() == array.tolist()
        with pytest.raises(edgesdk.InputMismatch):
            opened.run({"x": array}, {"y": np.zeros((9, 3), np.float32)})


@pytest.mark.parametrize("kernels", ["default", "builtin", "reference"])
def test_litert_kernels(tmp_path: Path, kernels: str) -> None:
    model = tmp_path / "m.tflite"
    model.write_bytes(scale_tflite(3))
    with session(model, options={"kernels": kernels}) as opened:
        assert opened.run({"x": np.ones((2, 3), np.float32)})["y"].tolist() == [[3] * 3] * 2


@pytest.mark.parametrize(
    "options", ["threads=1", "threads=2", "optimisation=none", "optimisation=all", "arena=off"]
)
def test_session_options_do_not_change_answers(tmp_path: Path, options: str) -> None:
    with session(onnx_models.matmul(tmp_path, 64), f"cpu:?{options}") as opened:
        [inputs] = draw(opened.inputs, 1, seed=1)
        result = opened.run(inputs)["y"]
    with session(onnx_models.matmul(tmp_path, 64)) as opened:
        np.testing.assert_allclose(result, opened.run(inputs)["y"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "address",
    ["cpu:?threads=-1", "cpu:?threads=many", "cpu:?arena=maybe", "cpu:?optimisation=9", "cpu:?x=1"],
)
def test_wrong_session_options_are_refused(address: str) -> None:
    with pytest.raises(UsageError) as caught:
        edgesdk.connect(address)
    assert caught.value.id == "EDGE-0209"
    assert "of cpu:" in caught.value.what or "cpu: has no" in caught.value.what
    assert caught.value.next_step


def test_a_trial_is_without_options(tmp_path: Path) -> None:
    """What is proven is what everybody opens, whatever the deploy's own address says."""
    address = f"cpu:?store={tmp_path / 'store'}&optimisation=none&arena=off&threads=1"
    with (
        edgesdk.compile(onnx_models.two_by_two(tmp_path), "cpu") as bundle,
        edgesdk.connect(address) as device,
    ):
        device.begin(bundle.signed)
        for part in bundle.manifest.parts:
            device.stage(part, io.BytesIO(bundle.read_part(part)), lambda done: None)
        with device.trial() as tried, device.open_bundle(bundle) as opened:
            settings = [one._engine.get_session_options() for one in (tried, opened)]  # type: ignore[attr-defined]
    everything, nothing = (one.graph_optimization_level for one in settings)
    assert (everything.name, nothing.name) == ("ORT_ENABLE_ALL", "ORT_DISABLE_ALL")
    assert [one.enable_cpu_mem_arena for one in settings] == [True, False]
    assert [one.intra_op_num_threads for one in settings] == [1, 1]


def test_kernels_are_for_litert_alone(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        session(onnx_models.two_by_two(tmp_path), options={"kernels": "reference"})
    assert caught.value.id == "EDGE-0209"


def test_there_is_one_cpu(user_folder: Path) -> None:
    with pytest.raises(edgesdk.NoDevice):
        edgesdk.connect("cpu:1")


def test_a_run_that_fails_is_one_clear_error_and_the_session_goes_on(tmp_path: Path) -> None:
    with session(onnx_models.gather(tmp_path)) as opened:
        with pytest.raises(UsageError) as caught:
            opened.run({"index": np.array([2])})
        assert caught.value.id == "EDGE-0215"
        assert "\n" not in caught.value.evidence
        assert opened.run({"index": np.array([1])})["row"].tolist() == [[2, 3]]


def test_a_model_that_the_engine_refuses(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused) as caught:
        onnx_session.load_engine(b"no model", onnx_session.SessionOptions())
    assert caught.value.id == "EDGE-0217"
    with pytest.raises(ModelRefused) as caught:
        litert_session.load_interpreter(b"no model", onnx_session.SessionOptions())
    assert caught.value.id == "EDGE-0217"


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Neither engine is installed."""
    for module in ("onnxruntime", "ai_edge_litert", "tflite_runtime"):
        monkeypatch.setitem(__import__("sys").modules, module, None)
    yield


def test_a_missing_engine_names_its_extra(tmp_path: Path, absent: None) -> None:
    with pytest.raises(MissingExtra, match=r"edgesdk\[cpu\]"):
        session(onnx_models.two_by_two(tmp_path))
    model = tmp_path / "m.tflite"
    model.write_bytes(scale_tflite(3))
    with pytest.raises(MissingExtra, match=r"edgesdk\[cpu\]"):
        session(model)


def test_tflite_runtime_serves_where_only_it_exists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys
    import types

    from ai_edge_litert import interpreter

    older = types.ModuleType("tflite_runtime")
    older.interpreter = interpreter  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tflite_runtime", older)
    monkeypatch.setitem(sys.modules, "ai_edge_litert", None)
    assert litert_session.import_interpreter() is interpreter


@pytest.mark.parametrize("kind", ["onnx", "tflite"])
def test_a_session_may_be_shared_by_threads(tmp_path: Path, kind: str) -> None:
    model = tmp_path / "m.tflite"
    model.write_bytes(scale_tflite(3))
    if kind == "onnx":
        model = onnx_models.identity(tmp_path, "float32")
    factor = 1 if kind == "onnx" else 3
    with session(model) as opened, ThreadPoolExecutor(4) as pool:

        def right(value: int) -> bool:
            array = np.full((2, 3), value, np.float32)
            return bool((opened.run({"x": array})["y"] == factor * value).all())

        assert all(pool.map(right, range(500)))


def test_strided_inputs_with_outputs_of_ones_own(tmp_path: Path) -> None:
    with session(onnx_models.two_by_two(tmp_path)) as opened:
        wide = np.float32([1, 9, 2, 9])
        mine = np.zeros(2, np.float32)
        opened.run({"a": wide[::2], "b": wide[::-2]}, {"sum": mine})
        assert mine.tolist() == [10, 11]


def test_empty_arrays_of_types_that_numpy_lacks(tmp_path: Path) -> None:
    with session(onnx_models.identity(tmp_path, "bfloat16")) as opened:
        assert opened.run({"x": np.zeros((0, 3), np.uint16)})["y"].shape == (0, 3)


def test_an_output_array_may_be_an_input_array_too(tmp_path: Path) -> None:
    """A streaming model's state: read it, and write it back to where it lies."""
    nodes = [
        onnx.helper.make_node("MatMul", ["x", "w"], ["h"]),
        onnx.helper.make_node("Add", ["h", "x"], ["y"]),
        onnx.helper.make_node("Mul", ["x", "y"], ["z"]),
    ]
    shape = [64, 64]
    w = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    outputs = [(name, "float32", shape) for name in "yz"]
    model = onnx_models.save(tmp_path, "state", nodes, [("x", "float32", shape)], outputs, {"w": w})
    with session(model) as opened:
        [inputs] = draw(opened.inputs, 1, seed=2)
        want = opened.run(inputs)
        state = inputs["x"].copy()
        got = opened.run({"x": state}, {"y": state})
        assert np.array_equal(got["y"], want["y"])
        assert np.array_equal(got["z"], want["z"])
        with pytest.raises(edgesdk.InputMismatch):
            opened.run(inputs, {"y": state, "z": state})


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "string"])
def test_scalars_stay_scalars(tmp_path: Path, dtype: str) -> None:
    node = onnx.helper.make_node("Identity", ["x"], ["y"])
    model = onnx_models.save(tmp_path, "scalar", [node], [("x", dtype, [])], [("y", dtype, [])])
    with session(model) as opened:
        [inputs] = draw(opened.inputs, 1, seed=2)
        assert opened.run(inputs)["y"].shape == ()
        mine = np.empty((), DTYPES[dtype])
        assert opened.run(inputs, {"y": mine})["y"] == inputs["x"]


def test_texts_are_text(tmp_path: Path) -> None:
    with session(onnx_models.identity(tmp_path, "string")) as opened:
        given = np.array([[b"caf\xc3\xa9", "b", "c"]], object)
        assert opened.run({"x": given})["y"].tolist() == [["café", "b", "c"]]
        for wrong in ([["a", 1, None]], [[b"\xff", "b", "c"]], [[object(), "b", "c"]]):
            with pytest.raises(edgesdk.InputMismatch):
                opened.run({"x": np.array(wrong, object)})
        with pytest.raises(edgesdk.InputMismatch):
            opened.run({"x": np.array([[b"\xff", b"b", b"c"]])})


def test_litert_recovers_from_a_refused_shape(data: Path) -> None:
    with session(data / "mlperf-tiny" / "kws_ref_model.tflite") as opened:
        for length in (1, 3, 1):
            shape = (length, 49, 10, 1)
            assert opened.run({"input_1": np.zeros(shape, np.int8)})["Identity"].shape[0] == length


def test_a_model_from_newer_tools_than_the_engine(tmp_path: Path) -> None:
    model = onnx.load(onnx_models.two_by_two(tmp_path))
    model.ir_version = onnx.IR_VERSION + 90
    with pytest.raises(ModelRefused) as caught:
        onnx_session.load_engine(model.SerializeToString(), onnx_session.SessionOptions())
    assert caught.value.evidence.startswith("Unsupported model IR version")
    assert "older opset" in caught.value.next_step
