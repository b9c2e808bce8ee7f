"""Sizes of sound (44.1 and 48 kHz, one long side) and biases near what 32 bits hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgesdk.errors import ModelRefused
from edgesdk.native import ffi
from edgesdk_backends.mcu.planner import plan
from edgesdk_backends.mcu.planner.plan_file import decode
from edgesdk_backends.mcu.planner.tflite_graph import read_graph
from tests.backends_mcu.kernels.networks import Spec, constant, network, numbers
from tests.backends_mcu.oracle import check_model

WINDOW = {"padding": 1, "strideH": 1, "strideW": 16}
UNDILATED = {"dilationHFactor": 1, "dilationWFactor": 1}


def _sound(length: int, channels: int = 1) -> Spec:
    return Spec((1, 1, length, channels), "int8", 0.02, -128)


def _weights(*shape: int) -> Spec:
    values = np.random.default_rng(3).integers(-127, 128, shape).astype(np.int8)
    return Spec(shape, "int8", 0.01, 0, values)


def _bias(count: int) -> Spec:
    values = np.random.default_rng(4).integers(-500, 500, count).astype(np.int32)
    return Spec((count,), "int32", 0.0002, 0, values)


def _result(*shape: int) -> Spec:
    return Spec(shape, "int8", 0.5, -5)


def _pool(kind: str) -> bytes:
    fields = {**WINDOW, "filterHeight": 1, "filterWidth": 16}
    target = Spec((1, 1, 3000, 1), "int8", 0.02, -128)
    return network(kind, [_sound(48000)], [target], ("Pool2DOptions", fields), 2)


def _convolution() -> bytes:
    inputs = [_sound(44100), _weights(4, 1, 64, 1), _bias(4)]
    options = ("Conv2DOptions", {**WINDOW, **UNDILATED, "padding": 0})
    return network("CONV_2D", inputs, [_result(1, 1, 2757, 4)], options, 3)


def _depthwise() -> bytes:
    fields = {**WINDOW, **UNDILATED, "padding": 0, "strideH": 16, "depthMultiplier": 1}
    inputs = [_sound(44100, 4), _weights(1, 1, 64, 4), _bias(4)]
    options = ("DepthwiseConv2DOptions", fields)
    return network("DEPTHWISE_CONV_2D", inputs, [_result(1, 1, 2757, 4)], options, 3)


def _transposed() -> bytes:
    inputs = [constant([1, 1, 44100, 1]), _weights(1, 1, 8, 2), _sound(11025, 2)]
    options = ("TransposeConvOptions", {"padding": 0, "strideH": 1, "strideW": 4})
    return network("TRANSPOSE_CONV", inputs, [_result(1, 1, 44100, 1)], options, 3)


def _connected(rows: int, depth: int, units: int) -> bytes:
    source = Spec((rows, depth), "int8", 0.02, -128)
    inputs = [source, _weights(units, depth), None]
    options: Any = ("FullyConnectedOptions", {})
    return network("FULLY_CONNECTED", inputs, [_result(rows, units)], options, 5)


def _resized(kind: str, before: int, after: int) -> bytes:
    name = {"RESIZE_BILINEAR": "ResizeBilinear"}.get(kind, "ResizeNearestNeighbor")
    target = Spec((1, 1, after, 1), "int8", 0.02, -128)
    inputs = [_sound(before), constant([1, after])]
    return network(kind, inputs, [target], (f"{name}Options", {}), 2)


NETWORKS = {
    "convolution": (_convolution(), (1, 1, 44100, 1)),
    "depthwise": (_depthwise(), (1, 1, 44100, 4)),
    "transposed": (_transposed(), (1, 1, 11025, 2)),
    "largest": (_pool("MAX_POOL_2D"), (1, 1, 48000, 1)),
    "mean": (_pool("AVERAGE_POOL_2D"), (1, 1, 48000, 1)),
    "deep": (_connected(4, 33000, 2), (4, 33000)),
    "rows": (_connected(33000, 4, 2), (33000, 4)),
    "units": (_connected(4, 4, 40000), (4, 4)),
    "nearest": (_resized("RESIZE_NEAREST_NEIGHBOR", 44100, 88200), (1, 1, 44100, 1)),
    "between": (_resized("RESIZE_BILINEAR", 48000, 16000), (1, 1, 48000, 1)),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_sound(name: str) -> None:
    content, shape = NETWORKS[name]
    check_model(content, [numbers(np.random.default_rng(1), Spec(shape))])


def test_rows_beyond_a_side_go_to_the_kernel_that_takes_them() -> None:
    planned = plan(read_graph(_connected(1100000, 1, 1)))
    assert planned.kernels == ("fully_connected",)


@pytest.mark.parametrize(
    ("kind", "before", "after", "reason"),
    [
        ("RESIZE_NEAREST_NEIGHBOR", 70000, 140000, "longer than 65536"),
        ("RESIZE_BILINEAR", 1100000, 5, "does not take its sizes; the largest are width_scale"),
    ],
)
def test_what_no_device_takes_is_refused(kind: str, before: int, after: int, reason: str) -> None:
    """By layer, with the numbers, and not by the device that is to run it."""
    with pytest.raises(ModelRefused) as caught:
        plan(read_graph(_resized(kind, before, after)))
    assert caught.value.id == "EDGE-0287"
    assert f"0 {kind} y0: " in caught.value.evidence
    assert reason in caught.value.evidence


SHAPES = {"CONV_2D": (4, 1, 1, 5), "DEPTHWISE_CONV_2D": (1, 1, 1, 4), "FULLY_CONNECTED": (4, 5)}


def _dead_channel(kind: str, last: int, tiny: float = 1e-9) -> tuple[bytes, Spec]:
    """Its quantiser gave the last channel a tiny scale, so that its bias is large."""
    shape, depth = SHAPES[kind], 4 if kind == "DEPTHWISE_CONV_2D" else 5
    scales = np.array([0.01, 0.01, 0.01, tiny], np.float32)
    by = Spec(shape, "int8", scales, 0, np.ones(shape, np.int8), shape.index(4))
    sizes = (5,) if kind == "FULLY_CONNECTED" else (1, 4, 4)
    source, target = Spec((*sizes, depth), "int8", 0.02, -128), Spec((*sizes, 4), "int8", 0.05, -5)
    biases = Spec((4,), "int32", scales * np.float32(0.02), 0, np.array([1, 2, 3, last], np.int32))
    window: dict[str, Any] = {"padding": 1, "strideH": 1, "strideW": 1, **UNDILATED}
    options = {
        "CONV_2D": ("Conv2DOptions", window),
        "DEPTHWISE_CONV_2D": ("DepthwiseConv2DOptions", {**window, "depthMultiplier": 1}),
        "FULLY_CONNECTED": ("FullyConnectedOptions", {}),
    }
    version = 3 if "CONV" in kind else 5
    return network(kind, [source, by, biases], [target], options[kind], version), source


@pytest.mark.parametrize("bias", [2**30 - 1276, 2**30 - 1, 2**30, 2**31 - 1276, -(2**31) + 1])
@pytest.mark.parametrize("kind", SHAPES)
def test_a_large_bias(kind: str, bias: int) -> None:
    content, source = _dead_channel(kind, bias)
    check_model(content, [numbers(np.random.default_rng(1), source)])


@pytest.mark.parametrize(("bias", "common"), [(2**30 - 1276, 1), (2**30 - 1275, 0), (2**30, 0)])
def test_only_sums_that_can_be_doubled_take_the_short_way(bias: int, common: int) -> None:
    content, _ = _dead_channel("CONV_2D", bias, 2e-6)
    [(_, record)] = decode(plan(read_graph(content)).content).records
    assert ffi.cast("struct edge_conv2d *", ffi.from_buffer(record)).common == common


def test_a_sum_beyond_32_bits_is_refused() -> None:
    with pytest.raises(ModelRefused) as caught:
        plan(read_graph(_dead_channel("CONV_2D", 2**31 - 1)[0]))
    assert "its sums could leave 32 bits" in caught.value.evidence
