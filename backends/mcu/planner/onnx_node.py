"""One node of an ONNX model, with what its handler asks of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .graph import Array
from .onnx_values import Constant, Pending, Shape, Value
from .step import NotSupported

if TYPE_CHECKING:
    from onnx import NodeProto

    from .onnx_builder import Builder

Known = Value | Constant | Pending


class Node:
    """A node; ``attributes`` by name. Each method raises ``NotSupported`` with the reason."""

    def __init__(self, proto: NodeProto, index: int, builder: Builder) -> None:
        from onnx.helper import get_attribute_value

        self.kind = proto.op_type
        self.layer = f"{index} {proto.op_type} {(proto.name or proto.output[0])[-60:]}"
        self.inputs = tuple(proto.input)
        self.outputs = tuple(proto.output)
        self.attributes: dict[str, Any] = {
            entry.name: get_attribute_value(entry) for entry in proto.attribute
        }
        self.builder = builder

    def has(self, index: int) -> bool:
        """Whether an optional input is there."""
        return index < len(self.inputs) and self.inputs[index] != ""

    def known(self, index: int) -> Known:
        """What an input is by now."""
        return self.builder.values[self.inputs[index]]

    def value(self, index: int) -> Value:
        """An input as a tensor of the plan."""
        known = self.known(index)
        if isinstance(known, Constant):
            raise NotSupported(f"its input {index} is a constant")
        return self.builder.settle(known)

    def constant(self, index: int) -> Constant:
        """An input that must be a constant."""
        known = self.known(index)
        if not isinstance(known, Constant):
            raise NotSupported(f"its input {index} must be a constant")
        return known

    def numbers(self, index: int, attribute: str = "") -> list[int] | None:
        """Whole numbers that are an attribute or, in newer opsets, an input; None: neither."""
        if attribute in self.attributes:
            return [int(number) for number in np.ravel(self.attributes[attribute])]
        if not self.has(index):
            return None
        return [int(number) for number in self.constant(index).values.ravel()]

    def scalar(self, index: int, attribute: str, default: float) -> float:
        """A real number that is an attribute or an input."""
        if attribute in self.attributes:
            return float(self.attributes[attribute])
        if not self.has(index):
            return default
        return float(self.constant(index).real().reshape(()))

    def attribute(self, name: str, default: Any) -> Any:
        """An attribute, or what it is where the node does not give it."""
        return self.attributes.get(name, default)

    def shape(self, output: int = 0) -> Shape:
        """The shape of an output."""
        return self.builder.shape(self.outputs[output])

    def require(self, condition: bool, why: str) -> None:
        """Refuse the node unless the condition holds."""
        if not condition:
            raise NotSupported(why)


def reals(constant: Constant) -> Array:
    """A constant's real numbers, as float64."""
    return np.asarray(constant.real(), np.float64)
