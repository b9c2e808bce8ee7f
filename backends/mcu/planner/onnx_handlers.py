"""The table of ONNX operators that can be imported, and the operators of quantisation itself."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .graph import Array, Tensor
from .onnx_node import Node
from .onnx_values import Constant, Pending, Scheme, Value
from .step import NotSupported

Handler = Callable[[Node], "Value | Constant | Pending | list[Value]"]
HANDLERS: dict[str, Handler] = {}


def imports(*kinds: str) -> Callable[[Handler], Handler]:
    """Register a handler for ONNX operators."""

    def register(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(kinds, handler))
        return handler

    return register


@imports("QuantizeLinear")
def quantize_linear(node: Node) -> Value | Constant:
    """Says how a result is stored: only now is the operation emitted that makes it."""
    known = node.known(0)
    if isinstance(known, Constant):
        return _quantised_constant(node, known)
    scheme = scheme_of(node, 1)
    if isinstance(known, Pending):
        node.builder.layer = known.layer
        return known.emit(scheme, known.activation)
    if known.tensor.dtype == "float32":
        tensor = node.builder.emit("QUANTIZE", [known.tensor], known.tensor.shape, scheme)
        return Value(tensor, known.shape, known.layout, known.image)
    return node.builder.requantise(known, scheme)


@imports("DequantizeLinear")
def dequantize_linear(node: Node) -> Value | Constant:
    """The plan computes on the stored numbers, so nothing is to be done."""
    known = node.known(0)
    if isinstance(known, Constant):
        return dequantised(node, 0)
    scheme = scheme_of(node, 1)
    value = node.builder.settle(known)
    if value.scheme != scheme:
        raise NotSupported(f"its scale and zero point {scheme} are not its input's {value.scheme}")
    return value


def scheme_of(node: Node, first: int) -> Scheme:
    """Scale and zero point as inputs ``first`` and the next give them, in terms of int8."""
    scale, zero = _parameters(node, first)
    if scale.size != 1:
        raise NotSupported("an activation has more than one scale")
    shift = {"int8": 0, "uint8": 128}.get(zero.dtype.name)
    if shift is None:
        raise NotSupported(f"it stores {zero.dtype.name}; int8 and uint8 can be")
    return float(scale.reshape(())), int(zero.reshape(())) - shift


def dequantised(node: Node, first: int) -> Constant:
    """The constant that is input ``first``, with the scale and zero point that follow it."""
    stored = node.constant(first).values
    scale, zero = _parameters(node, first + 1)
    if stored.dtype.name == "uint8":
        stored, zero = stored.astype(np.int16) - 128, zero.astype(np.int16) - 128
    axis = int(node.attribute("axis", 1)) if node.kind == "DequantizeLinear" else 0
    return Constant(stored, scale.astype(np.float64), zero.astype(np.int64), axis)


def _parameters(node: Node, first: int) -> tuple[Array, Array]:
    scale = node.constant(first).values
    if not ((scale > 1e-12) & (scale < 1e12)).all():  # also where it is not a number
        raise NotSupported("a scale is not a number that can scale")
    if node.has(first + 1):
        return scale, node.constant(first + 1).values
    return scale, np.zeros(scale.shape, np.uint8 if node.kind == "QuantizeLinear" else np.int8)


def _quantised_constant(node: Node, known: Constant) -> Constant:
    """What QuantizeLinear makes of a constant, done now."""
    scale, zero = _parameters(node, 1)
    axis = int(node.attribute("axis", 1))
    shape = [-1 if i == axis % max(known.values.ndim, 1) else 1 for i in range(known.values.ndim)]
    along = (part if part.size == 1 else part.reshape(shape) for part in (scale, zero))
    by, offset = (np.asarray(part, np.float64) for part in along)
    limits = np.iinfo(zero.dtype)
    stored = np.rint(np.asarray(known.real(), np.float64) / by) + offset
    return Constant(np.clip(stored, limits.min, limits.max).astype(zero.dtype))


def operand(node: Node, index: int) -> Tensor:
    """A constant operand as an int8 tensor: as it is quantised, else as near as int8 comes."""
    constant = node.constant(index)
    if constant.scale is not None and constant.scale.size == 1:
        assert constant.zero is not None
        scheme = float(constant.scale.reshape(())), int(constant.zero.reshape(()))
        values = constant.values
    else:
        real = np.asarray(constant.real(), np.float64)
        scheme = (float(np.abs(real).max()) / 127 or 1.0), 0
        values = np.rint(real / scheme[0])
    if values.size and (values.min() < -128 or values.max() > 127):
        raise NotSupported(f"its constant input {index} is not int8")
    scale, zero = (scheme[0],), (scheme[1],)
    name = f"{node.layer} input {index}"
    return Tensor(name, values.shape, "int8", scale, zero, data=values.astype(np.int8))
