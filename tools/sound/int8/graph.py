"""TFLite operators on float32 tensors, channels last: the form that is measured, then quantised."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Options = tuple[str, dict[str, Any]]

VALID = 1  # schema.Padding
RELU = 1  # schema.ActivationFunctionType


@dataclass(eq=False)
class Tensor:
    """A value; constants have data. ``wide`` ones stand in int16, the others in int8."""

    name: str
    shape: tuple[int, ...]
    data: NDArray[Any] | None = None
    wide: bool = False


@dataclass(eq=False)
class Node:
    """One operator. ``options`` are those of the schema: (kind, fields)."""

    kind: str
    inputs: list[Tensor]
    output: Tensor
    options: Options = ("NONE", {})


@dataclass
class Graph:
    """Operators in order; every method appends one and returns what it gives."""

    input: Tensor
    nodes: list[Node] = field(default_factory=list)

    @property
    def output(self) -> Tensor:
        """What the last operator gives."""
        return self.nodes[-1].output

    def node(
        self, kind: str, output: Tensor, *inputs: Tensor, options: str = "NONE", **fields: Any
    ) -> Tensor:
        """Append any operator."""
        self.nodes.append(Node(kind, list(inputs), output, (options, fields)))
        return output

    def binary(self, kind: str, name: str, left: Tensor, right: Tensor) -> Tensor:
        """ADD, SUB or MUL; axes of size 1 stretch."""
        made = Tensor(name, np.broadcast_shapes(left.shape, right.shape), wide=left.wide)
        fields = {"potScaleInt16": False} if kind == "ADD" else {}
        return self.node(kind, made, left, right, options=f"{kind.capitalize()}Options", **fields)

    def linear(
        self, name: str, value: Tensor, weight: Tensor, bias: Tensor, activation: int = 0
    ) -> Tensor:
        """Over the last axis; weight [out, in]."""
        made = Tensor(name, (*value.shape[:-1], weight.shape[0]))
        fields = {"fusedActivationFunction": activation, "keepNumDims": True}
        options = "FullyConnectedOptions"
        return self.node("FULLY_CONNECTED", made, value, weight, bias, options=options, **fields)

    def product(self, name: str, left: Tensor, right: Tensor, *, transposed: bool) -> Tensor:
        """Matrix product over the last two axes; ``transposed`` is the right side."""
        columns = right.shape[-2 if transposed else -1]
        made = Tensor(name, (*left.shape[:-1], columns))
        options = "BatchMatMulOptions"
        return self.node("BATCH_MATMUL", made, left, right, options=options, adjY=transposed)

    def convolution(self, name: str, value: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """3x3, stride 2, ReLU, on a map that has its zeros around it."""
        _, height, width, _ = value.shape
        made = Tensor(name, (1, (height - 1) // 2, (width - 1) // 2, weight.shape[0]))
        fields = {"padding": VALID, "strideH": 2, "strideW": 2, "fusedActivationFunction": RELU}
        return self.node("CONV_2D", made, value, weight, bias, options="Conv2DOptions", **fields)

    def pad(self, name: str, value: Tensor, before: tuple[int, ...]) -> Tensor:
        """Zeros in front, so many on each axis."""
        made = Tensor(name, tuple(np.add(value.shape, before).tolist()))
        pads = whole([[count, 0] for count in before])
        return self.node("PAD", made, value, pads, options="PadOptions")

    def peaks(self, name: str, value: Tensor) -> Tensor:
        """The larger of two neighbouring columns of a map."""
        _, height, width, channels = value.shape
        made = Tensor(name, (1, height, width // 2, channels))
        fields = {"padding": VALID, "strideH": 1, "strideW": 2}
        fields |= {"filterHeight": 1, "filterWidth": 2}
        return self.node("MAX_POOL_2D", made, value, options="Pool2DOptions", **fields)

    def mean(self, name: str, value: Tensor, axes: tuple[int, ...]) -> Tensor:
        """Over some axes, which stay with size 1."""
        shape = tuple(1 if axis in axes else size for axis, size in enumerate(value.shape))
        made, options = Tensor(name, shape, wide=value.wide), "ReducerOptions"
        return self.node("MEAN", made, value, whole(axes), options=options, keepDims=True)

    def unary(self, kind: str, name: str, value: Tensor) -> Tensor:
        """A function of each number."""
        return self.node(kind, Tensor(name, value.shape, wide=value.wide), value)

    def cast(self, value: Tensor, *, wide: bool) -> Tensor:
        """The same numbers in other integers."""
        name = f"{value.name}/{'int16' if wide else 'int8'}"
        return self.node("CAST", Tensor(name, value.shape, wide=wide), value)

    def softmax(self, name: str, value: Tensor) -> Tensor:
        """Over the last axis."""
        made = Tensor(name, value.shape)
        return self.node("SOFTMAX", made, value, options="SoftmaxOptions", beta=1.0)

    def concatenate(self, name: str, first: Tensor, second: Tensor) -> Tensor:
        """Along the first axis."""
        shape = (first.shape[0] + second.shape[0], *first.shape[1:])
        made = Tensor(name, shape, wide=second.wide)
        return self.node("CONCATENATION", made, first, second, options="ConcatenationOptions")

    def slice(self, name: str, value: Tensor, start: int, stop: int) -> Tensor:
        """Along the first axis."""
        rest = value.shape[1:]
        made = Tensor(name, (stop - start, *rest), wide=value.wide)
        zeros, ones = [0] * len(rest), [1] * len(rest)
        bounds = whole([start, *zeros]), whole([stop, *rest]), whole([1, *ones])
        return self.node("STRIDED_SLICE", made, value, *bounds, options="StridedSliceOptions")

    def reshape(self, name: str, value: Tensor, *shape: int) -> Tensor:
        """The same numbers in another shape."""
        made, options = Tensor(name, shape), "ReshapeOptions"
        return self.node(
            "RESHAPE", made, value, whole(shape), options=options, newShape=list(shape)
        )

    def transpose(self, name: str, value: Tensor, *order: int) -> Tensor:
        """Axes in another order."""
        made = Tensor(name, tuple(value.shape[axis] for axis in order))
        return self.node("TRANSPOSE", made, value, whole(order), options="TransposeOptions")


def constant(name: str, data: NDArray[np.float64], *, wide: bool = False) -> Tensor:
    """A float32 constant."""
    return Tensor(name, data.shape, data.astype(np.float32), wide=wide)


def whole(numbers: Any) -> Tensor:
    """An int32 constant: axes, shapes, bounds."""
    data = np.asarray(numbers, np.int32)
    return Tensor("int32" + str(data.tolist()), data.shape, data)
