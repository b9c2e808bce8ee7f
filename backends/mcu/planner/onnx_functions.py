"""Importing ONNX functions of one number: int8 has 256, so each function becomes a table.

The table holds what ONNX says, calculated once: dequantise, apply, quantise. Several functions in a
row without a QuantizeLinear between them become one table.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from math import inf
from typing import Any

import numpy as np

from .graph import Array
from .onnx_builder import constant
from .onnx_handlers import imports
from .onnx_node import Node, reals
from .onnx_values import Constant, Pending, Scheme, Value

Function = Callable[[float], float]
_Make = Callable[[Mapping[str, Any]], Function]  # from the node's attributes

# Schemes of results that need no QuantizeLinear, as their limits are known.
_NATURAL: dict[str, Scheme] = {"Sigmoid": (1 / 256, -128), "Tanh": (1 / 128, 0)}


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def _gelu(attributes: Mapping[str, Any]) -> Function:
    if attributes.get("approximate", b"none") == b"tanh":
        return lambda x: 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return lambda x: 0.5 * x * (1 + math.erf(x / math.sqrt(2)))


def _hard_sigmoid(attributes: Mapping[str, Any]) -> Function:
    alpha, beta = attributes.get("alpha", 0.2), attributes.get("beta", 0.5)
    return lambda x: max(0.0, min(1.0, alpha * x + beta))


def _leaky(attributes: Mapping[str, Any]) -> Function:
    alpha = attributes.get("alpha", 0.01)
    return lambda x: x if x >= 0 else alpha * x


def _elu(attributes: Mapping[str, Any]) -> Function:
    alpha = attributes.get("alpha", 1.0)
    return lambda x: x if x >= 0 else alpha * math.expm1(x)


def _divided(a: float, b: float) -> float:
    """With the infinities of floating point."""
    return a / b if b else math.copysign(inf, a) * math.copysign(1, b)


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


_PLAIN: dict[str, Function] = {
    "Abs": abs,
    "Ceil": math.ceil,
    "Cos": math.cos,
    "Erf": math.erf,
    "Exp": math.exp,
    "Floor": math.floor,
    "HardSwish": lambda x: x * max(0.0, min(1.0, x / 6 + 0.5)),
    "Log": math.log,
    "Mish": lambda x: x * math.tanh(_softplus(x)),
    "Neg": operator.neg,
    "Reciprocal": lambda x: _divided(1, x),
    "Round": round,
    "Sigmoid": _sigmoid,
    "Sign": lambda x: math.copysign(1, x) if x else 0.0,
    "Sin": math.sin,
    "Softplus": _softplus,
    "Softsign": lambda x: x / (1 + abs(x)),
    "Sqrt": math.sqrt,
    "Tanh": math.tanh,
}
_WITH_ATTRIBUTES: dict[str, _Make] = {
    "Elu": _elu,
    "Gelu": _gelu,
    "HardSigmoid": _hard_sigmoid,
    "LeakyRelu": _leaky,
}
_WITH_NUMBER: dict[str, Callable[[float, float], float]] = {
    "Add": operator.add,
    "Div": _divided,
    "Mul": operator.mul,
    "Pow": math.pow,
    "Sub": operator.sub,
}


@imports(*_PLAIN)
def plain(node: Node) -> Pending:
    """A function without attributes."""
    return applied(node, 0, _PLAIN[node.kind], _NATURAL.get(node.kind))


@imports(*_WITH_ATTRIBUTES)
def with_attributes(node: Node) -> Pending:
    """A function that attributes shape."""
    return applied(node, 0, _WITH_ATTRIBUTES[node.kind](node.attributes))


def with_number(node: Node) -> Pending | None:
    """Arithmetic with one constant number, which is a function of the other operand."""
    calculate = _WITH_NUMBER[node.kind]
    left, right = (number_of(node, index) for index in (0, 1))
    if right is not None:
        return applied(node, 0, lambda x: calculate(x, right))
    if left is not None:
        return applied(node, 1, lambda x: calculate(left, x))
    return None


def number_of(node: Node, index: int) -> float | None:
    """The one number that an input is, if it does not give the output more axes."""
    known = node.known(index)
    if not isinstance(known, Constant) or known.values.size != 1:
        return None
    if known.values.ndim > len(node.builder.shape(node.inputs[1 - index])):
        return None
    return float(reals(known).reshape(()))


@imports("Div", "Pow")
def arithmetic(node: Node) -> Pending:
    """Division and powers, by and of one constant number."""
    result = with_number(node)
    node.require(result is not None, "neither of its inputs is a constant number")
    assert result is not None
    return result


def applied(node: Node, index: int, function: Function, natural: Scheme | None = None) -> Pending:
    """A function of an input, or of what that is itself a function of."""
    known = node.known(index)
    if isinstance(known, Pending) and known.composed is not None:
        return known.composed(function, natural)
    return _pending(node, node.value(index), function, natural)


def _pending(node: Node, value: Value, function: Function, natural: Scheme | None) -> Pending:
    def emit(scheme: Scheme, activation: str) -> Value:
        numbers = constant(table(function, value.scheme, scheme), name=f"{node.layer} table")
        inputs, shape = [value.tensor, numbers], value.tensor.shape
        tensor = node.builder.emit("LOOKUP", inputs, shape, scheme)
        return Value(tensor, value.shape, value.layout, value.image)

    def composed(outer: Function, natural: Scheme | None) -> Pending:
        return _pending(node, value, lambda x: outer(function(x)), natural)

    return Pending(emit, value.shape, node.layer, natural, composed=composed)


def table(function: Function, given: Scheme, wanted: Scheme) -> Array:
    """What each stored number becomes, from -128 on; 0 where there is no result."""
    real = (np.arange(-128, 128) - given[1]).astype(np.float32) * np.float32(given[0])
    results = np.array([_value(function, float(x)) for x in real])
    stored = np.rint(results / np.float64(np.float32(wanted[0]))) + wanted[1]
    limited: Array = np.clip(stored, -128, 127).astype(np.int8)
    return limited


def _value(function: Function, x: float) -> float:
    try:
        result = float(function(x))
    except OverflowError:
        return inf
    except ValueError:  # outside what the function is defined for
        return -inf if x == 0 else 0.0
    return 0.0 if math.isnan(result) else result
