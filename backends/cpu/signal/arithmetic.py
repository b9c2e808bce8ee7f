"""TFLite's element-wise builtin operators on int32 and float32, with numpy broadcasting.

Integers wrap at 32 bits. Float sums, products and quotients end at the largest finite number, as
TensorFlow Lite Micro's do: without a fused activation it still clamps to the range of the type.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from edgesdk.tensors import Array

from .node import Node, Step
from .options import activation

_LARGEST = np.finfo(np.float32).max


def add(node: Node) -> Step:
    """ADD."""
    return _clamped(node, np.add)


def multiply(node: Node) -> Step:
    """MUL."""
    return _clamped(node, np.multiply)


def divide(node: Node) -> Step:
    """DIV: integers are divided towards zero."""
    a, b, output = _operands(node, "int32 float32")
    activation(node)
    if output.dtype == np.float32:
        return partial(_clamp, partial(np.divide, a, b, out=output), output)

    def step() -> None:
        if not b.all():
            raise node.undefined("an integer is divided by zero")
        quotient = np.abs(a.astype(np.int64)) // np.abs(b.astype(np.int64))
        output[...] = np.where((a < 0) ^ (b < 0), -quotient, quotient).astype(np.int32)

    return step


def minimum(node: Node) -> Step:
    """MINIMUM: the first where it is smaller, else the second (which tells for not-a-number)."""
    return _chosen(node, np.less)


def maximum(node: Node) -> Step:
    """MAXIMUM: the first where it is larger, else the second."""
    return _chosen(node, np.greater)


def _clamped(node: Node, function: Callable[..., Any]) -> Step:
    a, b, output = _operands(node, "int32 float32")
    activation(node)
    call = partial(function, a, b, out=output)
    if output.dtype == np.float32:
        return partial(_clamp, call, output)
    return lambda: _discard(call)


def _chosen(node: Node, better: Callable[[Array, Array], Array]) -> Step:
    a, b, output = _operands(node, "int8 int32 float32")

    def step() -> None:
        output[...] = np.where(better(a, b), a, b)

    return step


def _clamp(call: Callable[[], Any], output: Array) -> None:
    call()
    np.clip(output, -_LARGEST, _LARGEST, out=output)


def _discard(call: Callable[[], Any]) -> None:
    call()


def _operands(node: Node, dtypes: str) -> list[Array]:
    """Both inputs and the output: one dtype of those given, and shapes that broadcast."""
    node.require(len(node.inputs) == 2 and len(node.outputs) == 1, "it takes two and gives one")
    dtype = node.outputs[0].array.dtype.name
    node.require(dtype in dtypes.split(), f"it works on {dtypes}, not on {dtype}")
    node.plain()
    a, b, output = node.arrays(f"{dtype} {dtype}", dtype)
    try:
        shape = np.broadcast_shapes(a.shape, b.shape)
    except ValueError:
        shape = (-1,)
    node.require(shape == output.shape, f"{a.shape} and {b.shape} do not give {output.shape}")
    return [a, b, output]


ARITHMETIC = {
    "ADD": add,
    "MUL": multiply,
    "DIV": divide,
    "MINIMUM": minimum,
    "MAXIMUM": maximum,
}
