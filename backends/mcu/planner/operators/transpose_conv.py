"""Lowering of TRANSPOSE_CONV."""

from __future__ import annotations

from ..graph import Operation
from ..step import NotSupported, Step, lowers
from .operands import given, is_type, need, only_output
from .quantised import activation_limits, zero_of
from .weights import bias_of, rescaling, weights_of


@lowers("TRANSPOSE_CONV")
def transpose_conv(operation: Operation) -> Step:
    """Inputs: output shape, weights OHWI, activations, maybe a bias."""
    filters, source, target = given(operation, 1), given(operation, 2), only_output(operation)
    options = operation.options
    is_type(source, "int8")
    is_type(target, "int8")
    need(len(source.shape) == len(target.shape) == 4, "its tensors do not have 4 axes")
    weights = weights_of(filters)
    need(weights.ndim == 4, f"its weights have {weights.ndim} axes, not 4")
    batches, height, width, channels = source.shape
    outputs, kernel_height, kernel_width, depth = weights.shape
    need(depth == channels and target.shape[3] == outputs, "its channels do not match")
    strides = int(options["stride_h"]), int(options["stride_w"])
    low, high = activation_limits(target, options.get("fused_activation_function", "NONE"))
    flat = weights.reshape(outputs, -1)
    bias = bias_of(operation, 3, outputs)
    return Step(
        kernel="transpose_conv",
        layer="",
        fields={
            "batches": batches,
            "input_height": height,
            "input_width": width,
            "channels": channels,
            "output_height": target.shape[1],
            "output_width": target.shape[2],
            "output_channels": outputs,
            "kernel_height": kernel_height,
            "kernel_width": kernel_width,
            "stride_height": strides[0],
            "stride_width": strides[1],
            "pad_top": _pad(operation, 0, kernel_height),
            "pad_left": _pad(operation, 1, kernel_width),
            "input_zero": zero_of(source),
            "output_zero": zero_of(target),
            "low": low,
            "high": high,
        },
        tensors={"input": source, "output": target},
        writes=("output",),
        constants={
            "weights": flat,
            "rescaling": rescaling(source, filters, target, bias, flat, axis=0),
        },
        macs=batches * height * width * flat.size,
    )


def _pad(operation: Operation, axis: int, kernel: int) -> int:
    """What the outputs lack at their first border; the convolution that this one undoes has it."""
    padding, names = operation.options["padding"], ("stride_h", "stride_w")
    output, size = (t.shape[1 + axis] for t in (operation.outputs[0], given(operation, 2)))
    stride = int(operation.options[names[axis]])
    if padding == "VALID":
        return 0
    if padding == "EXPLICIT":
        return int(operation.options["explicit_padding"][2 * axis])
    if padding != "SAME":
        raise NotSupported(f"it has the padding {padding}")
    need(-(-output // stride) == size, f"{output} outputs do not come from {size} inputs")
    return int(max((size - 1) * stride + kernel - output, 0) // 2)
