"""ONNX models written down with their Q and DQ, and the plan's answers beside onnxruntime's."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from edgesdk_backends.mcu.host import FORMS, HostRuntime
from edgesdk_backends.mcu.planner import plan
from edgesdk_backends.mcu.planner.graph import Array
from edgesdk_backends.mcu.planner.onnx_graph import read_onnx_graph

from .onnx_models import onnxruntime_answers

STEP = 0.03  # of the input, and of outputs unless they say otherwise


class Qdq:
    """A model under construction, whose float32 input ``x`` is quantised already: ``first``."""

    def __init__(self, *shape: int, opset: int = 17) -> None:
        self.random = np.random.default_rng(5)
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.shape, self.opset = shape, opset
        self.first = self.stored("x")

    def constant(self, array: Any) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def stored(self, value: str, step: float = STEP) -> str:
        """The value behind Q and DQ."""
        scheme = self.constant(np.float32(step)), self.constant(np.int8(2))
        return self.node("DequantizeLinear", self.node("QuantizeLinear", value, *scheme), *scheme)

    def weights(self, *shape: int, step: float = 0.01) -> str:
        """Any int8 numbers behind a DQ."""
        values = self.random.integers(-127, 128, shape).astype(np.int8)
        scheme = self.constant(np.float32(step)), self.constant(np.int8(0))
        return self.node("DequantizeLinear", self.constant(values), *scheme)

    def real(self, *shape: int) -> str:
        """Any float32 numbers."""
        return self.constant(self.random.normal(0, 1, shape).astype(np.float32))

    def conv(self, outputs: int, channels: int) -> str:
        """By one point, and with a bias."""
        weights = self.weights(outputs, channels, *[1] * (len(self.shape) - 2))
        return self.node("Conv", self.first, weights, self.real(outputs))

    def content(self, value: str, dtype: int = TensorProto.FLOAT, given: int = 1) -> bytes:
        graph = helper.make_graph(
            self.nodes,
            "g",
            [helper.make_tensor_value_info("x", given, self.shape)],
            [helper.make_tensor_value_info(value, dtype, None)],
            self.constants,
        )
        opset = [helper.make_opsetid("", self.opset)]
        return bytes(
            helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
        )

    def inputs(self) -> Array:
        numbers: Array = self.random.normal(0, 1.5, self.shape).astype(np.float32)
        return numbers


def planned_answer(content: bytes, array: Array) -> Array:
    """The plan's answer, which is the same in every form."""
    planned = plan(read_onnx_graph(content)).content
    first, *rest = (HostRuntime(planned, form).run([array])[0] for form in FORMS)
    assert all(other.tobytes() == first.tobytes() for other in rest)
    return first


def answers(content: bytes, array: Array) -> tuple[Array, Array]:
    """The plan's and onnxruntime's."""
    first = planned_answer(content, array)
    [right] = onnxruntime_answers(content, [array])
    assert (first.shape, first.dtype) == (right.shape, right.dtype)
    return first, right


def steps_apart(model: Qdq, value: str, step: float = STEP) -> float:
    """The largest difference, where ``value`` is stored by ``step``."""
    ours, right = answers(model.content(model.stored(value, step)), model.inputs())
    assert np.ptp(right) > 5 * step
    return float(np.abs(ours - right).max()) / step
