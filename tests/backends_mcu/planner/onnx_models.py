"""Small ONNX models, quantised by onnxruntime's own quantiser, and what onnxruntime answers."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from edgesdk_backends.mcu.planner.graph import Array


class Model:
    """A float model under construction: ``last`` is the value that the next node reads."""

    def __init__(self, *shape: int | str, seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.shape = shape
        self.last = "x"

    def constant(self, array: Any) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def weights(self, *shape: int) -> str:
        fan_in = int(np.prod(shape[1:])) or 1
        values = self.random.normal(0, (2 / fan_in) ** 0.5, shape)
        return self.constant(values.astype(np.float32))

    def node(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> str:
        """Add a node that reads ``inputs``, or else the last value."""
        names = [f"v{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs or [self.last], names, **attributes))
        self.last = names[0]
        return names[0]

    def conv(self, out: int, channels: int, *kernel: int, **attributes: Any) -> str:
        filters = self.weights(out, channels, *kernel)
        bias = self.constant(self.random.normal(0, 0.1, out).astype(np.float32))
        return self.node("Conv", self.last, filters, bias, **attributes)

    def gemm(self, out: int, given: int) -> str:
        bias = self.constant(self.random.normal(0, 0.1, out).astype(np.float32))
        return self.node("Gemm", self.last, self.weights(out, given), bias, transB=1)

    def proto(self) -> onnx.ModelProto:
        graph = helper.make_graph(
            self.nodes,
            "g",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, self.shape)],
            [helper.make_tensor_value_info(self.last, TensorProto.FLOAT, None)],
            self.constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        return onnx.shape_inference.infer_shapes(model)

    def inputs(self, count: int) -> list[Array]:
        shape = [1 if isinstance(size, str) else size for size in self.shape]
        return [self.random.normal(0, 1, shape).astype(np.float32) for _ in range(count)]


class _Reader(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, arrays: Sequence[Array]) -> None:
        self.arrays = iter(arrays)

    def get_next(self) -> dict[str, Array] | None:
        array = next(self.arrays, None)
        return None if array is None else {"x": array}


def quantised(model: Model, folder: Path, **more: Any) -> bytes:
    """QDQ form, int8 activations and weights unless ``more`` says otherwise."""
    plain, target = folder / "float.onnx", folder / "int8.onnx"
    plain.write_bytes(model.proto().SerializeToString())
    settings = {
        "quant_format": QuantFormat.QDQ,
        "activation_type": QuantType.QInt8,
        "weight_type": QuantType.QInt8,
        "per_channel": True,
        "extra_options": {"WeightSymmetric": True},
        **more,
    }
    logging.disable(logging.WARNING)  # it recommends a preparation that these do not need
    try:
        quantize_static(plain, target, _Reader(model.inputs(16)), **settings)
    finally:
        logging.disable(logging.NOTSET)
    return target.read_bytes()


def surrounded(model: Model, *, inside: bool = True) -> bytes:
    """QDQ form of operators that the quantiser leaves alone.

    Each value gets its Q and DQ, or, without ``inside``, only the first and the last.
    """
    proto = model.proto()
    graph = proto.graph
    ranges = _ranges(model)
    if not inside:
        ranges = {name: ranges[name] for name in ("x", graph.output[0].name)}
    nodes, constants = [], {tensor.name for tensor in graph.initializer}
    names = {name: f"{name}_q" for name in ranges}
    final = graph.output[0].name
    for node in [None, *graph.node]:
        if node is not None:
            node.input[:] = [names.get(name, name) for name in node.input]
            nodes.append(node)
        for name in ranges.keys() & (["x"] if node is None else node.output):
            low, high = ranges[name]
            scale = np.float32((high - low) / 255)
            zero = np.int8(round(-128 - low / scale))
            more = [f"{name}_scale", f"{name}_zero"]
            for array, label in ((scale, more[0]), (zero, more[1])):
                graph.initializer.append(numpy_helper.from_array(np.asarray(array), label))
            nodes.append(helper.make_node("QuantizeLinear", [name, *more], [f"{name}_s"]))
            nodes.append(helper.make_node("DequantizeLinear", [f"{name}_s", *more], [names[name]]))
    assert not constants & set(names)
    del graph.node[:]
    graph.node.extend(nodes)
    graph.output[0].name = names[final]
    content: bytes = proto.SerializeToString()
    return content


def _ranges(model: Model) -> dict[str, tuple[float, float]]:
    """The lowest and highest number of each value, over some inputs, with zero between them."""
    proto = model.proto()
    names = [name for node in proto.graph.node for name in node.output]
    del proto.graph.output[:]
    proto.graph.output.extend(
        helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in names
    )
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    inputs = model.inputs(16)
    made = [[array, *session.run(None, {"x": array})] for array in inputs]
    values = {name: np.stack([run[i] for run in made]) for i, name in enumerate(["x", *names])}
    return {name: (min(0.0, array.min()), max(0.0, array.max())) for name, array in values.items()}


def onnxruntime_answers(content: bytes, inputs: Sequence[Array]) -> list[Array]:
    """What the model means: no optimisation, so that real numbers lie between Q and DQ."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    return [session.run(None, {session.get_inputs()[0].name: array})[0] for array in inputs]


def output_scale(content: bytes) -> float:
    """The scale of the last QuantizeLinear: one quantisation step of the output."""
    graph = onnx.load_model_from_string(content).graph
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    last = [node for node in graph.node if node.op_type == "QuantizeLinear"][-1]
    return float(constants[last.input[1]])
