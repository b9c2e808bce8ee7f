"""A TFLite model as the planner's graph. Every offset and index of the file is checked first."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from edgesdk.errors import MissingExtra
from edgesdk.formats.flatbuffer import Malformed, check
from edgesdk.formats.tflite.check_operator import operator_name
from edgesdk.formats.tflite.check_tensor import DTYPE_NAMES
from edgesdk.formats.tflite.graph import check_graph
from edgesdk.formats.tflite.schema import MODEL
from edgesdk.formats.tflite.tensors import interface_of
from edgesdk.formats.tflite.vectors import integers, text

from .graph import Array, Graph, Operation, Tensor
from .refusals import unplannable
from .tflite_options import builtin_options

if TYPE_CHECKING:
    import tflite

_INT4 = 17  # TensorType: two numbers a byte, the lower bits first

# What the schema's library raises on bytes that only look like options.
_FAULTS = (AttributeError, IndexError, TypeError, ValueError, OverflowError, struct.error)


def read_graph(content: bytes) -> Graph:
    """Read the first subgraph of a ``.tflite`` file; an operator that calls another has no kernel.

    Raises ``ModelRefused`` (EDGE-0288; 0272, 0277 as ``read_tflite``), ``MissingExtra``.
    """
    try:
        import tflite
    except ImportError:
        raise MissingExtra("tflite", "mcu") from None
    if content[4:8] != b"TFL3":
        raise unplannable("bytes 4 to 7 are not TFL3")
    try:
        check(content, MODEL)
        model = tflite.Model.GetRootAs(content)
        check_graph(model, len(content), planned=True)
        return _Reader(content, model).graph()
    except Malformed as error:
        raise unplannable(str(error)) from None


class _Reader:
    def __init__(self, content: bytes, model: tflite.Model) -> None:
        self.content, self.model, self.file = content, model, model.Subgraphs(0)
        inputs, outputs = interface_of(model)
        self.inputs = integers(self.file.InputsAsNumpy())
        self.outputs = integers(self.file.OutputsAsNumpy())
        named = zip((*self.outputs, *self.inputs), (*outputs, *inputs), strict=True)
        names = {index: spec.name for index, spec in named}
        self.tensors = [self.tensor(i, names.get(i)) for i in range(self.file.TensorsLength())]

    def graph(self) -> Graph:
        return Graph(
            inputs=tuple(self.tensors[i] for i in self.inputs),
            outputs=tuple(self.tensors[i] for i in self.outputs),
            operations=tuple(self.operation(i) for i in range(self.file.OperatorsLength())),
        )

    def tensor(self, index: int, name: str | None) -> Tensor:
        table = self.file.Tensors(index)
        if table.Sparsity() is not None:
            raise unplannable(f"tensor {text(table.Name())[:80]!r} is sparse")
        scale, zero_point, axis = _quantisation(table.Quantization())
        dtype, shape = DTYPE_NAMES.get(table.Type()), integers(table.ShapeAsNumpy())
        return Tensor(
            name=name or text(table.Name()) or f"tensor {index}",
            shape=shape,
            dtype="int8" if table.Type() == _INT4 else dtype or "resource",
            scale=scale,
            zero_point=zero_point,
            axis=axis,
            data=self.constant(table, dtype, shape),
            variable=bool(table.IsVariable()),
        )

    def constant(self, table: Any, dtype: str | None, shape: tuple[int, ...]) -> Array | None:
        data = self.buffer(table.Buffer())
        if not data:
            return _nothing(shape, dtype)
        if table.Type() == _INT4:
            return _unpack_int4(data, shape)
        try:
            values = np.frombuffer(data, np.dtype(dtype or "").newbyteorder("<"))
        except TypeError:  # text and such, which no layer of a plan can use
            values = np.frombuffer(data, np.uint8)
            shape = values.shape
        return values.reshape(shape)

    def buffer(self, number: int) -> bytes:
        """A buffer's bytes, inside the FlatBuffer or (large models) behind it in the file."""
        buffer = self.model.Buffers(number)
        if buffer.Offset() > 1:
            return self.content[buffer.Offset() : buffer.Offset() + buffer.Size()]
        return buffer.DataAsNumpy().tobytes() if buffer.DataLength() else b""

    def operation(self, index: int) -> Operation:
        operator = self.file.Operators(index)
        kind = operator_name(self.model.OperatorCodes(operator.OpcodeIndex()))
        outputs = tuple(self.tensors[i] for i in integers(operator.OutputsAsNumpy()))
        inputs = integers(operator.InputsAsNumpy())
        intermediates = integers(operator.IntermediatesAsNumpy())
        try:
            options = builtin_options(operator, kind)
        except _FAULTS as error:
            raise unplannable(f"the options of {kind} cannot be read: {error}") from None
        label = outputs[0].name.split(";")[0][-60:] if outputs else ""
        return Operation(
            kind=kind,
            inputs=tuple(self.tensors[i] if i >= 0 else None for i in inputs),
            outputs=outputs,
            options=options,
            layer=f"{index} {kind} {label}".strip(),
            intermediates=tuple(self.tensors[i] if i >= 0 else None for i in intermediates),
        )


def _quantisation(table: Any) -> tuple[tuple[float, ...], tuple[int, ...], int]:
    """Scales, zero points and axis; empty where the tensor is not quantised (a scale of zero)."""
    if table is None or table.ScaleLength() == 0:
        return (), (), 0
    scales = tuple(table.ScaleAsNumpy().astype(float).tolist())
    if not all(scales):
        return (), (), 0
    zero_points = integers(table.ZeroPointAsNumpy()) or (0,) * len(scales)
    return scales, zero_points, int(table.QuantizedDimension())


def _nothing(shape: tuple[int, ...], dtype: str | None) -> Array | None:
    """A list of no whole numbers (axes, as a rule) has no bytes, and is a constant all the same."""
    return np.zeros(shape, dtype) if dtype in {"int32", "int64"} and shape == (0,) else None


def _unpack_int4(data: bytes, shape: tuple[int, ...]) -> Array:
    """Two signed numbers a byte, as int8."""
    packed = np.frombuffer(data, np.int8)
    values = np.stack([packed << 4 >> 4, packed >> 4], axis=-1).reshape(-1)
    count = int(np.prod(shape, dtype=np.int64))
    if packed.size != (count + 1) // 2:
        raise unplannable(f"a constant of shape {shape} has {packed.size} bytes of int4")
    return values[:count].reshape(shape)
