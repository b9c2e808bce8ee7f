"""Lowerings of MEAN, SUM, REDUCE_MAX and REDUCE_MIN."""

from __future__ import annotations

import numpy as np

from ..graph import Operation, Tensor
from ..step import NotSupported, Step, lowers
from .operands import axis_of, given, is_shape, is_type, known_numbers, need, only_output
from .quantised import multiplier_of, same_quantisation, scale_of, zero_of
from .walks import padded, split_axes

_KINDS = {"MEAN": 0, "SUM": 0, "REDUCE_MAX": 1, "REDUCE_MIN": 2}
_AXES = 3


@lowers(*_KINDS)
def reduce(operation: Operation) -> Step:
    """One number for each place of the axes that are kept."""
    source, target = given(operation, 0), only_output(operation)
    is_type(source, "int8", "int16")
    is_type(target, source.dtype)
    rank = len(source.shape)
    axes = {axis_of(axis, rank) for axis in known_numbers(operation, 1, "axes")}
    is_shape(target, _reduced_shape(source.shape, axes, bool(operation.options["keep_dims"])))
    count = source.elements // target.elements
    kept, reduced = (padded(part, _AXES, 1) for part in split_axes(source.shape, axes))
    if operation.kind in {"MEAN", "SUM"}:
        scaling = _scaling(operation.kind, source, target, count)
    else:
        same_quantisation(source, target)
        scaling = {"zeros": 0, "multiplier": 0, "shift": 0, "output_zero": 0}
    return Step(
        kernel="reduce",
        layer="",
        fields={
            "size": np.dtype(source.dtype).itemsize,
            "kind": _KINDS[operation.kind],
            "kept": [size for size, _ in kept],
            "kept_strides": [strides[0] for _, strides in kept],
            "reduced": [size for size, _ in reduced],
            "reduced_strides": [strides[0] for _, strides in reduced],
            **scaling,
        },
        tensors={"input": source, "output": target},
        writes=("output",),
    )


def _reduced_shape(shape: tuple[int, ...], axes: set[int], keep: bool) -> tuple[int, ...]:
    kept = ((1 if i in axes else size) for i, size in enumerate(shape) if keep or i not in axes)
    return tuple(kept)


def _scaling(kind: str, source: Tensor, target: Tensor, count: int) -> dict[str, int]:
    """From a sum of stored numbers to the output's."""
    multiplier, shift = multiplier_of(np.float64(scale_of(source)) / np.float64(scale_of(target)))
    if kind == "MEAN":
        bits = min(count.bit_length() - 1, 32, 31 + shift)
        multiplier, shift = (multiplier << bits) // count, shift - bits
    need(shift >= -31, "its scales are too far apart")
    zeros = zero_of(source) * count
    if abs(zeros) >= 2**31:
        raise NotSupported(f"it reduces {count} numbers")
    return {
        "zeros": zeros,
        "multiplier": multiplier,
        "shift": shift,
        "output_zero": zero_of(target),
    }
