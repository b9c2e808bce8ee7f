"""Lowerings of GATHER, ARG_MAX and ARG_MIN."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..graph import Operation, Tensor
from ..step import Step, lowers
from .operands import (
    axis_of,
    given,
    is_shape,
    is_type,
    known_numbers,
    need,
    only_output,
)
from .slices import moves


@lowers("GATHER")
def gather(operation: Operation) -> Step:
    """The numbers at chosen places of an axis."""
    source, indices, target = given(operation, 0), _indices(operation), only_output(operation)
    moves(source, target)
    axis = axis_of(int(operation.options["axis"]), len(source.shape))
    shared = int(operation.options.get("batch_dims", 0))
    need(0 <= shared <= axis, f"it has {shared} axes of batches")
    need(source.shape[:shared] == indices.shape[:shared], "its batches differ")
    chosen = indices.shape[shared:]
    is_shape(target, (*source.shape[:axis], *chosen, *source.shape[axis + 1 :]))
    inner = int(np.prod(source.shape[axis + 1 :], dtype=np.int64))
    if source.data is not None and not source.variable and axis == 0:
        return _embedding(source, indices, target)
    return Step(
        kernel="gather",
        layer="",
        fields={
            "batches": int(np.prod(source.shape[:shared], dtype=np.int64)),
            "outer": int(np.prod(source.shape[shared:axis], dtype=np.int64)),
            "axis": source.shape[axis],
            "count": int(np.prod(chosen, dtype=np.int64)),
            "run": inner * np.dtype(source.dtype).itemsize,
        },
        tensors={"input": source, "indices": indices, "output": target},
        writes=("output",),
    )


def _embedding(table: Tensor, indices: Tensor, target: Tensor) -> Step:
    """Rows of a table that stays where it is, in the constants."""
    assert table.data is not None
    return Step(
        kernel="embed",
        layer="",
        fields={
            "rows": table.shape[0],
            "count": indices.elements,
            "run": table.bytes // table.shape[0],
        },
        tensors={"indices": indices, "output": target},
        writes=("output",),
        constants={"table": table.data},
    )


def _indices(operation: Operation) -> Tensor:
    """As int32, which constants of other types become."""
    indices = given(operation, 1)
    if indices.data is not None and not indices.variable:
        is_type(indices, "int16", "int32", "int64")
        return replace(indices, dtype="int32", data=indices.data.astype(np.int32))
    is_type(indices, "int32")
    return indices


@lowers("ARG_MAX", "ARG_MIN")
def argmax(operation: Operation) -> Step:
    """The place of the largest or smallest number along an axis."""
    source, target = given(operation, 0), only_output(operation)
    is_type(source, "int8")
    is_type(target, "int32", "int64")
    (number,) = known_numbers(operation, 1, "axis")
    axis = axis_of(number, len(source.shape))
    is_shape(target, (*source.shape[:axis], *source.shape[axis + 1 :]))
    return Step(
        kernel="argmax",
        layer="",
        fields={
            "size": np.dtype(target.dtype).itemsize,
            "largest": int(operation.kind == "ARG_MAX"),
            "outer": int(np.prod(source.shape[:axis], dtype=np.int64)),
            "axis": source.shape[axis],
            "inner": int(np.prod(source.shape[axis + 1 :], dtype=np.int64)),
        },
        tensors={"input": source, "output": target},
        writes=("output",),
    )
