"""Lowering of CONV_2D."""

from __future__ import annotations

from ..graph import Operation
from ..step import Step, lowers
from .operands import given, is_shape, is_type, need, only_output
from .quantised import activation_limits, zero_of
from .weights import bias_of, is_common, padded_rows, rescaling, weights_of
from .windows import windows_of


@lowers("CONV_2D")
def conv_2d(operation: Operation) -> Step:
    """Weights OHWI, per tensor or per output channel."""
    source, filters, target = given(operation, 0), given(operation, 1), only_output(operation)
    is_type(source, "int8")
    is_type(target, "int8")
    need(len(source.shape) == 4, f"its input has {len(source.shape)} axes, not 4")
    weights = weights_of(filters)
    need(weights.ndim == 4, f"its weights have {weights.ndim} axes, not 4")
    channels = source.shape[3]
    outputs, kernel_height, kernel_width, depth = weights.shape
    need(depth == channels, f"it is grouped: {channels} channels, {depth} for each output")
    windows = windows_of(operation, source, (kernel_height, kernel_width))
    is_shape(target, (source.shape[0], windows.rows.count, windows.columns.count, outputs))
    low, high = activation_limits(target, operation.options["fused_activation_function"])
    flat = weights.reshape(outputs, -1)
    packed = padded_rows(flat, 8)
    bias = bias_of(operation, 2, outputs)
    scales = rescaling(source, filters, target, bias, flat, axis=0)
    return Step(
        kernel="conv2d",
        layer="",
        fields={
            **windows.fields(source),
            "output_channels": outputs,
            "input_zero": zero_of(source),
            "output_zero": zero_of(target),
            "low": low,
            "high": high,
            "round_once": 0,
            "common": is_common(scales, flat, source, (low, high)),
        },
        tensors={"input": source, "output": target},
        writes=("output",),
        constants={
            "weights": packed,
            "rescaling": scales,
        },
        scratch=packed.shape[1] * 8,
        macs=source.shape[0] * windows.rows.count * windows.columns.count * flat.size,
    )
