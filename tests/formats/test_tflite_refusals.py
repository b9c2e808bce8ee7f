"""TFLite files that must not get past the reader, each with its id and its reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from edgesdk import EdgeError, ModelRefused
from edgesdk.formats import read_source
from edgesdk.formats.tflite import graph as tflite_graph
from tests.formats.tflite_builder import TYPES, Builder, add, control


def _set(path: str, value: Any) -> Callable[[Any], None]:
    """Set what a dotted path leads to, such as ``subgraphs.0.inputs``."""

    def change(model: Any) -> None:
        *steps, last = path.split(".")
        for step in steps:
            model = model[int(step)] if step.isdigit() else getattr(model, step)
        setattr(model, last, value)

    return change


def _buffer(**fields: Any) -> Any:
    buffer = schema.BufferT()
    for key, value in fields.items():
        setattr(buffer, key, value)
    return buffer


def _quantise(scale: list[float], zero: list[int], axis: int = 0, dtype: int = TYPES.INT8) -> Any:
    def change(model: Any) -> None:
        parameters = schema.QuantizationParametersT()
        parameters.scale, parameters.zeroPoint = scale, zero
        parameters.quantizedDimension = axis
        for tensor in model.subgraphs[0].tensors:
            tensor.type, tensor.buffer = dtype, 0
        model.subgraphs[0].inputs = [0, 2]
        model.subgraphs[0].tensors[0].quantization = parameters

    return change


def _external(model: Any) -> None:
    group = schema.ExternalBufferGroupT()
    group.name = "/etc/passwd"
    model.externalBufferGroups = [group]


_TENSOR = "subgraphs.0.tensors"
_OPERATOR = "subgraphs.0.operators.0"
_LOOP = "subgraphs.0.operators.0.builtinOptions"

CASES: dict[str, tuple[Builder, Callable[[Any], None], str]] = {
    "version 2": (add(), _set("version", 2), "version 2"),
    "no subgraph": (add(), _set("subgraphs", []), "0 subgraphs"),
    "no list of subgraphs": (add(), _set("subgraphs", None), "0 subgraphs"),
    "no operator codes": (add(), _set("operatorCodes", None), "code 0, which is not there"),
    "an operator code too high": (add(), _set(f"{_OPERATOR}.opcodeIndex", 9), "code 9"),
    "no buffers": (add(), _set("buffers", None), "buffer 0 of 0"),
    "a buffer too high": (add(), _set(f"{_TENSOR}.0.buffer", 2**32 - 1), "of 2"),
    "a buffer outside": (add(), _set("buffers", [_buffer(offset=9_999, size=1)]), "a buffer ends"),
    "a buffer that wraps": (
        add(),
        _set("buffers", [_buffer(offset=2**64 - 1, size=2**63)]),
        "a buffer ends",
    ),
    "options outside": (add(), _set(f"{_OPERATOR}.largeCustomOptionsSize", 9_999), "options lie"),
    "external buffers": (add(), _external, "data in other files"),
    "an input too high": (add(), _set("subgraphs.0.inputs", [3]), "not among 3"),
    "an input below zero": (add(), _set("subgraphs.0.inputs", [-1]), "not among 3"),
    "an input that is constant": (add(), _set("subgraphs.0.inputs", [2]), "is a constant"),
    "an output too high": (add(), _set("subgraphs.0.outputs", [3]), "not among 3"),
    "an output below zero": (add(), _set("subgraphs.0.outputs", [-1]), "not among 3"),
    "an output that nothing writes": (add(), _set("subgraphs.0.operators", []), "is read before"),
    "an operand too high": (add(), _set(f"{_OPERATOR}.inputs", [0, 2**31 - 1]), "not among 3"),
    "an operand below -1": (add(), _set(f"{_OPERATOR}.inputs", [0, -2]), "not among 3"),
    "an operand that is not there": (add(), _set(f"{_OPERATOR}.inputs", [0, -1]), "aa>a"),
    "an operand too few": (add(), _set(f"{_OPERATOR}.inputs", [0]), "aa>a"),
    "an operand too many": (add(), _set(f"{_OPERATOR}.inputs", [0, 0, 0]), "aa>a"),
    "a result of the operator as its operand": (
        add(),
        _set(f"{_OPERATOR}.inputs", [0, 1]),
        "is read before",
    ),
    "a result too high": (add(), _set(f"{_OPERATOR}.outputs", [3]), "not among 3"),
    "a result below zero": (add(), _set(f"{_OPERATOR}.outputs", [-1]), "not among 3"),
    "a result in a constant": (add(), _set(f"{_OPERATOR}.outputs", [2]), "holds data already"),
    "a result in an input": (add(), _set(f"{_OPERATOR}.outputs", [0]), "holds data already"),
    "an intermediate too high": (add(), _set(f"{_OPERATOR}.intermediates", [3]), "not among 3"),
    "operands of two types": (add(), _set(f"{_TENSOR}.0.type", TYPES.INT32), "types [2, 0]"),
    "a negative axis": (add(), _set(f"{_TENSOR}.0.shape", [2, -1]), "has shape (2, -1)"),
    "nine axes": (add(), _set(f"{_TENSOR}.0.shape", [1] * 9), "more than 8 axes"),
    "a tensor of 2 GiB": (add(), _set(f"{_TENSOR}.0.shape", [2**29]), "2147483648 bytes"),
    "a product that wraps": (add(), _set(f"{_TENSOR}.0.shape", [2**31 - 1] * 8), "bytes"),
    "two ranks": (add(), _set(f"{_TENSOR}.0.shapeSignature", [-1]), "two shapes"),
    "a constant too short": (add(), _set(f"{_TENSOR}.2.shape", [2, 4]), "24 bytes, not 32"),
    "a constant too long": (add(), _set(f"{_TENSOR}.2.shape", [2]), "24 bytes, not 8"),
    "scales without their axis": (add(), _quantise([1, 1], [0, 0], 2), "fit axis 2"),
    "scales on a negative axis": (add(), _quantise([1, 1], [0, 0], -1), "fit axis -1"),
    "too many scales": (add(), _quantise([1] * 3, [0] * 3), "3 scales"),
    "too few zero points": (add(), _quantise([1, 1], [0]), "1 zero points"),
    "an infinite scale": (add(), _quantise([np.inf], [0]), "can scale"),
    "a scale that is not a number": (add(), _quantise([np.nan], [0]), "can scale"),
    "a negative scale": (add(), _quantise([-1], [0]), "can scale"),
    "a scale of nearly everything": (add(), _quantise([1e30], [0]), "not between"),
    "a scale of next to nothing": (add(), _quantise([1e-44], [0]), "not between"),
    "a zero point of another dtype": (add(), _quantise([1], [128]), "does not fit int8"),
    "a huge zero point": (add(), _quantise([1], [2**63 - 1], dtype=TYPES.INT32), "not fit int32"),
    "a loop whose body is not there": (control(), _set(f"{_LOOP}.bodySubgraphIndex", 3), "among 3"),
    "a loop whose body is below zero": (
        control(),
        _set(f"{_LOOP}.bodySubgraphIndex", -1),
        "among 3",
    ),
    "a loop inside itself": (control(), _set(f"{_LOOP}.bodySubgraphIndex", 0), "calls itself"),
    "a loop without options": (control(), _set(f"{_OPERATOR}.builtinOptionsType", 0), "no options"),
    "a loop over another type": (control(), _set("subgraphs.2.tensors.0.type", 4), "aa>a"),
    "a loop whose condition is a number": (
        control(),
        _set("subgraphs.1.outputs", [0]),
        "other types than its call",
    ),
    "a comparison that gives a number": (
        control(),
        _set("subgraphs.1.tensors.1.type", TYPES.INT32),
        "aa>B",
    ),
    "a loop with another number of inputs": (
        control(),
        _set("subgraphs.2.inputs", [0, 0]),
        "other types than its call",
    ),
    "a custom operator without a name": (
        add(),
        _set("operatorCodes.0.builtinCode", 32),
        "custom operator is named ''",
    ),
}


@pytest.mark.parametrize("what", CASES)
def test_refused(what: str, tmp_path: Path) -> None:
    builder, change, reason = CASES[what]
    read_source(builder.save(tmp_path))
    before = builder.content()
    change(builder.model)
    assert builder.content() != before
    with pytest.raises(ModelRefused) as caught:
        read_source(builder.save(tmp_path))
    assert caught.value.id == ("EDGE-0274" if what == "version 2" else "EDGE-0204")
    assert reason in str(caught.value)


def test_a_count_that_lies(tmp_path: Path) -> None:
    for said in (0, 1, 3):
        builder = Builder()
        x, parts = builder.tensor("x", [4]), [builder.tensor(name, [2]) for name in "ab"]
        axis = builder.constant(np.array(0, np.int32))
        builder.operator("SPLIT", [axis, x], parts, options=("SplitOptions", {"numSplits": said}))
        builder.graph.inputs, builder.graph.outputs = [x], parts
        with pytest.raises(ModelRefused, match="well-formed") as caught:
            read_source(builder.save(tmp_path))
        assert f"says that it has {said} tensors, and has 2" in caught.value.evidence


def test_an_option_outside_its_limits(tmp_path: Path) -> None:
    name = "LOCAL_RESPONSE_NORMALIZATION"
    for radius, accepted in ((2, True), (-6, False), (2**30, False)):
        builder = Builder()
        x, y = builder.tensor("x", [1, 2, 2, 4]), builder.tensor("y", [1, 2, 2, 4])
        fields = {"radius": radius, "bias": 1.0, "alpha": 1.0, "beta": 0.5}
        options = ("LocalResponseNormalizationOptions", fields)
        builder.operator(name, [x], [y], options=options)
        builder.graph.inputs, builder.graph.outputs = [x], [y]
        path = builder.save(tmp_path)
        if accepted:
            read_source(path)
            continue
        with pytest.raises(ModelRefused) as caught:
            read_source(path)
        assert caught.value.evidence == f"{name} has an option that is not 0 to 65535"


def _one_operator(name: str, shape: object, **quantisation: float) -> Builder:
    builder = Builder()
    dtype = TYPES.INT8 if quantisation else TYPES.FLOAT32
    x, y = (builder.tensor(n, [4, 4], dtype, **quantisation) for n in "xy")
    builder.operator(name, [x] if shape is None else [x, builder.constant(shape)], [y])
    builder.graph.inputs, builder.graph.outputs = [x], [y]
    return builder


def test_a_shape_of_too_many_axes(tmp_path: Path) -> None:
    read_source(_one_operator("RESHAPE", np.ones(8, np.int32)).save(tmp_path))
    for shape in (np.ones(17, np.int32), np.ones(2, np.float32)):
        with pytest.raises(ModelRefused) as caught:
            read_source(_one_operator("RESHAPE", shape).save(tmp_path))
        assert "not aS?>a" in caught.value.evidence


def test_an_operator_that_computes_with_scales_needs_them(tmp_path: Path) -> None:
    read_source(_one_operator("TANH", None, scale=0.5, zero=0).save(tmp_path))
    read_source(_one_operator("SQUEEZE", None, scale=0.0, zero=0).save(tmp_path))
    with pytest.raises(ModelRefused) as caught:
        read_source(_one_operator("TANH", None, scale=0.0, zero=0).save(tmp_path))
    assert caught.value.evidence == "TANH has an 8-bit tensor without a scale"


def test_signatures_that_lead_nowhere(tmp_path: Path) -> None:
    for inputs, subgraph in (({"x": 3}, 0), ({"x": 0}, 1)):
        builder = add()
        builder.signature(inputs, {"y": 1}, subgraph)
        with pytest.raises(ModelRefused):
            read_source(builder.save(tmp_path))


def test_an_operator_that_nobody_has_named(tmp_path: Path) -> None:
    builder = add()
    builder.model.operatorCodes[0].builtinCode = 9_999
    with pytest.raises(ModelRefused) as caught:
        read_source(builder.save(tmp_path))
    assert caught.value.id == "EDGE-0277"


def test_another_kind_of_file(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    for content in (b"", b"\x08\0\0\0", b"\x08\0\0\0TFL2" + bytes(64), b"PK\3\4" + bytes(64)):
        path.write_bytes(content)
        with pytest.raises(ModelRefused) as caught:
            read_source(path)
        assert caught.value.id == "EDGE-0274"


def test_vectors_that_share_their_numbers_cost_a_budget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = add().save(tmp_path)
    read_source(path)
    monkeypatch.setattr(tflite_graph, "_MOST_NUMBERS", 3)
    with pytest.raises(ModelRefused) as caught:
        read_source(path)
    assert "too long" in caught.value.evidence


@pytest.mark.parametrize("build", [add, control])
def test_a_model_cut_short_at_any_byte(build: Callable[[], Builder], tmp_path: Path) -> None:
    content = build().content()
    path = tmp_path / "model.tflite"
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(EdgeError) as caught:
            read_source(path)
        assert caught.value.exit_code == 2
