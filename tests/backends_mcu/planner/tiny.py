"""Tiny networks of every kind of layer, as the planner's graphs: seeds for the fuzzers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np

from edgesdk.errors import ModelRefused
from edgesdk_backends.mcu.planner import plan
from edgesdk_backends.mcu.planner.graph import Graph, Operation, Tensor

_RANDOM = np.random.default_rng(11)


def _image(*shape: int, dtype: str = "int8", scale: float = 0.05, zero: int = 3) -> Tensor:
    quantised = ((scale,), (zero,)) if dtype.startswith(("int8", "int16", "uint8")) else ((), ())
    return Tensor("t", shape, dtype, *quantised)


def _constant(values: Any, dtype: str = "int32") -> Tensor:
    data = np.asarray(values, dtype)
    return Tensor("c", data.shape, dtype, data=data)


def _weights(*shape: int, axis: int = 0) -> tuple[Tensor, Tensor]:
    scale = tuple(np.linspace(0.01, 0.02, shape[axis]).tolist())
    zeros = (0,) * len(scale)
    data = _RANDOM.integers(-127, 128, shape).astype(np.int8)
    sums = _RANDOM.integers(-500, 500, len(scale)).astype(np.int32)
    products = tuple(0.05 * s for s in scale)
    bias = Tensor("b", sums.shape, "int32", products, zeros, 0, sums)
    return Tensor("w", shape, "int8", scale, zeros, axis, data), bias


_WINDOW = {
    "padding": "SAME",
    "stride_h": 1,
    "stride_w": 2,
    "dilation_h_factor": 1,
    "dilation_w_factor": 1,
    "fused_activation_function": "RELU",
}
_POOL = {
    "padding": "VALID",
    "stride_h": 2,
    "stride_w": 2,
    "filter_height": 2,
    "filter_width": 2,
    "fused_activation_function": "NONE",
}
_BINARY = {"fused_activation_function": "NONE", "pot_scale_int16": False}
_MASKS = dict.fromkeys(
    "begin_mask end_mask ellipsis_mask new_axis_mask shrink_axis_mask".split(), 0
)


def _operations() -> Iterator[Operation]:
    x = _image(1, 5, 6, 4)
    pooled = _image(1, 2, 3, 4)
    one_by_one = {**_WINDOW, "stride_w": 1}
    dense = {"fused_activation_function": "NONE", "keep_num_dims": False}
    yield Operation("CONV_2D", (x, *_weights(8, 3, 3, 4)), (_image(1, 5, 3, 8),), _WINDOW)
    yield Operation("CONV_2D", (x, *_weights(8, 1, 1, 4)), (_image(1, 5, 6, 8),), one_by_one)
    yield Operation(
        "DEPTHWISE_CONV_2D",
        (x, *_weights(1, 3, 3, 4, axis=3)),
        (_image(1, 5, 3, 4),),
        {**_WINDOW, "depth_multiplier": 1},
    )
    yield Operation(
        "DEPTHWISE_CONV_2D",
        (x, *_weights(1, 2, 3, 8, axis=3)),
        (_image(1, 5, 3, 8),),
        {**_WINDOW, "depth_multiplier": 2},
    )
    yield Operation(
        "TRANSPOSE_CONV",
        (_constant([1, 10, 12, 3]), _weights(3, 2, 2, 4)[0], x, None),
        (_image(1, 10, 12, 3),),
        {"padding": "VALID", "stride_h": 2, "stride_w": 2, "fused_activation_function": "NONE"},
    )
    yield Operation("FULLY_CONNECTED", (_image(1, 20), *_weights(6, 20)), (_image(1, 6),), dense)
    yield Operation(
        "BATCH_MATMUL",
        (_image(2, 3, 8), _image(2, 8, 5)),
        (_image(2, 3, 5),),
        {"adj_x": False, "adj_y": False},
    )
    for kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
        yield Operation(kind, (x,), (pooled,), _POOL)
    axes = _constant([1, 2])
    for kind in ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN"):
        yield Operation(kind, (x, axes), (_image(1, 4),), {"keep_dims": False})
    for kind in ("ADD", "SUB", "MUL", "SQUARED_DIFFERENCE", "MINIMUM", "MAXIMUM"):
        yield Operation(kind, (x, x), (_image(1, 5, 6, 4),), _BINARY)
        yield Operation(kind, (x, _image(4)), (_image(1, 5, 6, 4),), _BINARY)
    for kind in "RELU RELU6 LOGISTIC TANH HARD_SWISH ABS NEG ELU".split():
        scale, zero = {"LOGISTIC": (1 / 256, -128), "TANH": (1 / 128, 0)}.get(kind, (0.05, 3))
        yield Operation(kind, (x,), (_image(1, 5, 6, 4, scale=scale, zero=zero),))
    rows = _image(3, 10, scale=1 / 256, zero=-128)
    yield Operation("SOFTMAX", (_image(3, 10),), (rows,), {"beta": 1.0})
    yield Operation(
        "CONCATENATION",
        (x, x),
        (_image(1, 5, 6, 8),),
        {"axis": 3, "fused_activation_function": "NONE"},
    )
    yield Operation("PAD", (x, _constant([[0, 0], [1, 0], [0, 2], [0, 0]])), (_image(1, 6, 8, 4),))
    yield Operation("TRANSPOSE", (x, _constant([0, 3, 1, 2])), (_image(1, 4, 5, 6),))
    yield Operation(
        "STRIDED_SLICE",
        (x, _constant([0, 1, 0, 0]), _constant([1, 5, 6, 4]), _constant([1, 2, 2, 1])),
        (_image(1, 2, 3, 4),),
        {**_MASKS, "offset": False},
    )
    yield Operation(
        "GATHER", (x, _constant([3, 0])), (_image(1, 2, 6, 4),), {"axis": 1, "batch_dims": 0}
    )
    yield Operation("QUANTIZE", (_image(20, dtype="float32"),), (_image(20),))
    yield Operation("QUANTIZE", (_image(20),), (_image(20, scale=0.07),))
    yield Operation("DEQUANTIZE", (_image(20),), (_image(20, dtype="float32"),))
    yield Operation(
        "RESIZE_NEAREST_NEIGHBOR",
        (x, _constant([10, 12])),
        (_image(1, 10, 12, 4),),
        {"align_corners": False, "half_pixel_centers": False},
    )


def _movements() -> Iterator[Operation]:
    x = _image(1, 4, 6, 4)
    bytes_ = np.arange(-128, 128)
    rows = _constant(np.linspace(-1, 2, 4), "float32")
    normalised, small = (_image(1, 4, 6, 4),), {"epsilon": 1e-5}
    yield Operation("LAYER_NORMALIZATION", (x, rows, rows), normalised, small)
    yield Operation("LOG_SOFTMAX", (x,), (_image(1, 4, 6, 4, scale=16 / 256, zero=127),))
    yield Operation("LOOKUP", (x, _constant(bytes_, "int8")), (_image(1, 4, 6, 4),))
    yield Operation("PRELU", (x, _weights(1, 1, 4, axis=2)[0]), (_image(1, 4, 6, 4),))
    yield Operation("ARG_MAX", (x, _constant(3)), (_image(1, 4, 6, dtype="int32"),))
    places, lines = _image(2, 3, dtype="int32"), _weights(9, 4)[0]
    table = replace(lines, scale=(0.05,), zero_point=(3,), axis=0)
    yield Operation("GATHER", (table, places), (_image(2, 3, 4),), {"axis": 0, "batch_dims": 0})
    yield Operation("TILE", (x, _constant([1, 2, 1, 1])), (_image(1, 8, 6, 4),))
    yield Operation("REVERSE_V2", (x, _constant([2])), (_image(1, 4, 6, 4),))
    begin, size = _constant([0, 1, 2, 0]), _constant([1, 2, 3, 4])
    yield Operation("SLICE", (x, begin, size), (_image(1, 2, 3, 4),))
    halves = (_image(1, 4, 3, 4), _image(1, 4, 3, 4))
    yield Operation("SPLIT", (_constant(2), x), halves, {"num_splits": 2})
    yield Operation("PACK", (x, x), (_image(2, 1, 4, 6, 4),), {"axis": 0, "values_count": 2})
    yield Operation("SPACE_TO_DEPTH", (x,), (_image(1, 2, 3, 16),), {"block_size": 2})
    yield Operation("DEPTH_TO_SPACE", (x,), (_image(1, 8, 12, 1),), {"block_size": 2})
    pads = _constant([[0, 0], [1, 1], [2, 0], [0, 0]])
    yield Operation("MIRROR_PAD", (x, pads), (_image(1, 6, 8, 4),), {"mode": "REFLECT"})
    corners = {"align_corners": False, "half_pixel_centers": True}
    yield Operation("RESIZE_BILINEAR", (x, _constant([7, 9])), (_image(1, 7, 9, 4),), corners)
    wide = _image(1, 20, dtype="int16", scale=0.001, zero=0)
    yield Operation("QUANTIZE", (wide,), (_image(1, 20),))
    for kind in ("LOGISTIC", "TANH"):
        unit = _image(1, 20, dtype="int16", scale=1 / 32768, zero=0)
        yield Operation(kind, (wide,), (unit,))
    same = _image(1, 20, dtype="int16", scale=0.002, zero=0)
    yield Operation("ADD", (wide, wide), (same,), _BINARY)
    yield Operation("MUL", (wide, wide), (same,), _BINARY)
    one = _image(1, 1, dtype="int16", scale=0.001, zero=0)
    yield Operation("MEAN", (wide, _constant([1])), (one,), {"keep_dims": True})


def plans() -> dict[str, bytes]:
    """A plan for each layer that there is a kernel for, and a chain of the first of them."""
    made: dict[str, bytes] = {}
    for number, operation in enumerate(chain(_operations(), _movements())):
        inputs = tuple(dict.fromkeys(t for t in operation.inputs if t and t.data is None))
        try:
            content = plan(Graph(inputs, operation.outputs, (operation,))).content
        except ModelRefused:
            continue
        made[f"{number:02d}-{operation.kind.lower()}"] = content
    return made
