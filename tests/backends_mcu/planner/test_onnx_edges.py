"""ONNX operators at the edges of what they allow, and those that give whole numbers."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto

from edgesdk.errors import ModelRefused
from edgesdk_backends.mcu.planner.onnx_graph import read_onnx_graph
from edgesdk_backends.mcu.planner.rewrite import rewrite

from .onnx_models import onnxruntime_answers
from .qdq import STEP, Qdq, answers, planned_answer, steps_apart


def test_padding_with_minus_infinity_before_a_pool() -> None:
    model = Qdq(1, 3, 6, 6)
    stored = model.stored(model.conv(3, 3))
    pads = model.constant(np.array([0, 0, 1, 1, 0, 0, 1, 1]))
    padded = model.node("Pad", stored, pads, model.constant(np.float32(-np.inf)))
    pooled = model.node("MaxPool", padded, kernel_shape=[3, 3], strides=[2, 2])
    assert steps_apart(model, pooled) < 1.01


def test_a_slice_from_before_the_start() -> None:
    model = Qdq(1, 3, 8)
    rows = [model.constant(np.array(row)) for row in ([-100], [2**62], [2], [3])]
    assert steps_apart(model, model.node("Slice", model.first, *rows)) == 0


def test_a_mean_over_no_axes() -> None:
    """It changes nothing. (onnxruntime before 1.24 fails on it: it is asked without.)"""
    model, plain = Qdq(1, 3, 8, opset=18), Qdq(1, 3, 8, opset=18)
    mean = model.node("ReduceMean", model.first, noop_with_empty_axes=1)
    array = model.inputs()
    [right] = onnxruntime_answers(plain.content(plain.stored(plain.first)), [array])
    assert planned_answer(model.content(model.stored(mean)), array).tobytes() == right.tobytes()


def test_a_sum() -> None:
    """LiteRT's own kernel does not know signs: the plan itself against onnxruntime."""
    model = Qdq(2, 9, 8, opset=13)
    axes = model.constant(np.array([1]))
    total = model.node("ReduceSum", model.first, axes, keepdims=0)
    assert steps_apart(model, total, 0.1) < 1.01


@pytest.mark.parametrize("kind", ["MaxPool", "AveragePool"])
def test_windows_that_reach_over_the_end(kind: str) -> None:
    model = Qdq(1, 3, 7, 7)
    fields = {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 0, 0], "ceil_mode": 1}
    assert steps_apart(model, model.node(kind, model.first, **fields)) < 1.01


def test_what_ceil_mode_pads_is_not_counted() -> None:
    model = Qdq(1, 3, 7, 7)
    fields = {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1, "count_include_pad": 1}
    pooled = model.node("AveragePool", model.first, **fields)
    with pytest.raises(ModelRefused) as caught:
        read_onnx_graph(model.content(model.stored(pooled)))
    assert "ceil_mode" in caught.value.evidence


@pytest.mark.parametrize("keep", [0, 1])
@pytest.mark.parametrize("kind", ["ArgMax", "ArgMin"])
def test_places(kind: str, keep: int) -> None:
    """Of channels, as int64 and as int32; images do not move for that."""
    model = Qdq(1, 4, 3, 5)
    pooled = model.node("MaxPool", model.first, kernel_shape=[2, 2])
    places = model.node(kind, pooled, axis=1, keepdims=keep)
    narrow = model.node("Cast", places, to=TensorProto.INT32)
    for value, dtype in ((places, TensorProto.INT64), (narrow, TensorProto.INT32)):
        content = model.content(value, dtype)
        ours, right = answers(content, model.inputs())
        assert ours.tolist() == right.tolist()
        assert np.ptp(right) > 0


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_an_embedding(dtype: str) -> None:
    model = Qdq(1, 6)
    model.nodes.clear()  # its input is not quantised: it says which rows of the table
    rows = model.node("Gather", model.weights(20, 5, step=STEP), "x")
    number = {"int32": TensorProto.INT32, "int64": TensorProto.INT64}[dtype]
    content = model.content(model.stored(rows), given=number)
    ours, right = answers(content, np.array([[3, 0, 19, 7, 7, 1]], dtype))
    assert np.abs(ours - right).max() <= 1.01 * STEP


def test_groups_that_do_not_fit_are_refused() -> None:
    model = Qdq(1, 6, 4, 4)
    grouped = model.node("Conv", model.first, model.weights(6, 4, 1, 1), group=2)
    with pytest.raises(ModelRefused):
        read_onnx_graph(model.content(model.stored(grouped)))


def test_batch_normalization_joins_the_activation_behind_it() -> None:
    model = Qdq(1, 6, 4, 4)
    moments = [model.real(6) for _ in range(3)]
    spread = model.constant(np.linspace(0.5, 2, 6, dtype=np.float32))
    normal = model.node("BatchNormalization", model.first, *moments, spread)
    active = model.node("Relu", normal)
    assert steps_apart(model, active) < 1.01
    graph = read_onnx_graph(model.content(model.stored(active)))
    kinds = [operation.kind for operation in rewrite(graph).graph.operations]
    assert kinds == ["QUANTIZE", "TRANSPOSE", "DEPTHWISE_CONV_2D", "TRANSPOSE", "DEQUANTIZE"]
