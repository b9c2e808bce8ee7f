"""The graph while an ONNX model is imported: values by name, and the operations so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .graph import Array, Operation, Tensor
from .onnx_values import (
    FLAT,
    IMAGE,
    PLAIN,
    Constant,
    Pending,
    Scheme,
    Shape,
    Value,
    stored_shape,
    trivial,
)
from .step import NotSupported


class Builder:
    """``values`` are what the names stand for; names of failed nodes are missing."""

    def __init__(self, shapes: Mapping[str, Shape | None], opset: int) -> None:
        self.shapes, self.opset = shapes, opset
        self.values: dict[str, Value | Constant | Pending] = {}
        self.operations: list[Operation] = []
        self.layer = ""
        self._moved: dict[tuple[Tensor, str], Value] = {}

    def shape(self, name: str) -> Shape:
        """The shape of a value. Raises ``NotSupported`` where it depends on data."""
        shape = self.shapes.get(name)
        if shape is None:
            raise NotSupported(f"the shape of {name[:60]!r} is not fixed")
        return shape

    def settle(self, known: Value | Pending) -> Value:
        """A value as a tensor, by its natural scheme if nothing has said how to store it."""
        if isinstance(known, Value):
            return known
        if known.natural is None:
            raise NotSupported(f"no QuantizeLinear follows {known.layer}")
        return known.emit(known.natural, known.activation)

    def emit(
        self,
        kind: str,
        inputs: Sequence[Tensor | None],
        shape: Shape,
        scheme: Scheme | None,
        dtype: str = "int8",
        *,
        name: str = "",
        **options: Any,
    ) -> Tensor:
        """Append an operation with one output, and return that."""
        name = name or f"{self.layer}/{len(self.operations)}"
        scale, zero = ((scheme[0],), (scheme[1],)) if scheme else ((), ())
        output = Tensor(name, tuple(shape), dtype, scale, zero)
        self.operations.append(Operation(kind, tuple(inputs), (output,), options, self.layer))
        return output

    def requantise(self, value: Value, scheme: Scheme) -> Value:
        """The same numbers by another scale and zero point."""
        if value.scheme == scheme:
            return value
        tensor = self.emit("QUANTIZE", [value.tensor], value.tensor.shape, scheme)
        return Value(tensor, value.shape, value.layout, value.image)

    def reshape(self, value: Value, shape: Shape, layout: str = PLAIN, image: Shape = ()) -> Value:
        """The same bytes by another shape."""
        target = stored_shape(shape, layout)
        tensor = value.tensor
        if tensor.shape != target:
            scheme = value.scheme if tensor.scale else None
            tensor = self.emit(
                "RESHAPE", [tensor, numbers(target)], target, scheme, tensor.dtype, new_shape=target
            )
        return Value(tensor, shape, layout, image)

    def renamed(self, tensor: Tensor, name: str) -> Tensor:
        """The same bytes by another name."""
        inputs = [tensor, numbers(tensor.shape)]
        more: dict[str, Any] = {"new_shape": tensor.shape}
        return self.emit("RESHAPE", inputs, tensor.shape, None, tensor.dtype, name=name, **more)

    def transpose(self, tensor: Tensor, axes: Sequence[int]) -> Tensor:
        """The tensor with its axes in another order."""
        shape = tuple(tensor.shape[axis] for axis in axes)
        scheme = (tensor.scale[0], tensor.zero_point[0]) if tensor.scale else None
        return self.emit("TRANSPOSE", [tensor, numbers(axes)], shape, scheme, tensor.dtype)

    def slice(
        self, tensor: Tensor, ends: tuple[Sequence[int], ...], shape: Sequence[int]
    ) -> Tensor:
        """STRIDED_SLICE: from begin to end with a stride, each by axis."""
        masks = "begin_mask end_mask ellipsis_mask new_axis_mask shrink_axis_mask".split()
        options: dict[str, Any] = {**dict.fromkeys(masks, 0), "offset": False}
        scheme = (tensor.scale[0], tensor.zero_point[0]) if tensor.scale else None
        inputs = [tensor, *map(numbers, ends)]
        return self.emit("STRIDED_SLICE", inputs, tuple(shape), scheme, tensor.dtype, **options)

    def image(self, value: Value) -> Value:
        """The value with its channels last."""
        if value.layout == IMAGE:
            return value
        if len(value.shape) not in {3, 4}:
            raise NotSupported(f"it works on {len(value.shape)} axes; 3 or 4 can be")
        return self._once(value, IMAGE, self._to_image)

    def plain(self, value: Value) -> Value:
        """The value as ONNX has it."""
        if value.layout == PLAIN:
            return value
        return self._once(value, PLAIN, self._to_plain)

    def _once(self, value: Value, layout: str, move: Callable[[Value], Value]) -> Value:
        key = value.tensor, layout
        if key not in self._moved or self._moved[key].shape != value.shape:
            self._moved[key] = move(value)
        return self._moved[key]

    def _to_image(self, value: Value) -> Value:
        if trivial(value.shape):
            return self.reshape(value, value.shape, IMAGE)
        axes = (0, *range(2, len(value.shape)), 1)
        moved = Value(self.transpose(value.tensor, axes), value.shape)
        return self.reshape(moved, value.shape, IMAGE)

    def _to_plain(self, value: Value) -> Value:
        shape = value.shape if value.layout == IMAGE else (value.shape[0], *value.image)
        tensor = value.tensor
        if not trivial(shape):
            last_first = (0, len(shape) - 1, *range(1, len(shape) - 1))
            lying = (shape[0], *shape[2:], shape[1])
            tensor = self.transpose(self.reshape(Value(tensor, shape), lying).tensor, last_first)
        return self.reshape(Value(tensor, shape), value.shape)

    def flatten(self, value: Value, shape: Shape) -> Value:
        """An image as rows; those that read rows may prefer to know how they lie."""
        if value.layout != IMAGE or trivial(value.shape):
            return self.reshape(self.plain(value), shape)
        return self.reshape(value, shape, FLAT, value.shape[1:])


def constant(array: Array, scheme: Scheme | None = None, name: str = "constant") -> Tensor:
    """A constant of the plan."""
    scale, zero = ((scheme[0],), (scheme[1],)) if scheme else ((), ())
    data = np.array(array, order="C")
    return Tensor(name, data.shape, data.dtype.name, scale, zero, data=data)


def numbers(values: Sequence[int]) -> Tensor:
    """A constant of whole numbers: axes, sizes, positions."""
    return constant(np.array(values, np.int32))
