"""Checks of a TFLite model's graph: indices in range, data that is there before it is read.

A runtime follows indices and sizes inside C++; these checks come before one sees the file. They
need a FlatBuffer that ``flatbuffer.check`` has passed, and raise ``Malformed``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ..tensors import DTYPES
from .flatbuffer import Malformed
from .tflite_schema import SUBGRAPH_FIELDS, SUBGRAPH_FIELDS_2
from .tflite_tensors import DTYPE_NAMES, shape_of

if TYPE_CHECKING:
    from tflite import Buffer, Model, Operator, SubGraph, Tensor

_MOST_AXES = 8
_MOST_BYTES = 2**31 - 1  # of one tensor: LiteRT counts many sizes in 32 bits
_MOST_SUBGRAPHS = 1000
_MOST_REFERENCES = 4_000_000  # tensors that operators name, all together


def check_graph(model: Model, size: int) -> None:
    """Check a model whose file has ``size`` bytes."""
    buffers = [_buffer_bytes(model.Buffers(i), size) for i in range(model.BuffersLength())]
    if not 1 <= model.SubgraphsLength() <= _MOST_SUBGRAPHS:
        raise Malformed(f"it has {model.SubgraphsLength()} subgraphs, not 1 to {_MOST_SUBGRAPHS}")
    _check_calls(model)
    _check_signatures(model)
    left = _MOST_REFERENCES
    for number in range(model.SubgraphsLength()):
        left = _Subgraph(model, model.Subgraphs(number), buffers, size).check(left)


def _buffer_bytes(buffer: Buffer, size: int) -> int:
    """The bytes of a buffer, inside the FlatBuffer or (large models) behind it in the file."""
    if buffer.Offset() > 1:
        if buffer.Offset() + buffer.Size() > size:
            raise Malformed(f"a buffer ends at byte {buffer.Offset() + buffer.Size()} of {size}")
        return int(buffer.Size())
    return int(buffer.DataLength())


class _Subgraph:
    """One subgraph while it is checked; ``ready`` are the tensors that hold data by now."""

    def __init__(self, model: Model, graph: SubGraph, buffers: list[int], size: int) -> None:
        self.model, self.graph, self.buffers, self.size = model, graph, buffers, size
        self.tensors = graph.TensorsLength()
        self.ready: set[int] = set()

    def check(self, left: int) -> int:
        """Check it all; returns how many references are left of ``left``."""
        for index in range(self.tensors):
            if self.check_tensor(self.graph.Tensors(index)):
                self.ready.add(index)
        fixed = frozenset(self.ready)
        inputs = self.references(self.graph.InputsAsNumpy(), left)
        if fixed.intersection(inputs):
            raise Malformed("an input of a subgraph is a constant")
        self.ready.update(inputs)
        for index in range(self.graph.OperatorsLength()):
            left = self.check_operator(self.graph.Operators(index), left)
        outputs = self.references(self.graph.OutputsAsNumpy(), left)
        self.need(outputs)
        return left - len(inputs) - len(outputs)

    def check_tensor(self, tensor: Tensor) -> bool:
        """Whether the tensor holds data before the graph runs."""
        if not 0 <= tensor.Buffer() < len(self.buffers):
            raise Malformed(f"a tensor is in buffer {tensor.Buffer()} of {len(self.buffers)}")
        if tensor.ShapeLength() > _MOST_AXES or tensor.ShapeSignatureLength() > _MOST_AXES:
            raise Malformed(f"a tensor has more than {_MOST_AXES} axes")
        shape, held = shape_of(tensor), self.buffers[tensor.Buffer()]
        if min(shape, default=0) < 0:
            raise Malformed(f"a tensor has shape {shape}")
        name = DTYPE_NAMES.get(tensor.Type())
        if name is not None and name != "string":
            needed = math.prod(shape) * DTYPES[name].itemsize
            if needed > _MOST_BYTES:
                raise Malformed(f"a tensor of shape {shape} has {needed} bytes")
            if held and held != needed and tensor.Sparsity() is None:
                raise Malformed(f"a constant of shape {shape} has {held} bytes, not {needed}")
        return held > 0 or bool(tensor.IsVariable())

    def check_operator(self, operator: Operator, left: int) -> int:
        """Check an operator, which comes after those that write what it reads."""
        codes = self.model.OperatorCodesLength()
        if operator.OpcodeIndex() >= codes:
            raise Malformed(f"an operator has code {operator.OpcodeIndex()} of {codes}")
        if operator.LargeCustomOptionsOffset() + operator.LargeCustomOptionsSize() > self.size:
            raise Malformed("an operator's options lie outside the file")
        inputs = self.references(operator.InputsAsNumpy(), left, optional=True)
        outputs = self.references(operator.OutputsAsNumpy(), left)
        inner = self.references(operator.IntermediatesAsNumpy(), left, optional=True)
        self.need(inputs)
        if self.ready.intersection(outputs) or len(set(outputs)) != len(outputs):
            raise Malformed("an operator writes to a tensor that holds data already")
        self.ready.update(outputs)
        return left - len(inputs) - len(outputs) - len(inner)

    def references(self, vector: object, left: int, *, optional: bool = False) -> list[int]:
        """Indices of tensors, all in range; an optional input that is not given is -1."""
        array = np.asarray([] if isinstance(vector, int) else vector, np.int64)
        if array.size > left:
            raise Malformed(f"operators name more than {_MOST_REFERENCES} tensors")
        if array.size and not -1 * optional <= array.min() <= array.max() < self.tensors:
            raise Malformed(f"an operator names a tensor that is not among {self.tensors}")
        indices: list[int] = array.tolist()
        return indices

    def need(self, indices: list[int]) -> None:
        """Refuse tensors that nothing has written yet."""
        for index in indices:
            if index >= 0 and index not in self.ready:
                raise Malformed(f"tensor {index} is read before anything writes it")


def _check_signatures(model: Model) -> None:
    for number in range(model.SignatureDefsLength()):
        signature = model.SignatureDefs(number)
        if signature.SubgraphIndex() >= model.SubgraphsLength():
            raise Malformed(f"a signature is of subgraph {signature.SubgraphIndex()}")
        tensors = model.Subgraphs(signature.SubgraphIndex()).TensorsLength()
        entries = [signature.Inputs(i) for i in range(signature.InputsLength())]
        entries += [signature.Outputs(i) for i in range(signature.OutputsLength())]
        if any(entry.TensorIndex() >= tensors for entry in entries):
            raise Malformed(f"a signature names a tensor that is not among {tensors}")


def _check_calls(model: Model) -> None:
    """Refuse subgraphs that call themselves, in however many steps: runtimes would never end."""
    count = model.SubgraphsLength()
    calls = {number: set(_called(model.Subgraphs(number))) for number in range(count)}
    if any(target >= count or target < 0 for targets in calls.values() for target in targets):
        raise Malformed(f"an operator calls a subgraph that is not among {count}")
    while calls:
        leaves = {number for number, targets in calls.items() if not targets}
        if not leaves:
            raise Malformed("a subgraph calls itself")
        calls = {n: targets - leaves for n, targets in calls.items() if n not in leaves}


def _called(graph: SubGraph) -> Iterator[int]:
    from flatbuffers.number_types import Int32Flags

    for index in range(graph.OperatorsLength()):
        operator = graph.Operators(index)
        for kind, fields, options in (
            (operator.BuiltinOptionsType(), SUBGRAPH_FIELDS, operator.BuiltinOptions()),
            (operator.BuiltinOptions2Type(), SUBGRAPH_FIELDS_2, operator.BuiltinOptions2()),
        ):
            if options is not None:
                yield from (
                    options.GetSlot(4 + 2 * field, 0, Int32Flags) for field in fields.get(kind, ())
                )
