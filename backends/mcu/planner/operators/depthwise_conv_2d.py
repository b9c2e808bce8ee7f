"""Lowering of DEPTHWISE_CONV_2D."""

from __future__ import annotations

import numpy as np

from ..graph import Array, Operation
from ..step import Step, lowers
from .operands import given, is_shape, is_type, need, only_output
from .quantised import activation_limits, zero_of
from .weights import bias_of, is_common, rescaling, weights_of
from .windows import windows_of


@lowers("DEPTHWISE_CONV_2D")
def depthwise_conv_2d(operation: Operation) -> Step:
    """Weights 1HWC, per tensor or per output channel; any depth multiplier."""
    source, filters, target = given(operation, 0), given(operation, 1), only_output(operation)
    is_type(source, "int8")
    is_type(target, "int8")
    need(len(source.shape) == 4, f"its input has {len(source.shape)} axes, not 4")
    weights = weights_of(filters)
    need(weights.ndim == 4 and weights.shape[0] == 1, "its weights are not of shape 1HWC")
    channels = source.shape[3]
    _, kernel_height, kernel_width, outputs = weights.shape
    need(outputs % channels == 0, f"{outputs} output channels for {channels} channels")
    windows = windows_of(operation, source, (kernel_height, kernel_width))
    is_shape(target, (source.shape[0], windows.rows.count, windows.columns.count, outputs))
    low, high = activation_limits(target, operation.options["fused_activation_function"])
    taps = weights.reshape(-1, outputs)
    bias = bias_of(operation, 2, outputs)
    scales = rescaling(source, filters, target, bias, taps.T, axis=3)
    return Step(
        kernel="depthwise",
        layer="",
        fields={
            **windows.fields(source),
            "multiplier": outputs // channels,
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
        macs=source.shape[0] * windows.rows.count * windows.columns.count * taps.size,
    )


def _paired(taps: Array) -> Array:
    """int16[channels / 4][taps][4], every four channels as (0, 2, 1, 3)."""
    rest = -taps.shape[1] % 4
    wide = np.pad(taps.astype(np.int16), ((0, 0), (0, rest)))
    fours = wide.reshape(len(taps), -1, 4)[:, :, [0, 2, 1, 3]]
    return np.ascontiguousarray(fours.transpose(1, 0, 2))
