"""Lowering of BATCH_MATMUL."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..graph import Operation, Tensor
from ..step import Step, lowers
from .operands import given, is_shape, is_type, need, only_output
from .quantised import multiplier_of, scale_of, zero_of


@lowers("BATCH_MATMUL")
def batch_matmul(operation: Operation) -> Step:
    """Either side may be transposed, and the same for all batches."""
    left, right, target = given(operation, 0), given(operation, 1), only_output(operation)
    for tensor in (left, right, target):
        is_type(tensor, "int8")
        need(len(tensor.shape) >= 2, f"tensor {tensor.name[:60]!r} is no matrix")
    rows, depth = _matrix(left, bool(operation.options.get("adj_x")))
    columns, other = _matrix(right, not operation.options.get("adj_y"))
    need(depth[0] == other[0], f"its matrices are {depth[0]} wide and {other[0]} high")
    batches = max(int(np.prod(t.shape[:-2])) for t in (left, right))
    is_shape(target, (*_batch_shape(left, right), rows[0], columns[0]))
    product = float(scale_of(left) * scale_of(right))
    multiplier, shift = multiplier_of(product / float(scale_of(target)))
    return Step(
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


def _matrix(tensor: Tensor, swapped: bool) -> tuple[tuple[int, int], tuple[int, int]]:
    """(count, step) along the results and along the sum, which is the last axis unless swapped."""
    height, width = tensor.shape[-2:]
    axes = (height, width), (width, 1)
    return (axes[1], (height, width)) if swapped else ((height, width), axes[1])


def _batch_shape(left: Tensor, right: Tensor) -> Sequence[int]:
    """The batches' axes: those of both, or of one where the other has a single matrix."""
    shapes = left.shape[:-2], right.shape[:-2]
    sizes = [int(np.prod(shape)) for shape in shapes]
    if sizes[0] == sizes[1]:
        need(tuple(shapes[0]) == tuple(shapes[1]), "its batches have different axes")
    else:
        need(1 in sizes, "its batches are repeated along some axes only")
    return shapes[0] if sizes[0] >= sizes[1] else shapes[1]


def _batch_step(tensor: Tensor, batches: int) -> int:
    own = int(np.prod(tensor.shape[:-2]))
    return int(np.prod(tensor.shape[-2:])) if own == batches and batches > 1 else 0
