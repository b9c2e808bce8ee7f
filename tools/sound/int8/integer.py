"""From the float32 graph and samples of its tensors to the int8 file."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from .graph import Graph, Node, Tensor
from .numbers import SHARES, Numbers, of_peak, of_samples, of_weight
from .tflite_file import File

# Operators that only move numbers: what comes out stands in the same integers as what goes in.
MOVERS = {"RESHAPE", "TRANSPOSE", "PAD", "MAX_POOL_2D", "STRIDED_SLICE"}
WEIGHTED = {"CONV_2D", "FULLY_CONNECTED"}

Samples = Mapping[str, NDArray[np.float32]]
Choice = dict[Tensor, Numbers]


def choose(graph: Graph, samples: Samples, entrance: Numbers) -> Choice:
    """The numbers of every tensor that is not a constant; ``entrance`` are the input's."""
    chosen = {graph.input: entrance}
    for node in graph.nodes:
        if node.kind in MOVERS:
            chosen[node.output] = chosen[node.inputs[0]]
        elif node.kind == "CAST" and node.output.wide:
            chosen[node.output] = widened(chosen[node.inputs[0]])
        elif node.kind == "SOFTMAX":
            chosen[node.output] = SHARES
        else:
            chosen[node.output] = measured(node, samples)
        if node.kind == "CONCATENATION":  # its inputs must stand in the same integers already
            parts = [part for part in node.inputs if part.data is None]
            chosen |= dict.fromkeys(parts, chosen[node.output])
    return chosen


def measured(node: Node, samples: Samples) -> Numbers:
    """Of what the tensor held while the float32 model ran."""
    source = node.inputs[0] if node.kind == "CAST" else node.output
    held = samples[source.name]
    return of_peak(held) if node.output.wide else of_samples(held)


def widened(numbers: Numbers) -> Numbers:
    """int16 that holds every int8 exactly: 128 times its distance from the zero point."""
    return Numbers("int16", numbers.scales / 128)


def integer_model(graph: Graph, chosen: Choice, metadata: Mapping[str, str]) -> bytes:
    """The int8 file; float32 goes in and out."""
    return _Writer(graph, chosen).write(metadata)


class _Writer:
    def __init__(self, graph: Graph, chosen: Choice) -> None:
        self.graph, self.chosen = graph, chosen
        self.file = File()
        self.indices: dict[Tensor, int] = {}

    def write(self, metadata: Mapping[str, str]) -> bytes:
        entrance, exit_ = self.graph.input, self.graph.output
        source = self.file.tensor(entrance.name, entrance.shape, "float32")
        self.node(Node("QUANTIZE", [], entrance), [source], f"{entrance.name}/int8")
        for node in self.graph.nodes:
            inputs = self.weighted(node) if node.kind in WEIGHTED else self.plain(node)
            self.node(node, inputs, node.output.name + ("/int8" if node.output is exit_ else ""))
        result = self.file.tensor(exit_.name, exit_.shape, "float32")
        self.file.operator("DEQUANTIZE", ("NONE", {}), [self.indices[exit_]], result)
        return self.file.content([source], [result], metadata)

    def node(self, node: Node, inputs: list[int], name: str) -> None:
        numbers = self.chosen[node.output]
        output = self.file.tensor(name, node.output.shape, numbers.dtype, numbers)
        self.indices[node.output] = output
        kind = "QUANTIZE" if node.kind == "CAST" else node.kind
        self.file.operator(kind, node.options, inputs, output)

    def plain(self, node: Node) -> list[int]:
        return [
            self.indices[tensor] if tensor.data is None else self.constant(node, tensor)
            for tensor in node.inputs
        ]

    def constant(self, node: Node, tensor: Tensor) -> int:
        if tensor.data.dtype == np.int32:
            return self.file.constant(tensor.name, tensor.data)
        if node.kind == "CONCATENATION":
            numbers = self.chosen[node.output]
        else:
            numbers = (of_peak if tensor.wide else of_samples)(tensor.data)
        return self.file.constant(tensor.name, numbers.integers(tensor.data), numbers)

    def weighted(self, node: Node) -> list[int]:
        """Value, int8 weights with a scale for each output channel, int32 biases."""
        value, weight, bias = node.inputs
        numbers = of_weight(weight.data)
        sums = Numbers("int32", self.chosen[value].scales * numbers.scales)
        biases = np.round(bias.data / sums.scales).astype(np.int32)
        return [
            self.indices[value],
            self.file.constant(weight.name, numbers.integers(weight.data), numbers),
            self.file.constant(bias.name, biases, sums),
        ]


def float_model(graph: Graph) -> bytes:
    """The graph as it is: to compare it with the ONNX model, and to measure its tensors."""
    file = File()
    indices = {graph.input: file.tensor(graph.input.name, graph.input.shape, "float32")}
    for node in graph.nodes:
        for tensor in node.inputs:
            if tensor not in indices:
                indices[tensor] = file.constant(tensor.name, tensor.data)
        if node.kind == "CAST":
            indices[node.output] = indices[node.inputs[0]]
            continue
        indices[node.output] = file.tensor(node.output.name, node.output.shape, "float32")
        inputs = [indices[tensor] for tensor in node.inputs]
        file.operator(node.kind, node.options, inputs, indices[node.output])
    return file.content([indices[graph.input]], [indices[graph.output]], {})
