"""Checks of a TFLite model's graph: indices in range, data that is there before it is read.

A runtime follows indices and sizes inside C++; these checks come before one sees the file. They
need a FlatBuffer that ``flatbuffer.check`` has passed, and raise ``Malformed``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..flatbuffer import Malformed
from .check_calls import check_calls
from .check_operator import check_bias, check_operator, operator_name
from .check_tensor import check_tensor
from .signatures import REDUCTIONS
from .vectors import Budget, text

if TYPE_CHECKING:
    from tflite import Buffer, Model, Operator, SubGraph

_MOST_SUBGRAPHS = 1000
_MOST_NUMBERS = 4_000_000  # indices and scales that are read, all together


def check_graph(model: Model, size: int, *, planned: bool = False) -> tuple[str, ...]:
    """Check a model whose file has ``size`` bytes.

    ``planned``: no LiteRT is going to run it, so that what only crashes LiteRT may be there.

    Returns ``tflite:NAME:version`` of each operator that it uses, sorted, without repeats.
    """
    if not 1 <= model.SubgraphsLength() <= _MOST_SUBGRAPHS:
        raise Malformed(f"it has {model.SubgraphsLength()} subgraphs, not 1 to {_MOST_SUBGRAPHS}")
    buffers = [_buffer_bytes(model.Buffers(i), size) for i in range(model.BuffersLength())]
    names = _Names(model)
    budget = Budget(_MOST_NUMBERS)
    _check_signatures(model)
    for number in range(model.SubgraphsLength()):
        subgraph = _Subgraph(model.Subgraphs(number), buffers, names, budget, size)
        subgraph.planned = planned
        subgraph.check()
    check_calls(model, budget)
    return tuple(sorted(f"tflite:{name}:{version}" for name, version in names.used.values()))


def _buffer_bytes(buffer: Buffer, size: int) -> int:
    """The bytes of a buffer, inside the FlatBuffer or (large models) behind it in the file."""
    if buffer.Offset() <= 1:
        return int(buffer.DataLength())
    if buffer.Offset() + buffer.Size() > size:
        raise Malformed(f"a buffer ends at byte {buffer.Offset() + buffer.Size()} of {size}")
    return int(buffer.Size())


class _Names:
    """Names and versions of operators by their code's index; ``used`` are those asked for."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.used: dict[int, tuple[str, int]] = {}

    def __getitem__(self, index: int) -> str:
        if index not in self.used:
            if index >= self.model.OperatorCodesLength():
                raise Malformed(f"an operator has code {index}, which is not there")
            code = self.model.OperatorCodes(index)
            self.used[index] = operator_name(code), code.Version()
        return self.used[index][0]


class _Subgraph:
    """One subgraph while it is checked; ``ready`` are the tensors that hold data by now."""

    def __init__(
        self, graph: SubGraph, buffers: list[int], names: _Names, budget: Budget, size: int
    ) -> None:
        self.graph, self.names, self.budget, self.size = graph, names, budget, size
        self.tensors = [
            check_tensor(graph.Tensors(i), buffers, budget) for i in range(graph.TensorsLength())
        ]
        self.planned = False
        self.ready = {i for i, tensor in enumerate(self.tensors) if tensor.ready}

    def check(self) -> None:
        """Check inputs, operators and outputs in the order in which a runtime meets them."""
        inputs = self.references(self.graph.InputsAsNumpy())
        if self.ready.intersection(inputs):
            raise Malformed("an input of a subgraph is a constant")
        self.ready.update(inputs)
        for index in range(self.graph.OperatorsLength()):
            self.check_operator(self.graph.Operators(index))
        self.need(self.references(self.graph.OutputsAsNumpy()))

    def check_operator(self, operator: Operator) -> None:
        """Check an operator, which comes after those that write what it reads."""
        if operator.LargeCustomOptionsOffset() + operator.LargeCustomOptionsSize() > self.size:
            raise Malformed("an operator's options lie outside the file")
        inputs = self.references(operator.InputsAsNumpy(), optional=True)
        outputs = self.references(operator.OutputsAsNumpy())
        self.references(operator.IntermediatesAsNumpy(), optional=True)
        name = self.names[operator.OpcodeIndex()]
        # Over no axes at all: such a constant has no bytes, and looks as if nothing had written it.
        whole = name in REDUCTIONS and len(inputs) == 2 and inputs[1] >= 0
        whole = whole and self.tensors[inputs[1]].entries == 0
        self.need(inputs[:1] if whole else inputs)
        if self.ready.intersection(outputs) or len(set(outputs)) != len(outputs):
            raise Malformed("an operator writes to a tensor that holds data already")
        self.ready.update(outputs)
        given = [None if index < 0 else self.tensors[index] for index in inputs]
        if not self.planned:
            check_bias(name, given)
        check_operator(operator, name, given, [self.tensors[index] for index in outputs])

    def references(self, vector: object, *, optional: bool = False) -> list[int]:
        """Indices of tensors, all in range; an optional input that is not given is -1."""
        array = np.asarray([] if isinstance(vector, int) else vector, np.int64)
        self.budget.spend(array.size)
        if array.size and not -1 * optional <= array.min() <= array.max() < len(self.tensors):
            raise Malformed(f"it names a tensor that is not among {len(self.tensors)}")
        indices: list[int] = array.tolist()
        return indices

    def need(self, indices: Sequence[int]) -> None:
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
        for entry in entries:
            if entry.TensorIndex() >= tensors:
                raise Malformed(f"{text(entry.Name())[:80]!r} is not among {tensors} tensors")
