"""Lowering of BATCH_MATMUL."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgesdk.native import lib

from ..graph import Operation, Tensor
from ..step import NotSupported, Step, lowers
from .fully_connected import as_convolution
from .operands import given, is_shape, is_type, need, only_output
from .quantised import multiplier_of, scale_of, zero_of
from .walks import copy, strides_of
from .weights import is_common, padded_rows, rescaling

_LARGEST = lib.EDGE_LARGEST_SIDE


@lowers("BATCH_MATMUL")
def batch_matmul(operation: Operation) -> list[Step]:
    """Either side may be transposed, and the same for all batches or along some of their axes."""
    left, right, target = given(operation, 0), given(operation, 1), only_output(operation)
    for tensor in (left, right, target):
        is_type(tensor, "int8")
        need(len(tensor.shape) >= 2, f"tensor {tensor.name[:60]!r} is no matrix")
    rows, depth = _matrix(left, bool(operation.options.get("adj_x")))
    columns, other = _matrix(right, not operation.options.get("adj_y"))
    need(depth[0] == other[0], f"its matrices are {depth[0]} wide and {other[0]} high")
    shape = _batch_shape(left, right)
    is_shape(target, (*shape, rows[0], columns[0]))
    if depth[1] == 1 and _is_weights(right):
        return [_by_weights(left, right, target, bool(operation.options.get("adj_y")))]
    (left, first), (right, second) = _spread(left, shape), _spread(right, shape)
    batches = int(np.prod(shape))
    product = float(scale_of(left) * scale_of(right))
    multiplier, shift = multiplier_of(product / float(scale_of(target)))
    step = Step(
        kernel="batch_matmul",
        layer="",
        fields={
            "batches": batches,
            "rows": rows[0],
            "columns": columns[0],
            "depth": depth[0],
            "left_batch": _batch_step(left, batches),
            "left_row": rows[1],
            "left_depth": depth[1],
            "right_batch": _batch_step(right, batches),
            "right_column": columns[1],
            "right_depth": other[1],
            "left_zero": zero_of(left),
            "right_zero": zero_of(right),
            "output_zero": zero_of(target),
            "multiplier": multiplier,
            "shift": shift,
        },
        tensors={"left": left, "right": right, "output": target},
        writes=("output",),
        macs=batches * rows[0] * columns[0] * depth[0],
    )
    return [*first, *second, step]


def _is_weights(tensor: Tensor) -> bool:
    """Whether it is one constant matrix, which a convolution reads where it lies."""
    constant = tensor.data is not None and not tensor.variable
    single = int(np.prod(tensor.shape[:-2])) == 1
    return constant and single and not zero_of(tensor) and max(tensor.shape) <= _LARGEST


def _by_weights(left: Tensor, right: Tensor, target: Tensor, lying: bool) -> Step:
    """A window of one pixel on each row of the left side. ``lying``: the weights are transposed."""
    assert right.data is not None
    matrix = np.asarray(right.data, np.int8).reshape(right.shape[-2:])
    weights = padded_rows(matrix if lying else matrix.T, 8)
    units, depth = right.shape[-2:] if lying else right.shape[:-3:-1]
    rows = left.elements // depth
    none = np.zeros(units, np.int32)
    scales = rescaling(left, right, target, none, weights, axis=0, in_float32=True)
    zeros = {"input_zero": zero_of(left), "output_zero": zero_of(target)}
    limits = {"low": -128, "high": 127, "round_once": 0}
    common = is_common(scales, weights, left, (-128, 127))
    one = {"batches": 1, "input_width": rows, "output_width": rows, "common": common}
    return Step(
        kernel="conv2d",
        layer="",
        fields=as_convolution(depth, units) | zeros | limits | one,
        tensors={"input": left, "output": target},
        writes=("output",),
        constants={"weights": weights, "rescaling": scales},
        scratch=weights.shape[1] * 8,
        macs=rows * units * depth,
    )


def _matrix(tensor: Tensor, swapped: bool) -> tuple[tuple[int, int], tuple[int, int]]:
    """(count, step) along the results and along the sum, which is the last axis unless swapped."""
    height, width = tensor.shape[-2:]
    axes = (height, width), (width, 1)
    return (axes[1], (height, width)) if swapped else ((height, width), axes[1])


def _batch_shape(left: Tensor, right: Tensor) -> tuple[int, ...]:
    """The batches' axes, as numpy would broadcast them."""
    try:
        return np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    except ValueError:
        raise NotSupported("its batches have different axes") from None


def _spread(tensor: Tensor, batches: tuple[int, ...]) -> tuple[Tensor, list[Step]]:
    """The operand with one matrix or one for each batch, and the step that repeats it so."""
    own = (1,) * (len(batches) + 2 - len(tensor.shape)) + tensor.shape
    if own[:-2] == batches or int(np.prod(own[:-2])) == 1:
        return tensor, []
    name = f"{tensor.name}, repeated"
    whole = replace(tensor, name=name, shape=(*batches, *own[-2:]), data=None, variable=False)
    sides = zip(own, whole.shape, strides_of(own), strict=True)
    steps = [0 if size < wanted else stride for size, wanted, stride in sides]
    walks = (0, steps), (0, strides_of(whole.shape))
    return whole, [copy(tensor, whole, whole.shape, *walks)]


def _batch_step(tensor: Tensor, batches: int) -> int:
    own = int(np.prod(tensor.shape[:-2]))
    return int(np.prod(tensor.shape[-2:])) if own == batches and batches > 1 else 0
