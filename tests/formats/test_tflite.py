"""What the TFLite reader tells about well-formed models, against what LiteRT reports."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from edgesdk import ModelRefused, Quantisation
from edgesdk.formats import read_source
from edgesdk.tensors import DTYPES, TensorSpec
from tests.formats.tflite_builder import TYPES, Builder, add, control

REAL = [
    "mlperf-tiny/ad01_int8",
    "mlperf-tiny/kws_ref_model",
    "mlperf-tiny/kws_ref_model_float32",
    "tflm-micro-speech/audio_preprocessor_float",
    "tflm-micro-speech/audio_preprocessor_int8",
    "tflm-micro-speech/micro_speech_quantized",
]


def test_the_list_of_real_models_is_whole(data: Path) -> None:
    found = {str(path.relative_to(data).with_suffix("")) for path in data.glob("*/*.tflite")}
    assert found == set(REAL)


@pytest.mark.parametrize("model", REAL)
def test_real_models_as_litert_reports_them(model: str, data: Path) -> None:
    path = data / f"{model}.tflite"
    source, interpreter = read_source(path), Interpreter(str(path))
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    for specs, details in (
        (source.inputs, interpreter.get_input_details()),
        (source.outputs, interpreter.get_output_details()),
    ):
        assert len(specs) == len(details)
        for spec, detail in zip(specs, details, strict=True):
            assert DTYPES[spec.dtype] == detail["dtype"]
            assert [-1 if axis == "?" else axis for axis in spec.shape] == detail[
                "shape_signature"
            ].tolist()
            assert (spec.quantisation is None) == (detail["quantization"] == (0.0, 0))
            if spec.quantisation is not None:
                scale, zero = detail["quantization"]
                assert spec.quantisation == Quantisation((scale,), (zero,))
    operators = {detail["op_name"] for detail in interpreter._get_ops_details()}
    named = {name.split(":")[1].removeprefix("custom.") for name in source.operators}
    assert named == {name for name in operators if name != "DELEGATE"}


def test_names_are_those_of_the_signature_or_the_tensors(data: Path) -> None:
    source = read_source(data / "tflm-micro-speech" / "audio_preprocessor_int8.tflite")
    assert [spec.name for spec in source.inputs + source.outputs] == ["audio_frame", "output_0"]
    assert "tflite:custom.SignalWindow:1" in source.operators
    source = read_source(data / "mlperf-tiny" / "kws_ref_model.tflite")
    assert source.inputs[0] == TensorSpec(
        "input_1", "int8", ("?", 49, 10, 1), "", Quantisation((0.5847029089927673,), (83,))
    )


def test_a_plain_model(tmp_path: Path) -> None:
    source = read_source(add().save(tmp_path))
    assert source.inputs == (TensorSpec("x", "float32", (2, 3)),)
    assert source.outputs == (TensorSpec("y", "float32", (2, 3)),)
    assert source.operators == ("tflite:ADD:1",)
    assert source.metadata == {"description": "built by a test"}


def test_operators_of_every_subgraph_once(tmp_path: Path) -> None:
    builder = control()
    builder.code("MUL")  # listed in the file, used by nobody
    source = read_source(builder.save(tmp_path))
    assert source.operators == ("tflite:ADD:1", "tflite:LESS:1", "tflite:WHILE:1")


def test_custom_operators_and_versions(tmp_path: Path) -> None:
    builder = add()
    builder.graph.operators[0].opcodeIndex = builder.code("Signal.Window", 7)
    assert read_source(builder.save(tmp_path)).operators == ("tflite:custom.Signal.Window:7",)


def test_an_old_file_has_only_the_old_code(tmp_path: Path) -> None:
    builder = add()
    builder.model.operatorCodes[0].builtinCode = 0
    builder.model.operatorCodes[0].deprecatedBuiltinCode = 18
    assert read_source(builder.save(tmp_path)).operators == ("tflite:MUL:1",)


def test_dynamic_axes_come_from_the_shape_signature(tmp_path: Path) -> None:
    builder = add()
    builder.graph.tensors[0].shapeSignature = [-1, 3]
    source = read_source(builder.save(tmp_path))
    assert source.inputs[0].shape == ("?", 3)
    assert source.outputs[0].shape == (2, 3)


@pytest.mark.parametrize("number", range(23))
def test_every_dtype_has_its_name_or_is_refused(number: int, tmp_path: Path) -> None:
    builder = Builder()
    x, y = builder.tensor("x", [2], number), builder.tensor("y", [2], number)
    builder.operator("ABS", [x], [y])
    builder.graph.inputs, builder.graph.outputs = [x], [y]
    name = next(key for key, value in vars(TYPES).items() if value == number).lower()
    if name in DTYPES:
        assert read_source(builder.save(tmp_path)).inputs[0].dtype == name
        return
    with pytest.raises(ModelRefused) as caught:
        read_source(builder.save(tmp_path))
    assert caught.value.id == "EDGE-0272"


def test_quantisation_by_tensor_and_by_axis(tmp_path: Path) -> None:
    builder = Builder()
    x = builder.tensor("x", [2, 3], TYPES.INT8, scale=0.5, zero=-7)
    y = builder.tensor("y", [2, 3], TYPES.INT8, scale=[0.5, 1, 2], zero=[1, 2, 3], axis=1)
    z = builder.tensor("z", [2, 3], TYPES.INT8, scale=0.0, zero=0)
    f = builder.tensor("f", [2, 3], TYPES.FLOAT32, scale=0.5, zero=0)
    builder.operator("anything", [x], [y, z, f])
    builder.graph.inputs, builder.graph.outputs = [x], [y, z, f]
    source = read_source(builder.save(tmp_path))
    assert source.inputs[0].quantisation == Quantisation((0.5,), (-7,))
    assert [spec.quantisation for spec in source.outputs] == [
        Quantisation((0.5, 1.0, 2.0), (1, 2, 3), 1),
        None,
        None,
    ]


def test_names_are_made_unique_and_printable(tmp_path: Path) -> None:
    builder = Builder()
    names = ["a", "a", "", "a_2", "b\n", "\u00e9"]
    inputs = [builder.tensor(name, [1]) for name in names]
    outputs = [builder.tensor("a", [1]), builder.tensor("", [1])]
    builder.operator("anything", inputs, outputs)
    builder.graph.inputs, builder.graph.outputs = inputs, outputs
    source = read_source(builder.save(tmp_path))
    assert [spec.name for spec in source.inputs] == [
        "a",
        "a_2",
        "input_2",
        "a_2_2",
        "b\\n",
        "\u00e9",
    ]
    assert [spec.name for spec in source.outputs] == ["a", "output_1"]


def test_the_first_signature_of_the_first_subgraph_names(tmp_path: Path) -> None:
    builder = control()
    builder.signature({"other": 0}, {"other": 1}, subgraph=1)
    builder.signature({"start": 0}, {"end": 1})
    builder.signature({"late": 0}, {"late": 1})
    source = read_source(builder.save(tmp_path))
    assert [spec.name for spec in source.inputs + source.outputs] == ["start", "end"]


def test_a_model_that_litert_runs_is_read_whole(tmp_path: Path) -> None:
    path = control().save(tmp_path)
    interpreter = Interpreter(str(path))
    interpreter.allocate_tensors()
    interpreter.set_tensor(0, np.array([3], np.int32))
    interpreter.invoke()
    assert interpreter.get_tensor(1).tolist() == [10]
    assert json.dumps([spec.describe() for spec in read_source(path).inputs]) == '["int32[1]"]'
