"""What the kernels' checks keep out: places beyond 32 bits, and work that no arena bounds."""

from __future__ import annotations

from typing import Any

import pytest

from edgesdk.native import ffi, lib

LARGEST = lib.EDGE_LARGEST_SIDE
SPACE = 1 << 20

POOL = dict.fromkeys(
    "batches input_height input_width channels output_height output_width window_height "
    "window_width stride_height stride_width".split(),
    1,
) | {"output": 64}
CONVOLUTION = dict.fromkeys(
    "batches input_height input_width channels output_height output_width output_channels "
    "kernel_height kernel_width stride_height stride_width dilation_height dilation_width".split(),
    1,
)
TRANSPOSED = {name: n for name, n in CONVOLUTION.items() if "dilation" not in name}
DEPTHWISE = {name: n for name, n in CONVOLUTION.items() if name != "output_channels"} | {
    "multiplier": 1
}
MATRICES = dict.fromkeys("batches rows columns depth".split(), 4) | dict.fromkeys(
    "left_batch left_row left_depth right_batch right_column right_depth".split(), 1
)
LSTM = {"batches": 2, "times": 3, "inputs": 4, "cells": 5}
EMBED = {"rows": 5, "count": 3, "run": 4}
RESIZE = dict.fromkeys(
    "batches input_height input_width output_height output_width channels".split(), 1
)
RECORDS: dict[str, dict[str, int]] = {
    "pool": POOL,
    "conv2d": CONVOLUTION,
    "transpose_conv": TRANSPOSED,
    "depthwise": DEPTHWISE,
    "batch_matmul": MATRICES,
    "lstm": LSTM,
    "embed": EMBED,
    "resize_bilinear": RESIZE,
}


def taken(kernel: str, fields: dict[str, int]) -> Any:
    record = ffi.new(f"struct edge_{kernel} *", RECORDS[kernel] | fields)
    limits = ffi.new("struct edge_limits *", {"arena": SPACE, "constants": SPACE})
    return getattr(lib, f"edge_{kernel}_check")(record, limits)


SOUND = {"input_width": LARGEST, "output_width": LARGEST // 16, "stride_width": 16}


@pytest.mark.parametrize("kernel", RECORDS)
def test_small_records_are_taken(kernel: str) -> None:
    assert taken(kernel, {})


@pytest.mark.parametrize(
    ("kernel", "fields"),
    [
        ("pool", SOUND),
        ("conv2d", SOUND),
        ("depthwise", SOUND),
        ("transpose_conv", {"input_width": LARGEST // 16, "output_width": LARGEST}),
        ("resize_bilinear", {"input_width": LARGEST, "output_width": 9, "width_scale": LARGEST}),
    ],
)
def test_sides_of_sound_are_taken(kernel: str, fields: dict[str, int]) -> None:
    assert taken(kernel, fields)


@pytest.mark.parametrize(
    ("kernel", "fields"),
    [
        ("pool", {"input_width": LARGEST + 1}),
        ("conv2d", {"input_width": LARGEST + 1}),
        ("transpose_conv", {"output_width": LARGEST + 1}),
        ("depthwise", {"dilation_width": LARGEST + 1}),
        ("resize_bilinear", {"output_width": LARGEST + 1}),
        # The last window begins beyond 31 bits, and would wrap to before the first.
        ("pool", {"output_width": 4096, "stride_width": LARGEST}),
        ("conv2d", {"output_width": 4096, "stride_width": LARGEST}),
        ("depthwise", {"kernel_width": 4096, "dilation_width": LARGEST}),
        ("pool", {"window_width": 1 << 12, "window_height": (1 << 11) + 1}),
        ("batch_matmul", {"left_depth": 0}),
        ("batch_matmul", {"right_depth": 0}),
        ("lstm", {"inputs": 0}),
        ("lstm", {"cells": 0}),
        ("lstm", {"times": 0}),
        ("lstm", {"batches": 0}),
        ("embed", {"rows": 0}),
        ("embed", {"run": 0}),
        ("embed", {"rows": SPACE}),
        ("embed", {"count": SPACE}),
        ("embed", {"rows": 2**31, "run": 2**31}),
        ("embed", {"indices": 2}),
    ],
)
def test_what_could_go_wrong_is_refused(kernel: str, fields: dict[str, int]) -> None:
    assert not taken(kernel, fields)
