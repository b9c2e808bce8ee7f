"""Importing ONNX operators that carry their quantisation themselves: QLinearConv, QLinearMatMul.

Each is what DequantizeLinear, the operator and QuantizeLinear together are.
"""

from __future__ import annotations

from .onnx_handlers import HANDLERS, dequantised, imports, scheme_of
from .onnx_node import Known, Node
from .onnx_values import Constant, Pending, Value


@imports("QLinearConv", "QLinearMatMul")
def quantised(node: Node) -> Value | Constant | Pending | list[Value]:
    """x, its scale and zero point; the same of the weights; scale and zero point of y; bias."""
    builder, names = node.builder, node.inputs
    inner = [f"{node.layer} {part}" for part in ("x", "w", "b")]
    builder.values[inner[0]] = _real(node, 0)
    builder.values[inner[1]] = _real(node, 3)
    if node.has(8):
        builder.values[inner[2]] = _bias(node)
    scheme = scheme_of(node, 6)
    node.kind = node.kind.removeprefix("QLinear")
    node.inputs = tuple(inner[: 3 if len(names) > 8 else 2])
    result = HANDLERS[node.kind](node)
    assert isinstance(result, Pending)
    return result.emit(scheme, "NONE")


def _real(node: Node, index: int) -> Known:
    if isinstance(node.known(index), Constant):
        return dequantised(node, index)
    value = node.value(index)
    node.require(value.scheme == scheme_of(node, index + 1), "its input is stored another way")
    return value


def _bias(node: Node) -> Constant:
    """int32, with the scale of the products."""
    products = node.constant(1).values * node.constant(4).values
    return Constant(node.constant(8).values, products.reshape(-1), None, 0)
