"""What an ONNX value is while a model is imported, and how images lie in memory.

ONNX counts channels before height and width, the runtime after them. A tensor that a convolution
or pool has made stays as it lies (``IMAGE``) for as long as the operators that follow can work with
that; only where one cannot is it transposed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .graph import Array, Tensor
from .step import NotSupported

PLAIN = "plain"  # as ONNX has it
IMAGE = "image"  # [N, C, H, W] lies as [N, H, W, C]; [N, C, W] as [N, 1, W, C]
FLAT = "flat"  # [N, C * H * W], each row of which lies in the order H, W, C

Shape = tuple[int, ...]
Scheme = tuple[float, int]  # scale and zero point of an int8 tensor


@dataclass(frozen=True, eq=False)
class Value:
    """A tensor of the plan. ``shape`` is ONNX's; ``image`` is (C, H, W) of a ``FLAT`` one."""

    tensor: Tensor
    shape: Shape
    layout: str = PLAIN
    image: Shape = ()

    @property
    def scheme(self) -> Scheme:
        """Its scale and zero point. Raises ``NotSupported`` where it has none."""
        if not self.tensor.scale:
            raise NotSupported("its input is not quantised")
        return self.tensor.scale[0], self.tensor.zero_point[0]


@dataclass(frozen=True, eq=False)
class Constant:
    """A constant. Quantised: ``values`` are stored numbers, real = scale * (values - zero)."""

    values: Array
    scale: Array | None = None
    zero: Array | None = None
    axis: int = 0

    def real(self) -> Array:
        """What it stands for."""
        if self.scale is None:
            return self.values
        scale, zero = (_along(part, self.axis, self.values) for part in (self.scale, self.zero))
        return (self.values.astype(np.float64) - zero) * scale


@dataclass(frozen=True, eq=False)
class Pending:
    """A result that waits for the QuantizeLinear that says how it is to be stored.

    ``emit`` takes scheme and fused activation. ``natural`` is the scheme of one that needs no
    QuantizeLinear. ``biased`` makes another with a constant added, None where that is not a number
    for each channel; ``composed`` one with a function applied to each number.
    """

    emit: Callable[[Scheme, str], Value]
    shape: Shape
    layer: str
    natural: Scheme | None = None
    activation: str = "NONE"
    fuses: bool = False  # whether an activation can be part of it
    biased: Callable[[Array], Pending | None] | None = None
    composed: Callable[[Callable[[float], float], Scheme | None], Pending] | None = None


def stored_shape(shape: Shape, layout: str) -> Shape:
    """The shape in the plan of a tensor with this shape in ONNX."""
    if layout != IMAGE:
        return shape
    n, c, *sizes = shape
    return (n, *((1,) if len(sizes) == 1 else ()), *sizes, c)


def stored_axis(axis: int, shape: Shape, layout: str) -> int:
    """The axis in the plan of an axis in ONNX."""
    axis %= len(shape)
    if layout != IMAGE:
        return axis
    extra = 4 - len(shape)  # the axis of height that a row does not have
    return 0 if axis == 0 else 3 if axis == 1 else axis - 1 + extra


def to_image(array: Array) -> Array:
    """A constant image (three or four axes) as it lies in the plan."""
    moved = np.moveaxis(array, 1, -1)
    return np.ascontiguousarray(moved.reshape(stored_shape(array.shape, IMAGE)))


def lying(array: Array, rank: int, layout: str) -> Array:
    """A constant that is broadcast to so many axes, as it lies in the plan."""
    if layout != IMAGE:
        return array
    return to_image(array.reshape((1,) * (rank - array.ndim) + array.shape))


def trivial(shape: Shape) -> bool:
    """Whether an image lies the same way in both layouts: one channel, or one point."""
    return shape[1] == 1 or int(np.prod(shape[2:])) == 1


def _along(part: Array | None, axis: int, values: Array) -> Array:
    """Scales or zero points, of which there are one or one per index of an axis, to calculate."""
    numbers = np.asarray(0 if part is None else part, np.float64)
    if numbers.size == 1:
        return numbers.reshape(())
    return numbers.reshape([-1 if i == axis % values.ndim else 1 for i in range(values.ndim)])
