"""Lowering of FULLY_CONNECTED."""

from __future__ import annotations

import numpy as np

from edgesdk.native import lib

from ..graph import Operation
from ..step import Step, lowers
from .operands import given, is_type, need, only_output
from .quantised import activation_limits, zero_of
from .weights import bias_of, padded_rows, rescaling, weights_of

_MANY = 4  # rows from which on the convolution's kernel, four windows at a time, is faster


@lowers("FULLY_CONNECTED")
def fully_connected(operation: Operation) -> Step:
    """Weights [units, depth], per tensor or per unit; all axes but the last are rows."""
    source, filters, target = given(operation, 0), given(operation, 1), only_output(operation)
    options = operation.options
    is_type(source, "int8")
    is_type(target, "int8")
    need(options.get("weights_format", 0) == 0, "its weights are shuffled")
    weights = weights_of(filters)
    need(weights.ndim == 2, f"its weights have {weights.ndim} axes, not 2")
    units, depth = weights.shape
    need(source.elements % depth == 0, f"{source.elements} inputs are no rows of {depth}")
    rows = source.elements // depth
    need(target.elements == rows * units, f"{target.elements} outputs for {rows} rows of {units}")
    low, high = activation_limits(target, options["fused_activation_function"])
    bias = bias_of(operation, 2, units)
    scales = rescaling(source, filters, target, bias, weights, axis=0, in_float32=True)
    fields = {
        "batches": rows,
        "input_zero": zero_of(source),
        "output_zero": zero_of(target),
        "low": low,
        "high": high,
    }
    many = rows >= _MANY and max(rows, depth, units) <= lib.EDGE_LARGEST_SIDE
    packed = padded_rows(weights, 8 if many else 4)
    return Step(
        kernel="conv2d" if many else "fully_connected",
        layer="",
        fields=fields
        | (as_convolution(depth, units) if many else {"depth": depth, "units": units}),
        tensors={"input": source, "output": target},
        writes=("output",),
        constants={"weights": packed, "rescaling": scales},
        scratch=packed.shape[1] * 8 if many else 0,
        macs=rows * int(np.prod(weights.shape)),
    )


def as_convolution(depth: int, units: int) -> dict[str, int]:
    """Fields of a convolution whose windows are one pixel, on each row of numbers."""
    ones = (
        "input_height input_width output_height output_width kernel_height kernel_width "
        "stride_height stride_width dilation_height dilation_width"
    )
    return dict.fromkeys(ones.split(), 1) | {
        "channels": depth,
        "round_once": 1,
        "common": 0,
        "output_channels": units,
        "pad_top": 0,
        "pad_left": 0,
    }
