"""The TFLite importer: every tensor and option of real and built models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from hypothesis import given, settings
from hypothesis import strategies as st

from edgesdk.errors import EdgeError, ModelRefused
from edgesdk_backends.mcu.planner import plan
from edgesdk_backends.mcu.planner.tflite_graph import read_graph
from tests.formats.tflite_builder import Builder, add, control

INT8 = schema.TensorType.INT8


def strided_slice() -> Builder:
    b = Builder()
    x = b.tensor("x", [1, 4, 6], INT8, scale=0.5, zero=-3)
    y = b.tensor("model/y;other/z", [1, 2, 6], INT8, scale=0.5, zero=-3)
    places = [b.constant(np.array(v, np.int32)) for v in ([0, 1, 0], [1, 4, 6], [1, 2, 1])]
    options = ("StridedSliceOptions", {"beginMask": 1, "shrinkAxisMask": 0})
    b.operator("STRIDED_SLICE", [x, *places], [y], options=options)
    b.graph.inputs, b.graph.outputs = [x], [y]
    return b


def test_the_keyword_model(data: Path) -> None:
    graph = read_graph((data / "mlperf-tiny/kws_ref_model.tflite").read_bytes())
    kinds = [operation.kind for operation in graph.operations]
    assert kinds.count("CONV_2D") == 5
    assert kinds.count("DEPTHWISE_CONV_2D") == 4
    first = graph.operations[0]
    assert first.options["padding"] == "SAME"
    assert (first.options["stride_h"], first.options["dilation_w_factor"]) == (2, 1)
    assert first.options["fused_activation_function"] == "RELU"
    source, filters, bias = first.inputs
    assert source is graph.inputs[0]
    assert source is not None
    assert source.scale == pytest.approx((0.5847029,))
    assert source.zero_point == (83,)
    assert filters is not None
    assert (filters.shape, filters.dtype, len(filters.scale)) == ((64, 10, 4, 1), "int8", 64)
    assert filters.data is not None
    assert filters.data.shape == filters.shape
    assert bias is not None
    assert bias.data is not None
    assert bias.data.dtype == np.int32
    assert graph.outputs[0].bytes == 12


def test_options_names_and_quantisation() -> None:
    graph = read_graph(strided_slice().content())
    [operation] = graph.operations
    assert operation.options["begin_mask"] == 1
    assert operation.options["shrink_axis_mask"] == 0
    assert operation.layer == "0 STRIDED_SLICE model/y"
    assert graph.inputs[0].zero_point == (-3,)
    assert graph.inputs[0].variable is False


def test_tensor_types_and_vectors_among_options() -> None:
    b = Builder()
    x, y = b.tensor("x", [4]), b.tensor("y", [4], schema.TensorType.INT32)
    z, m = b.tensor("z", [2, 2]), b.tensor("m", [6])
    cast = {"inDataType": schema.TensorType.FLOAT32, "outDataType": schema.TensorType.INT32}
    b.operator("CAST", [x], [y], options=("CastOptions", cast))
    b.operator("RESHAPE", [x], [z], options=("ReshapeOptions", {"newShape": [2, 2]}))
    b.operator("MIRROR_PAD", [x, y], [m], options=("MirrorPadOptions", {"mode": 1}))
    b.graph.inputs, b.graph.outputs = [x], [y, z]
    cast_, reshape, mirror = read_graph(b.content()).operations
    assert cast_.options == {"in_data_type": "float32", "out_data_type": "int32"}
    assert reshape.options == {"new_shape": (2, 2)}
    assert mirror.options == {"mode": "SYMMETRIC"}


def test_weights_of_four_bits() -> None:
    b = Builder()
    x = b.tensor("x", [1, 3], INT8, scale=0.5, zero=0)
    y = b.tensor("y", [1, 1], INT8, scale=0.5, zero=0)
    w = b.constant(np.array([0x8F, 0x07], np.uint8).view(np.int8), scale=0.1, zero=0)
    b.graph.tensors[w].shape, b.graph.tensors[w].type = [1, 3], schema.TensorType.INT4
    b.operator("FULLY_CONNECTED", [x, w, -1], [y], options=("FullyConnectedOptions", {}))
    b.graph.inputs, b.graph.outputs = [x], [y]
    [operation] = read_graph(b.content()).operations
    weights = operation.inputs[1]
    assert weights is not None
    assert weights.data is not None
    assert weights.data.tolist() == [[-1, -8, 7]]
    assert weights.dtype == "int8"
    assert operation.inputs[2] is None


def test_all_unsupported_layers_are_told_at_once() -> None:
    b = Builder()
    x, y, z = b.tensor("x", [4]), b.tensor("y", [4]), b.tensor("z", [4])
    b.operator("MyOperator", [x], [y])
    b.operator("CUMSUM", [x, b.constant(np.int32(0))], [z], options=("CumsumOptions", {}))
    b.graph.inputs, b.graph.outputs = [x], [y, z]
    with pytest.raises(ModelRefused) as caught:
        plan(read_graph(b.content()))
    assert caught.value.id == "EDGE-0287"
    assert "0 custom.MyOperator y: there is no kernel for it" in caught.value.evidence
    assert "1 CUMSUM z: there is no kernel for it" in caught.value.evidence


def test_an_operator_that_calls_another_subgraph_is_refused() -> None:
    with pytest.raises(ModelRefused) as caught:
        plan(read_graph(control().content()))
    assert caught.value.id == "EDGE-0287"
    assert "WHILE y: there is no kernel for it" in caught.value.evidence


def test_a_subgraph_that_nobody_calls_is_not_looked_at() -> None:
    b = strided_slice()
    want = plan(read_graph(b.content())).content
    b.subgraph()
    x, y = b.tensor("a", [4]), b.tensor("b", [4])
    b.operator("MyOperator", [x], [y])
    b.graph.inputs, b.graph.outputs = [x], [y]
    assert plan(read_graph(b.content())).content == want


@pytest.mark.parametrize("content", [b"", b"\x20\0\0\0TFL3", add().content()[:-40]])
def test_bytes_that_are_no_model(content: bytes) -> None:
    with pytest.raises(ModelRefused) as caught:
        read_graph(content)
    assert caught.value.id == "EDGE-0288"


_MODEL = strided_slice().content()


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(st.integers(0, len(_MODEL) - 1), st.integers(0, 255)), min_size=1, max_size=6
    )
)
def test_changed_bytes_are_refused_or_planned(changes: list[tuple[int, int]]) -> None:
    content = bytearray(_MODEL)
    for place, value in changes:
        content[place] = value
    try:
        plan(read_graph(bytes(content)))
    except EdgeError as error:
        assert isinstance(error, ModelRefused)
