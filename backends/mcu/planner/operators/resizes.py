"""Lowerings of RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR."""

from __future__ import annotations

import numpy as np

from ..graph import Array, Operation, Tensor
from ..step import Step, lowers
from .operands import given, is_shape, is_type, known_numbers, need, only_output
from .quantised import same_quantisation
from .slices import moves

_PLACES = 65536  # along a side, which the table of the nearest has 16 bits for


def _sides(operation: Operation) -> tuple[Tensor, Tensor, dict[str, int]]:
    source, target = given(operation, 0), only_output(operation)
    need(len(source.shape) == 4, f"its input has {len(source.shape)} axes, not 4")
    height, width = known_numbers(operation, 1, "sizes")
    is_shape(target, (source.shape[0], height, width, source.shape[3]))
    fields = {
        "batches": source.shape[0],
        "input_height": source.shape[1],
        "input_width": source.shape[2],
        "output_height": height,
        "output_width": width,
    }
    return source, target, fields


@lowers("RESIZE_NEAREST_NEIGHBOR")
def resize_nearest(operation: Operation) -> Step:
    """The nearest pixel."""
    source, target, fields = _sides(operation)
    moves(source, target)
    need(max(source.shape[1:3]) <= _PLACES, f"a side of its input is longer than {_PLACES}")
    return Step(
        kernel="resize_nearest",
        layer="",
        fields={**fields, "run": source.shape[3] * np.dtype(source.dtype).itemsize},
        tensors={"input": source, "output": target},
        writes=("output",),
        constants={
            "rows": _nearest(operation, fields["input_height"], fields["output_height"]),
            "columns": _nearest(operation, fields["input_width"], fields["output_width"]),
        },
    )


def _nearest(operation: Operation, size: int, wanted: int) -> Array:
    """The input's place for each of the output's; computed in float32, as the reference does."""
    corners = bool(operation.options["align_corners"])
    half = bool(operation.options["half_pixel_centers"])
    aligned = corners and wanted > 1
    scale = np.float32(size - 1 if aligned else size) / np.float32(
        wanted - 1 if aligned else wanted
    )
    at = (np.arange(wanted).astype(np.float32) + np.float32(0.5 if half else 0)) * scale
    places = np.floor(at + np.float32(0.5)) if corners else np.floor(at)
    nearest: Array = np.clip(places, 0, size - 1).astype(np.uint16)
    return nearest


@lowers("RESIZE_BILINEAR")
def resize_bilinear(operation: Operation) -> Step:
    """Between the four nearest pixels."""
    source, target, fields = _sides(operation)
    is_type(source, "int8")
    is_type(target, "int8")
    same_quantisation(source, target)
    return Step(
        kernel="resize_bilinear",
        layer="",
        fields={
            **fields,
            "channels": source.shape[3],
            "height_scale": _scale(operation, source.shape[1], target.shape[1]),
            "width_scale": _scale(operation, source.shape[2], target.shape[2]),
            "half_pixels": int(operation.options["half_pixel_centers"]),
        },
        tensors={"input": source, "output": target},
        writes=("output",),
    )


def _scale(operation: Operation, size: int, wanted: int) -> int:
    if operation.options["align_corners"] and wanted > 1:
        size, wanted = size - 1, wanted - 1
    return (1024 * size + wanted // 2) // wanted
