"""Quantised ONNX models: what the importer makes of them, against onnxruntime.

LiteRT executes the imported graph and is compared with onnxruntime, to a quantisation step; the
plan of the same graph is compared with LiteRT, to the bit.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from onnxruntime.quantization import QuantType

from edgesdk.errors import ModelRefused
from edgesdk_backends.mcu.host import FORMS, HostRuntime
from edgesdk_backends.mcu.planner import plan
from edgesdk_backends.mcu.planner.graph import Graph
from edgesdk_backends.mcu.planner.onnx_graph import read_onnx_graph
from edgesdk_backends.mcu.planner.rewrite import rewrite

from .onnx_models import Model, onnxruntime_answers, output_scale, quantised, surrounded
from .onnx_more_operators import MORE, QUANTISED
from .onnx_operators import BUILDS, LEFT_ALONE, conv_same, flatten_an_image, functions_in_a_row
from .to_tflite import litert, to_tflite


def _answers(content: bytes, model: Model) -> tuple[list[float], Graph]:
    """The largest difference of each of some answers, in quantisation steps."""
    graph = read_onnx_graph(content)
    made = to_tflite(graph)
    runtimes = [HostRuntime(plan(graph).content, form) for form in FORMS]
    inputs = model.inputs(4)
    wanted = onnxruntime_answers(content, inputs)
    step = output_scale(content)
    differences = []
    for array, want in zip(inputs, wanted, strict=True):
        [got] = litert(made, [array])
        assert got.shape == want.shape
        for runtime in runtimes:
            assert runtime.run([array])[0].tobytes() == got.tobytes()
        differences.append(float(np.abs(got - want).max()) / step)
    assert max(float(np.ptp(want)) for want in wanted) > 5 * step
    return differences, graph


@pytest.mark.parametrize("name", [*BUILDS, *MORE])
def test_an_operator_is_one_step_apart_at_most(name: str, tmp_path: Path) -> None:
    model = (BUILDS | MORE)[name]()
    whole = name in QUANTISED or (name in BUILDS and name not in LEFT_ALONE)
    differences, _ = _answers(quantised(model, tmp_path) if whole else surrounded(model), model)
    steps = sum(node.op_type not in {"Relu", "Clip"} for node in model.nodes)
    assert max(differences) < max(1, steps) + 0.01


def test_functions_in_a_row_are_one_table(tmp_path: Path) -> None:
    model = functions_in_a_row()
    differences, graph = _answers(surrounded(model, inside=False), model)
    assert max(differences) < 1.01
    assert [o.kind for o in graph.operations] == ["QUANTIZE", "LOOKUP", "DEQUANTIZE"]


def test_layer_normalization() -> None:
    """LiteRT has no such operator: the plan itself against onnxruntime."""
    model = Model(1, 7, 24)
    gains, offsets = (model.random.normal(m, 0.3, 24).astype(np.float32) for m in (1, 0))
    model.node("LayerNormalization", "x", model.constant(gains), model.constant(offsets))
    content = surrounded(model)
    runtimes = [HostRuntime(plan(read_onnx_graph(content)).content, form) for form in FORMS]
    inputs = model.inputs(4)
    step = output_scale(content)
    for array, want in zip(inputs, onnxruntime_answers(content, inputs), strict=True):
        answers = [runtime.run([array])[0] for runtime in runtimes]
        assert np.abs(answers[0] - want).max() < 1.01 * step
        assert answers[0].tobytes() == answers[1].tobytes()


def mobile_net(seed: int) -> Model:
    m = Model("batch", 3, 16, 16, seed=seed)
    m.conv(8, 3, 3, 3, strides=[2, 2], pads=[1, 1, 1, 1])
    a = m.node("Relu")
    m.conv(8, 1, 3, 3, group=8, pads=[1, 1, 1, 1])
    m.node("Clip", m.last, m.constant(np.float32(0)), m.constant(np.float32(6)))
    b = m.conv(8, 8, 1, 1)
    m.node("Add", a, b)
    m.node("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    c = m.node("GlobalAveragePool")
    m.conv(4, 8, 1, 1)
    m.node("Relu")
    m.conv(8, 4, 1, 1)
    m.node("Mul", c, m.node("Sigmoid"))
    m.node("Flatten")
    m.gemm(5, 8)
    m.node("Softmax")
    return m


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"per_channel": False},
        {"activation_type": QuantType.QUInt8},
        {"extra_options": {"ActivationSymmetric": True, "WeightSymmetric": True}},
    ],
    ids=["channels", "tensors", "uint8", "symmetric"],
)
def test_a_network(settings: dict[str, object], tmp_path: Path) -> None:
    model = mobile_net(3)
    differences, graph = _answers(quantised(model, tmp_path, **settings), model)
    assert max(differences) < 6.01  # steps of 1/255, after eight layers
    kinds = Counter(operation.kind for operation in rewrite(graph).graph.operations)
    assert kinds["TRANSPOSE"] == 1  # where the image enters, and nowhere else
    assert kinds["RESHAPE"] == 0


def test_attention(tmp_path: Path) -> None:
    m = Model(1, 6, 16)
    names = []
    for _ in range(3):
        m.node("MatMul", "x", m.weights(16, 16))
        m.node("Reshape", m.last, m.constant(np.array([1, 6, 2, 8])))
        names.append(m.node("Transpose", perm=[0, 2, 1, 3]))
    m.node("MatMul", names[0], m.node("Transpose", names[1], perm=[0, 1, 3, 2]))
    m.node("Mul", m.last, m.constant(np.float32(0.35)))
    m.node("MatMul", m.node("Softmax"), names[2])
    m.node("Transpose", perm=[0, 2, 1, 3])
    m.node("Reshape", m.last, m.constant(np.array([1, 6, 16])))
    differences, _ = _answers(quantised(m, tmp_path), m)
    assert max(differences) < 4.01


def test_flattening_before_a_product_moves_the_weights_only(tmp_path: Path) -> None:
    graph = read_onnx_graph(quantised(flatten_an_image(), tmp_path))
    kinds = [o.kind for o in rewrite(graph).graph.operations]
    assert kinds == ["QUANTIZE", "TRANSPOSE", "CONV_2D", "FULLY_CONNECTED", "DEQUANTIZE"]


def test_the_interface_stays(tmp_path: Path) -> None:
    graph = read_onnx_graph(quantised(mobile_net(0), tmp_path))
    assert [(t.name, t.dtype, t.shape) for t in graph.inputs] == [("x", "float32", (1, 3, 16, 16))]
    assert [(t.dtype, t.shape) for t in graph.outputs] == [("float32", (1, 5))]


def test_quantised_inputs_and_outputs(tmp_path: Path) -> None:
    """A model whose outer QuantizeLinear and DequantizeLinear were cut off, in uint8."""
    proto = onnx.load_model_from_string(
        quantised(conv_same(), tmp_path, activation_type=QuantType.QUInt8)
    )
    first = next(n for n in proto.graph.node if n.input[0] == "x")
    last = next(n for n in proto.graph.node if n.output[0] == proto.graph.output[0].name)
    given = helper.make_tensor_value_info(first.output[0], TensorProto.UINT8, [1, 3, 9, 8])
    result = helper.make_tensor_value_info(last.input[0], TensorProto.UINT8, None)
    proto.graph.node.remove(first)
    proto.graph.node.remove(last)
    del proto.graph.input[:], proto.graph.output[:]
    proto.graph.input.append(given)
    proto.graph.output.append(result)
    content = proto.SerializeToString()
    graph = read_onnx_graph(content)
    assert (graph.inputs[0].dtype, graph.outputs[0].dtype) == ("uint8", "uint8")
    array = np.random.default_rng(0).integers(0, 256, (1, 3, 9, 8)).astype(np.uint8)
    [want] = onnxruntime_answers(content, [array])
    [got] = litert(to_tflite(graph), [array])
    assert np.abs(got.astype(int) - want).max() <= 1
    assert np.ptp(want) > 50


def test_every_node_that_cannot_be_is_named(tmp_path: Path) -> None:
    m = Model(1, 2, 8, 8)
    m.conv(4, 2, 3, 3)
    m.node("Cosh")
    m.node("Erf")
    with pytest.raises(ModelRefused) as caught:
        read_onnx_graph(quantised(m, tmp_path))
    assert caught.value.id == "EDGE-0287"
    assert "Cosh" in caught.value.evidence


def test_a_float_model_is_refused() -> None:
    with pytest.raises(ModelRefused) as caught:
        read_onnx_graph(mobile_net(0).proto().SerializeToString())
    assert caught.value.id == "EDGE-0287"
    assert "not quantised" in caught.value.evidence


def test_a_second_dynamic_axis_is_refused() -> None:
    with pytest.raises(ModelRefused) as caught:
        read_onnx_graph(Model("batch", 3, "height", 8).proto().SerializeToString())
    assert caught.value.id == "EDGE-0288"
    assert "axis 2" in caught.value.evidence
