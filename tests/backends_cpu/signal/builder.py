"""Builds small TFLite models: the tests' own graphs, good and hostile ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import flatbuffers
import numpy as np
import tflite
from flatbuffers import flexbuffers

TYPES = {
    "float32": tflite.TensorType.FLOAT32,
    "int32": tflite.TensorType.INT32,
    "uint8": tflite.TensorType.UINT8,
    "int16": tflite.TensorType.INT16,
    "int8": tflite.TensorType.INT8,
    "uint32": tflite.TensorType.UINT32,
    "uint64": tflite.TensorType.UINT64,
    "int64": tflite.TensorType.INT64,
}
ACTIVATED = {"ADD": "Add", "MUL": "Mul", "DIV": "Div"}


@dataclass
class Tensor:
    """A tensor; with ``data`` a constant, whose dtype and shape are then the data's."""

    dtype: str = ""
    shape: tuple[int, ...] = ()
    data: Any = None
    type_code: int | None = None
    raw: bytes | None = None
    scale: float | None = None

    def __post_init__(self) -> None:
        if self.data is not None:
            self.dtype, self.shape = self.data.dtype.name, self.data.shape
            self.raw = self.data.tobytes()


@dataclass
class Operator:
    """An operator on tensor numbers; a name that begins with Signal is a custom one."""

    name: str
    inputs: Sequence[int]
    outputs: Sequence[int]
    options: dict[str, Any] = field(default_factory=dict)
    custom_options: bytes | None = None


def build(
    tensors: Sequence[Tensor],
    operators: Sequence[Operator],
    inputs: Sequence[int],
    outputs: Sequence[int],
) -> bytes:
    """The model's bytes. Tensor number i is named ``t<i>`` and has buffer i + 1."""
    b = flatbuffers.Builder(1024)
    codes = [_code(b, operator.name) for operator in operators]
    buffers = [_buffer(b, None), *(_buffer(b, tensor.raw) for tensor in tensors)]
    rows = [_tensor(b, i, tensor) for i, tensor in enumerate(tensors)]
    nodes = [_operator(b, i, operator) for i, operator in enumerate(operators)]
    subgraph = _subgraph(b, rows, nodes, inputs, outputs)
    vectors = [_offsets(b, part) for part in (codes, buffers, [subgraph])]
    tflite.ModelStart(b)
    tflite.ModelAddVersion(b, 3)
    tflite.ModelAddOperatorCodes(b, vectors[0])
    tflite.ModelAddBuffers(b, vectors[1])
    tflite.ModelAddSubgraphs(b, vectors[2])
    b.Finish(tflite.ModelEnd(b), file_identifier=b"TFL3")
    return bytes(b.Output())


def single(
    name: str,
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    options: dict[str, Any] | None = None,
) -> bytes:
    """A graph of one operator; the inputs without data are the graph's."""
    numbers = list(range(len(inputs) + len(outputs)))
    ours, theirs = numbers[: len(inputs)], numbers[len(inputs) :]
    dynamic = [i for i in ours if inputs[i].raw is None]
    operator = Operator(name, ours, theirs, options or {})
    return build([*inputs, *outputs], [operator], dynamic, theirs)


def _offsets(b: Any, items: Sequence[int]) -> int:
    b.StartVector(4, len(items), 4)
    for item in reversed(items):
        b.PrependUOffsetTRelative(item)
    return int(b.EndVector())


def _numbers(b: Any, values: Sequence[int]) -> int:
    return int(b.CreateNumpyVector(np.asarray(values, np.int32)))


def _code(b: Any, name: str) -> int:
    custom = name.startswith("Signal")
    text = b.CreateString(name) if custom else None
    builtin = getattr(tflite.BuiltinOperator, "CUSTOM" if custom else name)
    tflite.OperatorCodeStart(b)
    tflite.OperatorCodeAddDeprecatedBuiltinCode(b, min(builtin, 127))
    tflite.OperatorCodeAddBuiltinCode(b, builtin)
    tflite.OperatorCodeAddVersion(b, 1)
    if text is not None:
        tflite.OperatorCodeAddCustomCode(b, text)
    return int(tflite.OperatorCodeEnd(b))


def _buffer(b: Any, raw: bytes | None) -> int:
    if raw is not None:
        b.StartVector(1, len(raw), 16)
        b.head -= len(raw)
        b.Bytes[b.head : b.head + len(raw)] = raw
        data = b.EndVector()
    tflite.BufferStart(b)
    if raw is not None:
        tflite.BufferAddData(b, data)
    return int(tflite.BufferEnd(b))


def _tensor(b: Any, number: int, tensor: Tensor) -> int:
    name = b.CreateString(f"t{number}")
    shape = _numbers(b, tensor.shape)
    quantisation = _quantisation(b, tensor.scale)
    tflite.TensorStart(b)
    tflite.TensorAddName(b, name)
    tflite.TensorAddShape(b, shape)
    code = TYPES[tensor.dtype] if tensor.type_code is None else tensor.type_code
    tflite.TensorAddType(b, code)
    tflite.TensorAddBuffer(b, number + 1)
    if quantisation is not None:
        tflite.TensorAddQuantization(b, quantisation)
    return int(tflite.TensorEnd(b))


def _quantisation(b: Any, scale: float | None) -> int | None:
    if scale is None:
        return None
    scales = b.CreateNumpyVector(np.array([scale], np.float32))
    points = b.CreateNumpyVector(np.array([0], np.int64))
    tflite.QuantizationParametersStart(b)
    tflite.QuantizationParametersAddScale(b, scales)
    tflite.QuantizationParametersAddZeroPoint(b, points)
    return int(tflite.QuantizationParametersEnd(b))


def _operator(b: Any, number: int, operator: Operator) -> int:
    inputs, outputs = _numbers(b, operator.inputs), _numbers(b, operator.outputs)
    custom = _custom_options(b, operator)
    builtin = None if operator.name.startswith("Signal") else _builtin_options(b, operator)
    tflite.OperatorStart(b)
    tflite.OperatorAddOpcodeIndex(b, number)
    tflite.OperatorAddInputs(b, inputs)
    tflite.OperatorAddOutputs(b, outputs)
    if custom is not None:
        tflite.OperatorAddCustomOptions(b, custom)
    if builtin is not None:
        tflite.OperatorAddBuiltinOptionsType(b, builtin[0])
        tflite.OperatorAddBuiltinOptions(b, builtin[1])
    return int(tflite.OperatorEnd(b))


def _custom_options(b: Any, operator: Operator) -> int | None:
    if not operator.name.startswith("Signal"):
        return None
    encoded = operator.custom_options
    if encoded is None:
        encoded = bytes(flexbuffers.Dumps(operator.options))
    return int(b.CreateByteVector(encoded))


def _builtin_options(b: Any, operator: Operator) -> tuple[int, int] | None:
    table = {**ACTIVATED, "CONCATENATION": "Concatenation", "STRIDED_SLICE": "StridedSlice"}.get(
        operator.name
    )
    if table is None:
        return None
    function(f"{table}OptionsStart")(b)
    for key, value in operator.options.items():
        function(f"{table}OptionsAdd{key}")(b, value)
    kind = getattr(tflite.BuiltinOptions, f"{table}Options")
    return kind, function(f"{table}OptionsEnd")(b)


def function(name: str) -> Callable[..., Any]:
    """A function of the flatbuffer library by its name."""
    found: Callable[..., Any] = getattr(tflite, name)
    return found


def _subgraph(
    b: Any, tensors: Sequence[int], nodes: Sequence[int], inputs: Sequence[int], outs: Sequence[int]
) -> int:
    rows, operators = _offsets(b, tensors), _offsets(b, nodes)
    first, last = _numbers(b, inputs), _numbers(b, outs)
    tflite.SubGraphStart(b)
    tflite.SubGraphAddTensors(b, rows)
    tflite.SubGraphAddInputs(b, first)
    tflite.SubGraphAddOutputs(b, last)
    tflite.SubGraphAddOperators(b, operators)
    return int(tflite.SubGraphEnd(b))
