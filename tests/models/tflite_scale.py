"""A tiny TFLite model, built with flatbuffers: y = factor * x, float32[2, 3]."""

from __future__ import annotations

import flatbuffers
import numpy as np
import tflite


def scale_tflite(factor: float) -> bytes:
    """The model's bytes."""
    b = flatbuffers.Builder(1024)
    constant = b.CreateNumpyVector(np.array([factor], np.float32).view(np.uint8))
    buffers = [_buffer(b, None), _buffer(b, constant)]
    tensors = [
        _tensor(b, "x", [2, 3], 0),
        _tensor(b, "factor", [1], 1),
        _tensor(b, "y", [2, 3], 0),
    ]
    operator = _operator(b)
    graph = _graph(b, tensors, operator)
    code = _code(b)
    description = b.CreateString("scale")
    codes, graphs = _vector(b, [code]), _vector(b, [graph])
    all_buffers = _vector(b, buffers)
    tflite.ModelStart(b)
    tflite.ModelAddVersion(b, 3)
    tflite.ModelAddOperatorCodes(b, codes)
    tflite.ModelAddSubgraphs(b, graphs)
    tflite.ModelAddDescription(b, description)
    tflite.ModelAddBuffers(b, all_buffers)
    b.Finish(tflite.ModelEnd(b), b"TFL3")
    return bytes(b.Output())


def _vector(b: flatbuffers.Builder, offsets: list[int]) -> int:
    b.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        b.PrependUOffsetTRelative(offset)
    return b.EndVector()


def _integers(b: flatbuffers.Builder, values: list[int]) -> int:
    return b.CreateNumpyVector(np.array(values, np.int32))


def _buffer(b: flatbuffers.Builder, data: int | None) -> int:
    tflite.BufferStart(b)
    if data is not None:
        tflite.BufferAddData(b, data)
    return tflite.BufferEnd(b)


def _tensor(b: flatbuffers.Builder, name: str, shape: list[int], buffer: int) -> int:
    text, dims = b.CreateString(name), _integers(b, shape)
    tflite.TensorStart(b)
    tflite.TensorAddShape(b, dims)
    tflite.TensorAddType(b, tflite.TensorType.FLOAT32)
    tflite.TensorAddBuffer(b, buffer)
    tflite.TensorAddName(b, text)
    return tflite.TensorEnd(b)


def _operator(b: flatbuffers.Builder) -> int:
    tflite.MulOptionsStart(b)
    options = tflite.MulOptionsEnd(b)
    inputs, outputs = _integers(b, [0, 1]), _integers(b, [2])
    tflite.OperatorStart(b)
    tflite.OperatorAddOpcodeIndex(b, 0)
    tflite.OperatorAddInputs(b, inputs)
    tflite.OperatorAddOutputs(b, outputs)
    tflite.OperatorAddBuiltinOptionsType(b, tflite.BuiltinOptions.MulOptions)
    tflite.OperatorAddBuiltinOptions(b, options)
    return tflite.OperatorEnd(b)


def _graph(b: flatbuffers.Builder, tensors: list[int], operator: int) -> int:
    all_tensors, operators = _vector(b, tensors), _vector(b, [operator])
    inputs, outputs = _integers(b, [0]), _integers(b, [2])
    tflite.SubGraphStart(b)
    tflite.SubGraphAddTensors(b, all_tensors)
    tflite.SubGraphAddInputs(b, inputs)
    tflite.SubGraphAddOutputs(b, outputs)
    tflite.SubGraphAddOperators(b, operators)
    return tflite.SubGraphEnd(b)


def _code(b: flatbuffers.Builder) -> int:
    tflite.OperatorCodeStart(b)
    tflite.OperatorCodeAddDeprecatedBuiltinCode(b, tflite.BuiltinOperator.MUL)
    tflite.OperatorCodeAddBuiltinCode(b, tflite.BuiltinOperator.MUL)
    tflite.OperatorCodeAddVersion(b, 1)
    return tflite.OperatorCodeEnd(b)
