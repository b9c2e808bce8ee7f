"""Pools against LiteRT's reference kernels, to the bit."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edgesdk_backends.mcu.host import HostRuntime
from edgesdk_backends.mcu.planner import Graph, Operation, Tensor, plan
from tests.backends_mcu.kernels.networks import (
    Spec,
    examples,
    network,
    numbers,
    scale,
    zero,
)
from tests.backends_mcu.oracle import check_model

SAME, VALID = 0, 1


def _sides(chance: np.random.Generator, most: int) -> tuple[int, int]:
    height, width = chance.integers(1, most, 2, endpoint=True)
    return int(height), int(width)


@pytest.mark.parametrize("kind", ["AVERAGE_POOL_2D", "MAX_POOL_2D"])
def test_pools(kind: str) -> None:
    for chance in examples(40):
        window, stride = _sides(chance, 5), _sides(chance, 4)
        padding = int(chance.choice([SAME, VALID]))
        size = tuple(side + int(chance.integers(0, 8)) for side in window)
        if padding == SAME:
            out = tuple(-(-side // step) for side, step in zip(size, stride, strict=True))
        else:
            places = zip(size, window, stride, strict=True)
            out = tuple((side - w) // step + 1 for side, w, step in places)
        batches, channels = (int(n) for n in chance.integers(1, 4, 2))
        scheme = scale(chance), zero(chance)
        source = Spec((batches, *size, channels), "int8", *scheme)
        target = Spec((batches, *out, channels), "int8", *scheme)
        fields = {
            "padding": padding,
            "strideH": stride[0],
            "strideW": stride[1],
            "filterHeight": window[0],
            "filterWidth": window[1],
            "fusedActivationFunction": int(chance.integers(0, 4)),
        }
        content = network(kind, [source], [target], ("Pool2DOptions", fields), version=2)
        check_model(content, [numbers(chance, source)])


@pytest.mark.parametrize("kind", ["AVERAGE_POOL_2D", "MAX_POOL_2D"])
def test_pools_with_margins_of_any_size(kind: str) -> None:
    """What ONNX models have: TFLite knows no such padding, so numpy says what is right."""
    for chance in examples(20):
        window, stride = _sides(chance, 3), _sides(chance, 3)
        top, left = (int(chance.integers(0, side)) for side in window)
        bottom, right = (int(chance.integers(0, side)) for side in window)
        size = tuple(side + int(chance.integers(0, 6)) for side in window)
        rows = (size[0] + top + bottom - window[0]) // stride[0] + 1
        columns = (size[1] + left + right - window[1]) // stride[1] + 1
        source = Tensor("x", (1, *size, 5), "int8", (0.5,), (3,))
        target = Tensor("y", (1, rows, columns, 5), "int8", (0.5,), (3,))
        options = {
            "padding": "EXPLICIT",
            "explicit_padding": (top, bottom, left, right),
            "stride_h": stride[0],
            "stride_w": stride[1],
            "filter_height": window[0],
            "filter_width": window[1],
            "fused_activation_function": "NONE",
        }
        graph = Graph((source,), (target,), (Operation(kind, (source,), (target,), options),))
        given = chance.integers(-128, 128, source.shape).astype(np.int8)
        [ours] = HostRuntime(plan(graph).content).run([given])
        for row in range(rows):
            for column in range(columns):
                y, x = row * stride[0] - top, column * stride[1] - left
                seen = given[0, max(y, 0) : y + window[0], max(x, 0) : x + window[1]]
                flat = seen.reshape(-1, 5).astype(np.float64)
                wanted = flat.max(0) if kind == "MAX_POOL_2D" else _rounded(flat.mean(0))
                assert np.array_equal(ours[0, row, column], wanted)


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Halves away from zero."""
    result: NDArray[np.float64] = np.sign(values) * np.floor(np.abs(values) + 0.5)
    return result


def test_windows_too_large_for_sums_of_16_bits() -> None:
    chance = np.random.default_rng(1)
    source = Spec((1, 17, 16, 9), "int8", 0.5, 3)
    target = Spec((1, 1, 1, 9), "int8", 0.5, 3)
    fields = {"padding": VALID, "strideH": 1, "strideW": 1, "filterHeight": 17, "filterWidth": 16}
    options = ("Pool2DOptions", fields)
    content = network("AVERAGE_POOL_2D", [source], [target], options, version=2)
    for low in (-128, 0, 120):
        check_model(content, [chance.integers(low, 128, source.shape).astype(np.int8)])
