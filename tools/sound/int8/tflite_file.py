"""A TFLite file of one subgraph, written with the object interface of the schema."""

from __future__ import annotations

from collections.abc import Mapping

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from .graph import Options
from .numbers import Numbers

_TYPES = {name.lower(): number for name, number in vars(schema.TensorType).items()}
# The version of each operator that first took these types and options, and that for int16 results.
_VERSIONS = {"CONV_2D": 3, "FULLY_CONNECTED": 5, "QUANTIZE": 1, "RESHAPE": 1}
_WIDE_VERSIONS = {"MUL": 4, "QUANTIZE": 2, "STRIDED_SLICE": 1}
_OTHERS, _OTHERS_WIDE = 2, 3


class File:
    """A model under construction. Equal constants are kept once."""

    def __init__(self) -> None:
        self.model = schema.ModelT()
        self.model.version, self.model.description = 3, "edgesdk"
        self.model.buffers = [schema.BufferT()]
        self.model.operatorCodes, self.model.metadata = [], []
        self.graph = schema.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        self.model.subgraphs = [self.graph]
        self.codes: dict[tuple[str, int], int] = {}
        self.constants: dict[str, int] = {}

    def tensor(
        self, name: str, shape: tuple[int, ...], dtype: str, numbers: Numbers | None = None
    ) -> int:
        """Add a tensor and return its index."""
        made = schema.TensorT()
        made.name, made.shape, made.type, made.hasRank = name, list(shape), _TYPES[dtype], True
        if numbers is not None:
            made.quantization = schema.QuantizationParametersT()
            made.quantization.scale = numbers.scales.astype(np.float32)
            made.quantization.zeroPoint = np.full(len(numbers.scales), numbers.zero, np.int64)
        self.graph.tensors.append(made)
        return len(self.graph.tensors) - 1

    def constant(self, name: str, data: NDArray[np.generic], numbers: Numbers | None = None) -> int:
        """Add a tensor that has its values in the file; one of the same name is the same."""
        if name not in self.constants:
            index = self.tensor(name, data.shape, data.dtype.name, numbers)
            self.graph.tensors[index].buffer = self.buffer(data.tobytes())
            self.constants[name] = index
        return self.constants[name]

    def buffer(self, content: bytes) -> int:
        """Add bytes and return their index."""
        made = schema.BufferT()
        made.data = np.frombuffer(content, np.uint8)
        self.model.buffers.append(made)
        return len(self.model.buffers) - 1

    def operator(self, kind: str, options: Options, inputs: list[int], output: int) -> None:
        """Add an operator on tensors of the file."""
        made = schema.OperatorT()
        made.opcodeIndex = self.code(kind, self.version(kind, output))
        made.inputs, made.outputs = inputs, [output]
        table, fields = options
        if table != "NONE":
            made.builtinOptionsType = getattr(schema.BuiltinOptions, table)
            made.builtinOptions = getattr(schema, f"{table}T")()
            for name, value in fields.items():
                setattr(made.builtinOptions, name, value)
        self.graph.operators.append(made)

    def version(self, kind: str, output: int) -> int:
        """Of an operator that gives a tensor."""
        if self.graph.tensors[output].type == _TYPES["int16"]:
            return _WIDE_VERSIONS.get(kind, _OTHERS_WIDE)
        return _VERSIONS.get(kind, _OTHERS)

    def code(self, kind: str, version: int) -> int:
        """The index of an operator's code."""
        if (kind, version) not in self.codes:
            made = schema.OperatorCodeT()
            number = getattr(schema.BuiltinOperator, kind)
            made.builtinCode, made.deprecatedBuiltinCode = number, min(number, 127)
            made.version = version
            self.model.operatorCodes.append(made)
            self.codes[kind, version] = len(self.codes)
        return self.codes[kind, version]

    def content(self, inputs: list[int], outputs: list[int], metadata: Mapping[str, str]) -> bytes:
        """The file's bytes, with texts by name in it."""
        self.graph.inputs, self.graph.outputs = inputs, outputs
        for name, value in metadata.items():
            made = schema.MetadataT()
            made.name, made.buffer = name, self.buffer(value.encode())
            self.model.metadata.append(made)
        builder = flatbuffers.Builder(1 << 16)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())
