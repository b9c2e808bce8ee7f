"""Rewrites of a graph before it is lowered; the answers stay the same to the bit.

What only renames memory (RESHAPE and its family, a QUANTIZE that changes nothing) becomes an alias;
what nobody reads is dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from .graph import Array, Graph, Operation, Tensor
from .padding import fuse_padding

RESHAPES = frozenset({"RESHAPE", "SQUEEZE", "EXPAND_DIMS"})


@dataclass(frozen=True)
class Rewritten:
    """A graph and which tensors are other names of which; ``root`` ends the chain."""

    graph: Graph
    aliases: dict[Tensor, Tensor]

    def root(self, tensor: Tensor) -> Tensor:
        """The tensor whose memory this one is."""
        while tensor in self.aliases:
            tensor = self.aliases[tensor]
        return tensor


def rewrite(graph: Graph) -> Rewritten:
    """Apply every rewrite."""
    return find_aliases(drop_unread(fuse_padding(fold_constants(graph))))


def find_aliases(graph: Graph) -> Rewritten:
    """Drop operations whose output is their input's bytes."""
    aliases: dict[Tensor, Tensor] = {}
    kept = []
    for operation in graph.operations:
        if renames(operation):
            assert operation.inputs[0] is not None
            aliases[operation.outputs[0]] = operation.inputs[0]
        else:
            kept.append(operation)
    return Rewritten(replace(graph, operations=tuple(kept)), aliases)


def renames(operation: Operation) -> bool:
    """Whether an operation's output is, to the bit, its first input."""
    if not operation.inputs or operation.inputs[0] is None or len(operation.outputs) != 1:
        return False
    source, target = operation.inputs[0], operation.outputs[0]
    if source.dtype != target.dtype or source.elements != target.elements or source.variable:
        return False
    if operation.kind == "QUANTIZE":
        return (source.scale, source.zero_point) == (target.scale, target.zero_point)
    return operation.kind in RESHAPES


def drop_unread(graph: Graph) -> Graph:
    """Drop operations of which nobody reads an output, and that keep no state."""
    wanted = set(graph.outputs)
    kept: list[Operation] = []
    for operation in reversed(graph.operations):
        given = [tensor for tensor in operation.inputs if tensor is not None]
        stateful = any(t.variable for t in (*given, *operation.outputs))
        if stateful or wanted.intersection(operation.outputs):
            wanted.update(given)
            kept.append(operation)
    return replace(graph, operations=tuple(reversed(kept)))


def fold_constants(graph: Graph) -> Graph:
    """Replace what has the same value in every run by a constant."""
    values: dict[Tensor, Tensor] = {}
    kept = []
    for operation in graph.operations:
        inputs = tuple(values.get(t, t) if t is not None else None for t in operation.inputs)
        given = replace(operation, inputs=inputs)
        constant = _folded(given)
        if constant is None:
            kept.append(given)
        else:
            values[operation.outputs[0]] = constant
    outputs = tuple(values.get(t, t) for t in graph.outputs)
    return replace(graph, operations=tuple(kept), outputs=outputs)


def _folded(operation: Operation) -> Tensor | None:
    """The constant that an operation gives, if it always gives the same."""
    fold = _FOLDS.get(operation.kind)
    value = fold(operation) if fold is not None and len(operation.outputs) == 1 else None
    if value is None or value.size != operation.outputs[0].elements:
        return None
    target = operation.outputs[0]
    return replace(target, data=value.astype(target.dtype).reshape(target.shape))


def _renamed(operation: Operation) -> Array | None:
    source = operation.inputs[0] if renames(operation) else None
    return source.data if source is not None else None


def _shape(operation: Operation) -> Array | None:
    source = operation.inputs[0] if operation.inputs else None
    return np.array(source.shape, np.int64) if source is not None else None


def _transposed(operation: Operation) -> Array | None:
    source, axes = operation.inputs[:2]
    if source is None or axes is None or source.data is None or axes.data is None:
        return None
    if source.variable:
        return None
    return np.transpose(source.data, axes.data.tolist())


_FOLDS: dict[str, Callable[[Operation], Array | None]] = {
    **dict.fromkeys([*RESHAPES, "QUANTIZE"], _renamed),
    "SHAPE": _shape,
    "TRANSPOSE": _transposed,
}
