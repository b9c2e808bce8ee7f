"""The planner's graph as a TFLite file, so that LiteRT can execute what an importer has made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from edgesdk_backends.mcu.planner.graph import Array, Graph, Operation, Tensor
from tests.formats.tflite_builder import Builder

_OPTIONS = {
    "ADD": "Add",
    "SUB": "Sub",
    "MUL": "Mul",
    "CONV_2D": "Conv2D",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2D",
    "TRANSPOSE_CONV": "TransposeConv",
    "FULLY_CONNECTED": "FullyConnected",
    "BATCH_MATMUL": "BatchMatMul",
    "AVERAGE_POOL_2D": "Pool2D",
    "MAX_POOL_2D": "Pool2D",
    "MEAN": "Reducer",
    "REDUCE_MAX": "Reducer",
    "REDUCE_MIN": "Reducer",
    "GATHER": "Gather",
    "DEPTH_TO_SPACE": "DepthToSpace",
    "SPACE_TO_DEPTH": "SpaceToDepth",
    "SOFTMAX": "Softmax",
    "CONCATENATION": "Concatenation",
    "STRIDED_SLICE": "StridedSlice",
    "LEAKY_RELU": "LeakyRelu",
    "GELU": "Gelu",
    "RESHAPE": "Reshape",
    "RESIZE_NEAREST_NEIGHBOR": "ResizeNearestNeighbor",
    "RESIZE_BILINEAR": "ResizeBilinear",
}
_ENUMS = {"padding": "Padding", "fusedActivationFunction": "ActivationFunctionType"}
_VERSIONS = {
    "CONV_2D": 3,
    "DEPTHWISE_CONV_2D": 3,
    "FULLY_CONNECTED": 4,
    "RESHAPE": 1,
    "HARD_SWISH": 1,
    "RELU_N1_TO_1": 1,
    "PRELU": 1,
    "DEPTH_TO_SPACE": 1,
    "SPACE_TO_DEPTH": 1,
}


class _Writer:
    def __init__(self, graph: Graph) -> None:
        self.builder, self.indices = Builder(), {}
        for tensor in graph.inputs:
            self.index(tensor)
        for operation in graph.operations:
            self.operation(operation)
        self.builder.graph.inputs = [self.index(t) for t in graph.inputs]
        self.builder.graph.outputs = [self.index(t) for t in graph.outputs]

    def index(self, tensor: Tensor) -> int:
        if tensor not in self.indices:
            more: dict[str, Any] = {}
            if tensor.scale:
                more = {"scale": tensor.scale, "zero": tensor.zero_point, "axis": tensor.axis}
            if tensor.data is not None:
                index = self.builder.constant(tensor.data, **more)
            else:
                dtype = getattr(schema.TensorType, tensor.dtype.upper())
                index = self.builder.tensor(tensor.name, tensor.shape, dtype, **more)
            self.indices[tensor] = index
        return self.indices[tensor]

    def operation(self, operation: Operation) -> None:
        if operation.kind == "LOOKUP":
            self.lookup(operation)
            return
        inputs = [self.index(t) if t is not None else -1 for t in operation.inputs]
        options = dict(operation.options)
        pads = options.pop("explicit_padding", None)
        if options.get("padding") == "EXPLICIT":
            options["padding"] = "VALID"
            if operation.kind == "TRANSPOSE_CONV":
                self.cropped(operation, inputs, options, pads)
                return
            assert operation.kind not in {"AVERAGE_POOL_2D", "MAX_POOL_2D"}
            inputs[0] = self.padded(operation.inputs[0], pads)
        outputs = [self.index(t) for t in operation.outputs]
        self.operator(operation.kind, inputs, outputs, options)

    def operator(
        self, kind: str, inputs: list[int], outputs: list[int], options: dict[str, Any]
    ) -> None:
        more: dict[str, Any] = {"version": _VERSIONS.get(kind, 2)}
        if kind in _OPTIONS:
            fields = {_camel(key): _number(_camel(key), v) for key, v in options.items()}
            more["options"] = (f"{_OPTIONS[kind]}Options", fields)
        self.builder.operator(kind, inputs, outputs, **more)

    def cropped(
        self, operation: Operation, inputs: list[int], options: dict[str, Any], pads: Sequence[int]
    ) -> None:
        """As TFLite's has no such padding: the whole result, and of that the inside."""
        top, bottom, left, right = pads
        [target] = operation.outputs
        n, h, w, c = target.shape
        whole = (n, h + top + bottom, w + left + right, c)
        more = {"scale": target.scale, "zero": target.zero_point}
        made = self.builder.tensor("whole", whole, schema.TensorType.INT8, **more)
        inputs[0] = self.builder.constant(np.array(whole, np.int32))
        self.operator(operation.kind, inputs, [made], options)
        places = [np.array(row, np.int32) for row in ((0, top, left, 0), target.shape)]
        ends = [self.builder.constant(row) for row in places]
        self.builder.operator("SLICE", [made, *ends], [self.index(target)], version=2)

    def lookup(self, operation: Operation) -> None:
        """As TFLite has no such operator: gather from the table, by whole numbers from zero."""
        source, table = operation.inputs
        assert source is not None
        assert table is not None
        whole = [self.builder.tensor(n, source.shape, schema.TensorType.INT32) for n in ("a", "b")]
        cast = ("CastOptions", {"inDataType": 9, "outDataType": 2})
        self.builder.operator("CAST", [self.index(source)], whole[:1], options=cast)
        offset = self.builder.constant(np.array([128], np.int32))
        self.builder.operator("ADD", [whole[0], offset], whole[1:], options=("AddOptions", {}))
        [result] = operation.outputs
        values = self.builder.constant(table.data, scale=result.scale, zero=result.zero_point)
        target = [self.index(result)]
        gather = ("GatherOptions", {"axis": 0})
        self.builder.operator("GATHER", [values, whole[1]], target, options=gather, version=2)

    def padded(self, tensor: Tensor | None, pads: tuple[int, int, int, int]) -> int:
        assert tensor is not None
        top, bottom, left, right = pads
        n, h, w, c = tensor.shape
        shape = (n, h + top + bottom, w + left + right, c)
        table = self.builder.constant(np.array([[0, 0], pads[:2], pads[2:], [0, 0]], np.int32))
        more = {"scale": tensor.scale, "zero": tensor.zero_point}
        target = self.builder.tensor("padded", shape, schema.TensorType.INT8, **more)
        self.builder.operator("PAD", [self.index(tensor), table], [target], version=2)
        return target


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _number(field: str, value: Any) -> Any:
    return getattr(getattr(schema, _ENUMS[field]), value) if field in _ENUMS else value


def to_tflite(graph: Graph) -> bytes:
    """The graph as a file."""
    return _Writer(graph).builder.content()


def litert(content: bytes, inputs: Sequence[Array]) -> list[Array]:
    """What LiteRT's reference kernels answer."""
    interpreter = Interpreter(
        model_content=content, experimental_op_resolver_type=OpResolverType.BUILTIN_REF
    )
    interpreter.allocate_tensors()
    for detail, array in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.set_tensor(detail["index"], array)
    interpreter.invoke()
    return [interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()]
