"""What ONNX operators with weights have in common: int8 weights, and a bias for each output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .graph import Array, Tensor
from .onnx_node import Node
from .onnx_values import IMAGE, PLAIN, Constant, Pending, Scheme, Shape, Value
from .step import NotSupported

Make = Callable[[Tensor, Tensor, Scheme, str], Tensor]  # weights, bias, output, activation


def weight_values(constant: Constant, axis: int) -> Constant:
    """Weights whose scales, if there are several, are those of the outputs (``axis``)."""
    if constant.scale is None or constant.zero is None:
        raise NotSupported("its weights are not quantised")
    if np.any(constant.zero):
        raise NotSupported("its weights are not symmetric: their zero point is not zero")
    if constant.values.min(initial=0) < -128 or constant.values.max(initial=0) > 127:
        raise NotSupported("its weights are not int8")
    if constant.scale.size > 1 and constant.axis % constant.values.ndim != axis:
        raise NotSupported(f"its weights have scales along axis {constant.axis}, not {axis}")
    return constant


def with_values(constant: Constant, values: Array) -> Constant:
    """Other numbers by the same scales."""
    return Constant(values, constant.scale, constant.zero, constant.axis)


def one_for_each(array: Array, shape: Shape, axis: int) -> Array | None:
    """A number for each place of an axis, if that is what broadcasting to a shape gives."""
    try:
        whole = np.broadcast_to(array, shape)
    except ValueError:
        return None
    axis %= len(shape)
    first = whole[tuple(slice(None) if i == axis else slice(1) for i in range(len(shape)))]
    return np.array(first.reshape(-1)) if (whole == first).all() else None


@dataclass(frozen=True)
class Product:
    """An operation with weights; ``axis`` of those is the outputs', ``make`` emits it."""

    node: Node
    value: Value
    weights: Constant
    axis: int
    make: Make
    layout: str = PLAIN

    def pending(self, bias: Array | None) -> Pending:
        """The result, with a bias of real numbers, one for each output: int32 in the plan."""
        assert self.weights.scale is not None
        scales = np.asarray(self.weights.scale, np.float64).reshape(-1)
        outputs = self.weights.values.shape[self.axis]
        real = np.zeros(outputs) if bias is None else np.broadcast_to(bias, outputs)
        sums = np.rint(real / (scales * self.value.scheme[0]))
        self.node.require(bool((np.abs(sums) < 2**31).all()), "its bias does not fit 32 bits")
        filters = self.tensor("weights", self.weights.values.astype(np.int8), scales, self.axis)
        offset = self.tensor("bias", sums.astype(np.int32), scales * self.value.scheme[0], 0)
        shape = self.node.shape()

        def emit(scheme: Scheme, activation: str) -> Value:
            return Value(self.make(filters, offset, scheme, activation), shape, self.layout)

        def biased(more: Array) -> Pending | None:
            added = one_for_each(more, shape, 1 if self.layout == IMAGE else -1)
            return None if added is None else self.pending(real + added)

        return Pending(emit, shape, self.node.layer, fuses=True, biased=biased)

    def tensor(self, name: str, data: Array, scales: Array, axis: int) -> Tensor:
        """A constant with symmetric scales along an axis."""
        data = np.ascontiguousarray(data)
        scale, zeros = tuple(scales.tolist()), (0,) * scales.size
        name = f"{self.node.layer} {name}"
        return Tensor(name, data.shape, data.dtype.name, scale, zeros, axis, data)
