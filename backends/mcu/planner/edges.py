"""A network between its int8 edges: without what turns floats into them and back."""

from __future__ import annotations

from dataclasses import replace

from .graph import Graph, Operation, Tensor


def int8_edges(graph: Graph) -> Graph:
    """The same network, where a float input is quantised first and a float output comes last.

    An edge of another kind stays what it is.
    """
    inputs = tuple(_behind(graph, tensor) for tensor in graph.inputs)
    outputs = tuple(_before(graph, tensor) for tensor in graph.outputs)
    # What nobody reads any more at the other end is left out later, as always.
    kept = tuple(
        operation
        for operation in graph.operations
        if not (operation.kind == "QUANTIZE" and operation.outputs[0] in inputs)
    )
    return replace(graph, inputs=inputs, outputs=outputs, operations=kept)


def _behind(graph: Graph, tensor: Tensor) -> Tensor:
    readers = [o for o in graph.operations if tensor in o.inputs]
    alone = len(readers) == 1 and tensor not in graph.outputs
    return readers[0].outputs[0] if alone and _is_edge(readers[0], "QUANTIZE") else tensor


def _before(graph: Graph, tensor: Tensor) -> Tensor:
    for operation in graph.operations:
        if tensor in operation.outputs and _is_edge(operation, "DEQUANTIZE"):
            [source] = operation.inputs
            return source if source is not None else tensor
    return tensor


def _is_edge(operation: Operation, kind: str) -> bool:
    """From float to int8, or back."""
    return operation.kind == kind and {
        t.dtype for t in (*operation.inputs, *operation.outputs) if t is not None
    } == {"float32", "int8"}
