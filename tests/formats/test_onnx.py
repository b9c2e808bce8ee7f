"""What the ONNX reader tells about well-formed models."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from edgesdk import InputMismatch, Quantisation
from edgesdk.formats import read_source
from edgesdk.tensors import ANY_SHAPE, DTYPES, InputChecker, TensorSpec
from tests.formats.onnx_builder import affine, constant, metadata, model, save, value


def test_interface_of_a_plain_model(tmp_path: Path) -> None:
    path = save(affine(), tmp_path)
    source = read_source(path)
    assert source.inputs == (TensorSpec("x", "float32", ("n", 3)),)
    assert source.outputs == (TensorSpec("y", "float32", ("n", 4)),)
    assert source.operators == ("ai.onnx:Add:14", "ai.onnx:MatMul:13")
    assert source.versions == {"ir": "10", "opset": "21"}
    assert source.content == path.read_bytes()
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_an_input_with_an_initialiser_is_none(tmp_path: Path) -> None:
    proto = affine()
    proto.graph.input.append(value("w", [3, 4]))
    assert [spec.name for spec in read_source(save(proto, tmp_path)).inputs] == ["x"]


@pytest.mark.parametrize("dtype", [d for d in DTYPES if not d.startswith("complex")])
def test_every_dtype_has_its_name(dtype: str, tmp_path: Path) -> None:
    number = getattr(
        TensorProto, {"float32": "FLOAT", "float64": "DOUBLE"}.get(dtype, dtype.upper())
    )
    proto = model(
        [helper.make_node("Identity", ["x"], ["y"])],
        [value("x", [2], number)],
        [value("y", [2], number)],
    )
    source = read_source(save(proto, tmp_path))
    assert [spec.dtype for spec in source.inputs + source.outputs] == [dtype, dtype]


def test_an_unnamed_or_negative_axis_is_dynamic(tmp_path: Path) -> None:
    node = helper.make_node("Identity", ["x"], ["y"])
    proto = model([node], [value("x", [None, -1, "...", 0])], [value("y", [None, "\n", "", 0])])
    source = read_source(save(proto, tmp_path))
    assert source.inputs[0].shape == ("?", "?", "?", 0)
    assert source.outputs[0].shape == ("?", "?", "?", 0)


def test_a_missing_shape_is_inferred(tmp_path: Path) -> None:
    node = helper.make_node("Relu", ["x"], ["y"])
    proto = model([node], [value("x", ["n", 3])], [value("y", None)])
    assert read_source(save(proto, tmp_path)).outputs[0].shape == ("n", 3)


def test_a_shape_that_nobody_knows_takes_any(tmp_path: Path) -> None:
    node = helper.make_node("Relu", ["x"], ["y"])
    proto = model([node], [value("x", None)], [value("y", None)])
    source = read_source(save(proto, tmp_path))
    assert source.inputs[0].shape == source.outputs[0].shape == ANY_SHAPE
    assert source.inputs[0].describe() == "float32[...]"
    check = InputChecker(source.inputs)
    for shape in ((), (3,), (2, 3, 4)):
        assert check({"x": np.ones(shape, np.float32)})["x"].shape == shape
    with pytest.raises(InputMismatch, match="must be float32"):
        check({"x": np.ones((), np.int32)})


def test_operators_inside_subgraphs_and_functions(tmp_path: Path) -> None:
    branch = helper.make_graph(
        [helper.make_node("Neg", ["x"], ["branch"])], "branch", [], [value("branch", [2])]
    )
    other = helper.make_graph(
        [helper.make_node("twice", ["x"], ["other"], domain="local")],
        "other",
        [],
        [value("other", [2])],
    )
    twice = helper.make_function(
        "local",
        "twice",
        ["a"],
        ["b"],
        [helper.make_node("Add", ["a", "a"], ["b"])],
        [helper.make_opsetid("", 21)],
    )
    proto = model(
        [
            helper.make_node("If", ["c"], ["z"], then_branch=branch, else_branch=other),
            helper.make_node("Gelu", ["z"], ["y"], domain="com.microsoft"),
        ],
        [value("c", [], TensorProto.BOOL), value("x", [2])],
        [value("y", [2])],
        opsets=[
            helper.make_opsetid("", 21),
            helper.make_opsetid("local", 1),
            helper.make_opsetid("com.microsoft", 1),
        ],
        functions=[twice],
    )
    source = read_source(save(proto, tmp_path))
    assert source.operators == (
        "ai.onnx:Add:14",
        "ai.onnx:If:21",
        "ai.onnx:Neg:13",
        "com.microsoft:Gelu:1",
    )
    assert source.versions == {
        "ir": "10",
        "opset": "21",
        "opset:local": "1",
        "opset:com.microsoft": "1",
    }


def test_labels_and_units(tmp_path: Path) -> None:
    proto = metadata(affine(), labels='["a", "b", "c", "d"]', units='{"x": "m/s"}')
    source = read_source(save(proto, tmp_path))
    assert source.outputs[0].labels == ("a", "b", "c", "d")
    assert source.inputs[0].units == "m/s"
    assert source.metadata["edgesdk.units"] == '{"x": "m/s"}'


def _quantised(scale: object, zero: object, **attributes: int) -> object:
    int8 = TensorProto.INT8
    return model(
        [
            helper.make_node("DequantizeLinear", ["x", "s", "z"], ["f"], **attributes),
            helper.make_node("QuantizeLinear", ["f", "s", "z"], ["y"], **attributes),
        ],
        [value("x", [2, 3], int8)],
        [value("y", [2, 3], int8)],
        initializer=[constant("s", scale), constant("z", zero, np.int8)],
    )


@pytest.mark.parametrize(
    ("proto", "expected"),
    [
        (_quantised(0.5, -3), Quantisation((0.5,), (-3,))),
        (_quantised([0.5], [-3]), Quantisation((0.5,), (-3,))),
        (_quantised([0.5, 2.0], [1, 2], axis=0), Quantisation((0.5, 2.0), (1, 2), 0)),
        (_quantised([1, 2, 4], [0, 0, 0], axis=-1), Quantisation((1.0, 2.0, 4.0), (0, 0, 0), 1)),
        (_quantised([[1, 2, 4]], [[0, 0, 0]], axis=0, block_size=2), None),
        (_quantised(0.0, 0), None),
        (_quantised([1, 2], [0, 0], axis=1), None),
    ],
)
def test_quantisation(proto: object, expected: Quantisation | None, tmp_path: Path) -> None:
    source = read_source(save(proto, tmp_path))
    assert source.inputs[0].quantisation == expected
    assert source.outputs[0].quantisation == expected


def test_an_integer_input_that_is_also_read_raw_is_not_called_quantised(tmp_path: Path) -> None:
    proto = _quantised(0.5, -3)
    proto.graph.node.append(helper.make_node("Neg", ["x"], ["raw"]))  # type: ignore[attr-defined]
    assert read_source(save(proto, tmp_path)).inputs[0].quantisation is None
