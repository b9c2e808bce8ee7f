"""Lowerings of AVERAGE_POOL_2D and MAX_POOL_2D."""

from __future__ import annotations

from ..graph import Operation
from ..step import Step, lowers
from .operands import given, is_shape, is_type, need, only_output
from .quantised import activation_limits, same_quantisation
from .windows import placed


@lowers("AVERAGE_POOL_2D", "MAX_POOL_2D")
def pool(operation: Operation) -> Step:
    """The mean or the largest of each window; what is padded does not count."""
    source, target, options = given(operation, 0), only_output(operation), operation.options
    is_type(source, "int8")
    is_type(target, "int8")
    need(len(source.shape) == 4, f"its input has {len(source.shape)} axes, not 4")
    same_quantisation(source, target)
    batches, height, width, channels = source.shape
    window = int(options["filter_height"]), int(options["filter_width"])
    rows = placed(operation, 0, height, window[0], int(options["stride_h"]))
    columns = placed(operation, 1, width, window[1], int(options["stride_w"]))
    is_shape(target, (batches, rows.count, columns.count, channels))
    low, high = activation_limits(target, options["fused_activation_function"])
    return Step(
        kernel="pool",
        layer="",
        fields={
            "average": int(operation.kind == "AVERAGE_POOL_2D"),
            "batches": batches,
            "input_height": height,
            "input_width": width,
            "channels": channels,
            "output_height": rows.count,
            "output_width": columns.count,
            "window_height": window[0],
            "window_width": window[1],
            "stride_height": rows.stride,
            "stride_width": columns.stride,
            "pad_top": rows.before,
            "pad_left": columns.before,
            "low": low,
            "high": high,
        },
        tensors={"input": source, "output": target},
        writes=("output",),
    )
