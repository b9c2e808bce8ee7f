"""Lowering of CONV_2D."""

from __future__ import annotations

from ..graph import Operation
from ..step import Step, lowers
from .operands import given, is_shape, is_type, need, only_output
from .quantised import activation_limits, zero_of
from .weights import bias_of, is_common, padded_rows, rescaling, weights_of
from .windows import placed


@lowers("CONV_2D")
def conv_2d(operation: Operation) -> Step:
    """Weights OHWI, per tensor or per output channel."""
    source, filters, target = given(operation, 0), given(operation, 1), only_output(operation)
    options = operation.options
    is_type(source, "int8")
    is_type(target, "int8")
    need(len(source.shape) == 4, f"its input has {len(source.shape)} axes, not 4")
    weights = weights_of(filters)
    need(weights.ndim == 4, f"its weights have {weights.ndim} axes, not 4")
    batches, height, width, channels = source.shape
    outputs, kernel_height, kernel_width, depth = weights.shape
    need(depth == channels, f"it is grouped: {channels} channels, {depth} for each output")
    dilation = int(options["dilation_h_factor"]), int(options["dilation_w_factor"])
    reach = (kernel_height - 1) * dilation[0] + 1, (kernel_width - 1) * dilation[1] + 1
    rows = placed(operation, 0, height, reach[0], int(options["stride_h"]))
    columns = placed(operation, 1, width, reach[1], int(options["stride_w"]))
    is_shape(target, (batches, rows.count, columns.count, outputs))
    low, high = activation_limits(target, options["fused_activation_function"])
    flat = weights.reshape(outputs, -1)
    packed = padded_rows(flat, 8)
    bias = bias_of(operation, 2, outputs)
    scales = rescaling(source, filters, target, bias, flat, axis=0)
    return Step(
        kernel="conv2d",
        layer="",
        fields={
            "batches": batches,
            "input_height": height,
            "input_width": width,
            "channels": channels,
            "output_height": rows.count,
            "output_width": columns.count,
            "output_channels": outputs,
            "kernel_height": kernel_height,
            "kernel_width": kernel_width,
            "stride_height": rows.stride,
            "stride_width": columns.stride,
            "dilation_height": dilation[0],
            "dilation_width": dilation[1],
            "pad_top": rows.before,
            "pad_left": columns.before,
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
        macs=batches * rows.count * columns.count * flat.size,
    )
