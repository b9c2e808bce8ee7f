"""Reads the flatbuffer of a signal model into plain data; every count and index checked."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Any

from edgesdk.errors import MissingExtra
from edgesdk.formats.flatbuffer import check
from edgesdk.formats.tflite.schema import MODEL
from edgesdk.tensors import DTYPES, Array, Quantisation

from .names import BUILTIN, SIGNAL
from .refusals import malformed, misfit, miswired, too_large, unknown_operator

LARGEST_MODEL = 16 << 20  # bytes
MOST_TENSORS = 1024
MOST_OPERATORS = 1024
MOST_AXES = 6
LARGEST_TENSOR = 4 << 20  # elements
LARGEST_ARENA = 64 << 20  # bytes, all tensors together
_DTYPES = frozenset("int8 uint8 int16 int32 uint32 int64 uint64 float32".split())

# What the flatbuffer library raises on bytes that only look like a model.
_FAULTS = (
    AttributeError,
    IndexError,
    KeyError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)


@dataclass(frozen=True)
class Tensor:
    """A tensor as the file describes it; ``constant`` holds its data where it has some."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    quantisation: Quantisation | None
    constant: Array | None


@dataclass(frozen=True)
class Operator:
    """An operator; inputs and outputs number tensors.

    ``custom_options`` is a FlexBuffer; ``builtin_options`` a flatbuffer table, or None.
    """

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    custom_options: bytes
    builtin_options: Any


@dataclass(frozen=True)
class Model:
    """The one subgraph of a signal model."""

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def read_model(content: bytes) -> Model:
    """Read a model. Raises ``ModelRefused`` (EDGE-0280 to 0284), ``MissingExtra``."""
    try:
        import tflite
    except ImportError:
        raise MissingExtra("tflite", "cpu") from None
    if len(content) > LARGEST_MODEL:
        raise too_large("bytes", len(content), LARGEST_MODEL)
    if content[4:8] != b"TFL3":
        raise malformed("the identifier TFL3 is missing")
    try:
        check(content, MODEL)
        return _Reader(content, tflite).model()
    except _FAULTS as error:
        raise malformed(f"{type(error).__name__}: {error}"[:200]) from error


class _Reader:
    def __init__(self, content: bytes, tflite: Any) -> None:
        self.file = tflite.Model.GetRootAs(content, 0)
        self.dtypes = _names(tflite.TensorType)
        self.builtins = _names(tflite.BuiltinOperator)

    def model(self) -> Model:
        if self.file.SubgraphsLength() != 1:
            raise miswired(f"it has {self.file.SubgraphsLength()} subgraphs, not one")
        graph = self.file.Subgraphs(0)
        _cap("tensors", graph.TensorsLength(), MOST_TENSORS)
        _cap("operators", graph.OperatorsLength(), MOST_OPERATORS)
        tensors = tuple(self.tensor(graph.Tensors(i)) for i in range(graph.TensorsLength()))
        size = sum(math.prod(t.shape) * DTYPES[t.dtype].itemsize for t in tensors)
        _cap("bytes of tensors", size, LARGEST_ARENA)
        operators = tuple(
            self.operator(graph.Operators(i), len(tensors)) for i in range(graph.OperatorsLength())
        )
        inputs, outputs = (
            _indices([at(i) for i in range(_count(length()))], len(tensors), "the graph")
            for at, length in (
                (graph.Inputs, graph.InputsLength),
                (graph.Outputs, graph.OutputsLength),
            )
        )
        return Model(tensors, operators, inputs, outputs)

    def tensor(self, table: Any) -> Tensor:
        name = (table.Name() or b"").decode("utf-8", "replace")
        dtype = self.dtypes.get(table.Type(), "")
        if dtype not in _DTYPES:
            raise misfit(f"Tensor {name[:80]!r}", f"its type is {dtype or table.Type()}")
        _cap("axes", table.ShapeLength(), MOST_AXES)
        shape = tuple(int(table.Shape(i)) for i in range(table.ShapeLength()))
        if any(axis < 1 for axis in shape) or table.IsVariable() or table.Sparsity():
            raise misfit(f"Tensor {name[:80]!r}", f"shape {shape} must be fixed, its data dense")
        _cap("elements of a tensor", math.prod(shape), LARGEST_TENSOR)
        constant = self.constant(table.Buffer(), name, dtype, shape)
        return Tensor(name, dtype, shape, _quantisation(table.Quantization()), constant)

    def constant(self, number: int, name: str, dtype: str, shape: tuple[int, ...]) -> Array | None:
        if number >= self.file.BuffersLength():
            raise miswired(f"tensor {name[:80]!r} has buffer {number}, which does not exist")
        buffer = self.file.Buffers(number)
        if getattr(buffer, "Offset", int)() > 1:
            raise misfit(f"Tensor {name[:80]!r}", "its data lies outside the flatbuffer")
        if buffer.DataLength() == 0:
            return None
        stored = DTYPES[dtype].newbyteorder("<")
        if buffer.DataLength() != math.prod(shape) * stored.itemsize:
            raise misfit(
                f"Tensor {name[:80]!r}", f"{buffer.DataLength()} bytes for {dtype}{list(shape)}"
            )
        return buffer.DataAsNumpy().view(stored).reshape(shape).astype(DTYPES[dtype])  # type: ignore[no-any-return]

    def operator(self, table: Any, tensors: int) -> Operator:
        if table.OpcodeIndex() >= self.file.OperatorCodesLength():
            raise miswired(f"operator code {table.OpcodeIndex()} does not exist")
        name = self.operator_name(self.file.OperatorCodes(table.OpcodeIndex()))
        inputs, outputs = (
            _indices([at(i) for i in range(_count(length()))], tensors, name)
            for at, length in (
                (table.Inputs, table.InputsLength),
                (table.Outputs, table.OutputsLength),
            )
        )
        _cap("bytes of options", table.CustomOptionsLength(), 4096)
        custom = bytes(table.CustomOptions(i) for i in range(table.CustomOptionsLength()))
        return Operator(name, inputs, outputs, custom, table.BuiltinOptions())

    def operator_name(self, code: Any) -> str:
        custom: bytes | None = code.CustomCode()
        if custom is not None:
            name, known = custom.decode("utf-8", "replace"), SIGNAL
        else:
            number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
            name, known = self.builtins.get(number, str(number)), BUILTIN
        if name not in known:
            raise unknown_operator(name[:80])
        return name


def _names(enumeration: type) -> dict[int, str]:
    """Number to name, of a flatbuffer enumeration; dtypes and operators as edgesdk writes them."""
    lower = enumeration.__name__ == "TensorType"
    return {
        value: name.lower() if lower else name
        for name, value in vars(enumeration).items()
        if isinstance(value, int)
    }


def _quantisation(table: Any) -> Quantisation | None:
    if table is None or table.ScaleLength() == 0:
        return None
    _cap("scales", max(table.ScaleLength(), table.ZeroPointLength()), 65536)
    scales = tuple(float(table.Scale(i)) for i in range(table.ScaleLength()))
    points = tuple(int(table.ZeroPoint(i)) for i in range(table.ZeroPointLength()))
    axis = int(table.QuantizedDimension()) if len(scales) > 1 else None
    return Quantisation(scales, points or (0,) * len(scales), axis)


def _count(length: int) -> int:
    _cap("inputs or outputs", length, MOST_TENSORS)
    return length


def _indices(numbers: list[Any], tensors: int, owner: str) -> tuple[int, ...]:
    for number in numbers:
        if not 0 <= number < tensors:
            raise miswired(f"{owner} refers to tensor {number} of {tensors}")
    return tuple(map(int, numbers))


def _cap(what: str, count: int, most: int) -> None:
    if count > most:
        raise too_large(what, count, most)
