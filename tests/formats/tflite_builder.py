"""Small TFLite models, built as the tests need them with the object interface of the schema."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

TYPES = schema.TensorType
_TYPE_OF = {"float32": 0, "int32": 2, "int8": 9}


class Builder:
    """A model under construction; ``model`` may be changed at will before ``content``."""

    def __init__(self) -> None:
        self.model = schema.ModelT()
        self.model.version = 3
        self.model.description = "built by a test"
        self.model.buffers = [schema.BufferT()]
        self.model.operatorCodes = []
        self.model.subgraphs = []
        self.subgraph()

    def subgraph(self) -> Any:
        self.graph = schema.SubGraphT()
        for part in ("tensors", "inputs", "outputs", "operators"):
            setattr(self.graph, part, [])
        self.model.subgraphs.append(self.graph)
        return self.graph

    def tensor(self, name: str, shape: Sequence[int], dtype: int = 0, **more: Any) -> int:
        """Add a tensor and return its index; ``scale`` and ``zero`` quantise it."""
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.type, tensor.hasRank = name, list(shape), dtype, True
        if "scale" in more:
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale = np.atleast_1d(np.asarray(more.pop("scale"), np.float32))
            tensor.quantization.zeroPoint = np.atleast_1d(np.asarray(more.pop("zero"), np.int64))
            tensor.quantization.quantizedDimension = more.pop("axis", 0)
        for key, value in more.items():
            setattr(tensor, key, value)
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def constant(self, array: Any, **more: Any) -> int:
        array = np.asarray(array)
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(array.tobytes(), np.uint8)
        self.model.buffers.append(buffer)
        index = len(self.model.buffers) - 1
        return self.tensor(
            f"constant{index}", array.shape, _TYPE_OF[array.dtype.name], buffer=index, **more
        )

    def code(self, name: str, version: int = 1) -> int:
        """The index of an operator code: a built-in's name, or another for a custom one."""
        code = schema.OperatorCodeT()
        number = getattr(schema.BuiltinOperator, name, schema.BuiltinOperator.CUSTOM)
        code.builtinCode, code.deprecatedBuiltinCode = number, min(number, 127)
        code.version = version
        if number == schema.BuiltinOperator.CUSTOM:
            code.customCode = name
        self.model.operatorCodes.append(code)
        return len(self.model.operatorCodes) - 1

    def operator(
        self, name: str, inputs: Sequence[int], outputs: Sequence[int], **options: Any
    ) -> Any:
        """Add an operator; ``options=("AddOptions", {field: value})``, ``version=2``."""
        operator = schema.OperatorT()
        operator.opcodeIndex = self.code(name, options.pop("version", 1))
        operator.inputs, operator.outputs = list(inputs), list(outputs)
        if "options" in options:
            kind, fields = options.pop("options")
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, kind)
            operator.builtinOptions = getattr(schema, f"{kind}T")()
            for field, value in fields.items():
                setattr(operator.builtinOptions, field, value)
        for key, value in options.items():
            setattr(operator, key, value)
        self.graph.operators.append(operator)
        return operator

    def signature(self, inputs: dict[str, int], outputs: dict[str, int], subgraph: int = 0) -> None:
        signature = schema.SignatureDefT()
        signature.signatureKey, signature.subgraphIndex = "serving", subgraph
        signature.inputs = [_named(*entry) for entry in inputs.items()]
        signature.outputs = [_named(*entry) for entry in outputs.items()]
        self.model.signatureDefs = [*(self.model.signatureDefs or []), signature]

    def content(self) -> bytes:
        builder = flatbuffers.Builder(1024)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    def save(self, folder: Path) -> Path:
        path = folder / "model.tflite"
        path.write_bytes(self.content())
        return path


def _named(name: str, index: int) -> Any:
    entry = schema.TensorMapT()
    entry.name, entry.tensorIndex = name, index
    return entry


def add() -> Builder:
    """y = x + constant, float32[2, 3]."""
    b = Builder()
    x, y = b.tensor("x", [2, 3]), b.tensor("y", [2, 3])
    constant = b.constant(np.arange(6, dtype=np.float32).reshape(2, 3))
    b.operator("ADD", [x, constant], [y], options=("AddOptions", {}))
    b.graph.inputs, b.graph.outputs = [x], [y]
    return b


def control() -> Builder:
    """y = x + 1 until it is 10, int32[1]: three subgraphs."""
    b = Builder()
    x, y = b.tensor("x", [1], TYPES.INT32), b.tensor("y", [1], TYPES.INT32)
    loop = ("WhileOptions", {"condSubgraphIndex": 1, "bodySubgraphIndex": 2})
    b.operator("WHILE", [x], [y], options=loop)
    b.graph.inputs, b.graph.outputs = [x], [y]
    b.subgraph()
    a, less = b.tensor("a", [1], TYPES.INT32), b.tensor("less", [1], TYPES.BOOL)
    ten = b.constant(np.array(10, np.int32))
    b.operator("LESS", [a, ten], [less], options=("LessOptions", {}))
    b.graph.inputs, b.graph.outputs = [a], [less]
    b.subgraph()
    a, more = b.tensor("a", [1], TYPES.INT32), b.tensor("more", [1], TYPES.INT32)
    one = b.constant(np.array(1, np.int32))
    b.operator("ADD", [a, one], [more], options=("AddOptions", {}))
    b.graph.inputs, b.graph.outputs = [a], [more]
    return b
