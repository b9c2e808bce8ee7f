"""An explicit PAD before a convolution becomes the convolution's own padding, where that is exact.

A convolution pads with the input's zero point, and so does PAD; then the padded tensor need not
exist. PADV2 with that value is the same. Pools do not count what they pad, so a PAD before one
stays.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .graph import Graph, Operation, Tensor

_CONVOLUTIONS = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D"})

Pads = tuple[int, int, int, int]  # top, bottom, left, right


def fuse_padding(graph: Graph) -> Graph:
    """Let convolutions take over the PAD before them, which is then perhaps read by nobody."""
    made = {operation.outputs[0]: operation for operation in graph.operations if operation.outputs}
    operations = [_fused(operation, made) for operation in graph.operations]
    return replace(graph, operations=tuple(operations))


def same_padding(
    sizes: tuple[int, int], extents: tuple[int, int], strides: tuple[int, int]
) -> Pads:
    """What "SAME" pads, for sizes, dilated kernel extents and strides as (height, width)."""
    pads = []
    for size, extent, stride in zip(sizes, extents, strides, strict=True):
        outputs = -(-size // stride)
        total = max((outputs - 1) * stride + extent - size, 0)
        pads += [total // 2, total - total // 2]
    return pads[0], pads[1], pads[2], pads[3]


def _fused(operation: Operation, made: dict[Tensor, Operation]) -> Operation:
    if operation.kind not in _CONVOLUTIONS or operation.options.get("padding") != "VALID":
        return operation
    padded, weights = operation.inputs[0], operation.inputs[1]
    source = made.get(padded) if padded is not None else None
    pads = _pads(source) if source is not None else None
    if source is None or pads is None or weights is None or source.inputs[0] is None:
        return operation
    options = {**operation.options, "padding": "EXPLICIT", "explicit_padding": pads}
    if pads == _same(operation, source.inputs[0], weights):
        options = {**operation.options, "padding": "SAME"}
    return replace(operation, inputs=(source.inputs[0], *operation.inputs[1:]), options=options)


def _same(operation: Operation, source: Tensor, weights: Tensor) -> Pads | None:
    """What "SAME" would pad the source by, if it then gave as many outputs."""
    options = operation.options
    sizes, kernel = source.shape[1:3], weights.shape[1:3]
    strides = options["stride_h"], options["stride_w"]
    dilations = options["dilation_h_factor"], options["dilation_w_factor"]
    extents = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
    outputs = tuple(-(-size // stride) for size, stride in zip(sizes, strides, strict=True))
    if outputs != operation.outputs[0].shape[1:3]:
        return None
    return same_padding((sizes[0], sizes[1]), (extents[0], extents[1]), strides)


def _pads(operation: Operation) -> Pads | None:
    """How a PAD pads height and width of an image with its zero point, if that is all it does."""
    if operation.kind not in {"PAD", "PADV2"} or len(operation.inputs) < 2:
        return None
    source, amounts = operation.inputs[:2]
    if source is None or amounts is None or amounts.data is None or len(source.shape) != 4:
        return None
    target = operation.outputs[0]
    if (source.dtype, source.scale, source.zero_point) != (
        target.dtype,
        target.scale,
        target.zero_point,
    ):
        return None
    if operation.kind == "PADV2" and not _pads_with_zero(operation.inputs[2], source):
        return None
    table = np.asarray(amounts.data).reshape(-1, 2)
    if len(table) != 4 or table[[0, 3]].any() or (table < 0).any():
        return None
    return int(table[1, 0]), int(table[1, 1]), int(table[2, 0]), int(table[2, 1])


def _pads_with_zero(value: Tensor | None, source: Tensor) -> bool:
    if value is None or value.data is None or not source.zero_point:
        return False
    return bool(np.asarray(value.data).reshape(-1)[0] == source.zero_point[0])
