"""Lowering of DEPTHWISE_CONV_2D."""

from __future__ import annotations

import numpy as np

from ..graph import Array, Operation
from ..step import Step, lowers
from .operands import given, is_shape, is_type, need, only_output
from .quantised import activation_limits, zero_of
from .weights import bias_of, is_common, rescaling, weights_of
from .windows import placed


@lowers("DEPTHWISE_CONV_2D")
def depthwise_conv_2d(operation: Operation) -> Step:
    """Weights 1HWC, per tensor or per output channel; any depth multiplier."""
    source, filters, target = given(operation, 0), given(operation, 1), only_output(operation)
    options = operation.options
    is_type(source, "int8")
    is_type(target, "int8")
    need(len(source.shape) == 4, f"its input has {len(source.shape)} axes, not 4")
    weights = weights_of(filters)
    need(weights.ndim == 4 and weights.shape[0] == 1, "its weights are not of shape 1HWC")
    batches, height, width, channels = source.shape
    _, kernel_height, kernel_width, outputs = weights.shape
    need(outputs % channels == 0, f"{outputs} output channels for {channels} channels")
    dilation = int(options["dilation_h_factor"]), int(options["dilation_w_factor"])
    reach = (kernel_height - 1) * dilation[0] + 1, (kernel_width - 1) * dilation[1] + 1
    rows = placed(operation, 0, height, reach[0], int(options["stride_h"]))
    columns = placed(operation, 1, width, reach[1], int(options["stride_w"]))
    is_shape(target, (batches, rows.count, columns.count, outputs))
    low, high = activation_limits(target, options["fused_activation_function"])
    taps = weights.reshape(-1, outputs)
    bias = bias_of(operation, 2, outputs)
    scales = rescaling(source, filters, target, bias, taps.T, axis=3)
    return Step(
        kernel="depthwise",
        layer="",
        fields={
            "batches": batches,
            "input_height": height,
            "input_width": width,
            "channels": channels,
            "multiplier": outputs // channels,
            "output_height": rows.count,
            "output_width": columns.count,
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
            "common": is_common(scales, taps.T, source, (low, high)),
        },
        tensors={"input": source, "output": target},
        writes=("output",),
        constants={
            "weights": _paired(taps),
            "rescaling": scales,
        },
        macs=batches * rows.count * columns.count * taps.size,
    )


def _paired(taps: Array) -> Array:
    """int16[channels / 4][taps][4], every four channels as (0, 2, 1, 3)."""
    rest = -taps.shape[1] % 4
    wide = np.pad(taps.astype(np.int16), ((0, 0), (0, rest)))
    fours = wide.reshape(len(taps), -1, 4)[:, :, [0, 2, 1, 3]]
    return np.ascontiguousarray(fours.transpose(1, 0, 2))
