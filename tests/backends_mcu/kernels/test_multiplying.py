"""Kernels that multiply and accumulate, against LiteRT's reference kernels to the bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edgesdk_backends.mcu.host import HostRuntime
from edgesdk_backends.mcu.planner import Graph, Operation, Tensor, plan
from edgesdk_backends.mcu.planner.tflite_graph import read_graph
from tests.backends_mcu.kernels import m33
from tests.backends_mcu.kernels.networks import (
    Spec,
    constant,
    examples,
    network,
    numbers,
    scale,
    shape,
    zero,
)
from tests.backends_mcu.oracle import check_model

Chance = np.random.Generator
SAME, VALID = 0, 1
ACTIVATIONS = (0, 1, 2, 3)  # NONE, RELU, RELU_N1_TO_1, RELU6


def weights(chance: Chance, sizes: tuple[int, ...], axis: int, channels: int) -> Spec:
    """Weights with one scale, or one for each channel, any values."""
    values = numbers(chance, Spec(sizes))
    if chance.random() < 0.5:
        return Spec(sizes, "int8", scale(chance), 0, values)
    scales = np.array([scale(chance) for _ in range(channels)], np.float32)
    return Spec(sizes, "int8", scales, 0, values, axis)


def bias(chance: Chance, channels: int, source: Spec, by: Spec) -> Spec:
    """A bias in the scale of the products."""
    values = chance.integers(-20000, 20000, channels).astype(np.int32)
    scales = np.float32(source.scale) * np.asarray(by.scale, np.float32)
    return Spec((channels,), "int32", scales, 0, values)


def result(chance: Chance, sizes: tuple[int, ...], source: Spec, by: Spec, depth: int) -> Spec:
    """An output whose scale leaves most results inside a byte, or now and then far outside."""
    spread = float(source.scale or 0) * float(
        np.max(by.scale or 0 if by.scale is None else by.scale)
    )
    factor = np.exp(chance.uniform(-2, 2)) * 74 * 74 * np.sqrt(depth) / 64
    if chance.random() < 0.1:
        factor = chance.uniform(0.2, 3)
    return Spec(sizes, "int8", float(np.float32(spread * factor)), zero(chance))


def places(size: int, window: int, stride: int, padding: int) -> int:
    return -(-size // stride) if padding == SAME else -(-(size - window + 1) // stride)


def drawn_window(chance: Chance) -> tuple[dict[str, Any], list[int], list[int], list[int]]:
    """Options of a convolution; kernel, what it reaches, and an input that it fits into."""
    kernel = [int(n) for n in chance.integers(1, 5, 2)]
    dilation = [int(n) for n in chance.integers(1, 3, 2)] if chance.random() < 0.3 else [1, 1]
    stride = [1, 1] if max(dilation) > 1 else [int(n) for n in chance.integers(1, 4, 2)]
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    size = [r + int(chance.integers(0, 9)) for r in reach]
    options = {
        "padding": int(chance.choice([SAME, VALID])),
        "strideH": stride[0],
        "strideW": stride[1],
        "dilationHFactor": dilation[0],
        "dilationWFactor": dilation[1],
        "fusedActivationFunction": int(chance.choice(ACTIVATIONS)),
    }
    return options, kernel, reach, size


def outputs_of(options: dict[str, Any], reach: list[int], size: list[int]) -> list[int]:
    strides = options["strideH"], options["strideW"]
    sides = zip(size, reach, strides, strict=True)
    return [places(n, r, step, options["padding"]) for n, r, step in sides]


def convolution(chance: Chance) -> tuple[bytes, Spec]:
    options, kernel, reach, size = drawn_window(chance)
    batches, channels, outputs = (int(n) for n in chance.integers(1, 10, 3))
    source = Spec((batches, *size, channels), "int8", scale(chance), zero(chance))
    by = weights(chance, (outputs, *kernel, channels), 0, outputs)
    sizes = (batches, *outputs_of(options, reach, size), outputs)
    target = result(chance, sizes, source, by, kernel[0] * kernel[1] * channels)
    inputs = [source, by, bias(chance, outputs, source, by)]
    return network("CONV_2D", inputs, [target], ("Conv2DOptions", options), 3), source


def depthwise(chance: Chance) -> tuple[bytes, Spec]:
    options, kernel, reach, size = drawn_window(chance)
    batches, multiplier = int(chance.integers(1, 3)), int(chance.choice([1, 1, 1, 2, 3]))
    channels = int(chance.choice([1, 2, 3, 4, 8, 12]))
    options["strideW"] = options["strideH"]  # the reference takes no others
    options["depthMultiplier"] = multiplier
    source = Spec((batches, *size, channels), "int8", scale(chance), zero(chance))
    by = weights(chance, (1, *kernel, channels * multiplier), 3, channels * multiplier)
    sizes = (batches, *outputs_of(options, reach, size), channels * multiplier)
    target = result(chance, sizes, source, by, kernel[0] * kernel[1])
    inputs = [source, by, bias(chance, channels * multiplier, source, by)]
    options_of = ("DepthwiseConv2DOptions", options)
    return network("DEPTHWISE_CONV_2D", inputs, [target], options_of, 3), source


def connected(chance: Chance) -> tuple[bytes, Spec]:
    rows, depth, units = int(chance.integers(1, 9)), *(int(n) for n in chance.integers(1, 40, 2))
    source = Spec((rows, depth), "int8", scale(chance), zero(chance))
    by = weights(chance, (units, depth), 0, units)
    target = result(chance, (rows, units), source, by, depth)
    options = {
        "fusedActivationFunction": int(chance.choice(ACTIVATIONS)),
        "keepNumDims": bool(chance.random() < 0.5),
    }
    inputs = [source, by, bias(chance, units, source, by) if chance.random() < 0.8 else None]
    content = network("FULLY_CONNECTED", inputs, [target], ("FullyConnectedOptions", options), 5)
    return content, source


def transposed(chance: Chance) -> tuple[bytes, Spec]:
    kernel, stride = [int(n) for n in chance.integers(1, 5, 2)], int(chance.integers(1, 4))
    batches, channels, outputs = (int(n) for n in chance.integers(1, 6, 3))
    size, padding = [int(n) for n in chance.integers(1, 6, 2)], int(chance.choice([SAME, VALID]))
    grown = [
        n * stride if padding == SAME else (n - 1) * stride + k
        for n, k in zip(size, kernel, strict=True)
    ]
    source = Spec((batches, *size, channels), "int8", scale(chance), zero(chance))
    by = weights(chance, (outputs, *kernel, channels), 0, outputs)
    sizes = (batches, *grown, outputs)
    target = result(chance, sizes, source, by, kernel[0] * kernel[1] * channels)
    inputs: list[Spec | None] = [constant(sizes), by, source]
    options = {"padding": padding, "strideH": stride, "strideW": stride}
    if chance.random() < 0.5:
        inputs.append(bias(chance, outputs, source, by))
    return network("TRANSPOSE_CONV", inputs, [target], ("TransposeConvOptions", options), 3), source


@pytest.mark.parametrize("draw", [convolution, depthwise, connected, transposed])
def test_networks_of_one_layer(draw: Any) -> None:
    for chance in examples(60):
        content, source = draw(chance)
        check_model(content, [numbers(chance, source)])


def test_batch_matmul() -> None:
    for chance in examples(60):
        batches = shape(chance, int(chance.integers(0, 3)), 3)
        rows, depth, columns = (int(n) for n in chance.integers(1, 12, 3))
        swaps = [bool(chance.random() < 0.5) for _ in range(2)]
        left = (depth, rows) if swaps[0] else (rows, depth)
        right = (columns, depth) if swaps[1] else (depth, columns)
        sources = [
            Spec((*batches, *sides), "int8", scale(chance), zero(chance)) for sides in (left, right)
        ]
        target = result(chance, (*batches, rows, columns), sources[0], sources[1], depth)
        options = ("BatchMatMulOptions", {"adjX": swaps[0], "adjY": swaps[1]})
        content = network("BATCH_MATMUL", sources, [target], options, 2)
        check_model(content, [numbers(chance, source) for source in sources])


@pytest.mark.parametrize("swapped", [False, True])
def test_a_matrix_that_is_constant_stays_where_it_is(swapped: bool) -> None:
    for chance in examples(10):
        rows, depth, columns = (int(n) for n in chance.integers(1, 12, 3))
        sides = (columns, depth) if swapped else (depth, columns)
        source = Spec((2, rows, depth), "int8", scale(chance), zero(chance))
        by = Spec(sides, "int8", scale(chance), 0, numbers(chance, Spec(sides)))
        target = result(chance, (2, rows, columns), source, by, depth)
        options = ("BatchMatMulOptions", {"adjX": False, "adjY": swapped})
        content = network("BATCH_MATMUL", [source, by], [target], options, 2)
        check_model(content, [numbers(chance, source)])
        assert plan(read_graph(content)).kernels == ("conv2d",)


@pytest.mark.parametrize(
    ("left", "right"),
    [((3,), (1, 3)), ((1, 3), (3,)), ((1,), ()), ((), (1, 1)), ((2, 3), (2, 1)), ((2, 1), (3,))],
)
def test_batches_as_numpy_broadcasts_them(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    chance = np.random.default_rng(8)
    sides = (*left, 3, 4), (*right, 5, 4)
    sources = [Spec(side, "int8", scale(chance), zero(chance)) for side in sides]
    shapes = (*np.broadcast_shapes(left, right), 3, 5)
    target = result(chance, shapes, sources[0], sources[1], 4)
    options = ("BatchMatMulOptions", {"adjX": False, "adjY": True})
    content = network("BATCH_MATMUL", sources, [target], options, 2)
    check_model(content, [numbers(chance, source) for source in sources])


@pytest.mark.parametrize("margins", [(3, 0, 5, 0), (0, 4, 0, 6), (2, 2, 2, 2)])
def test_margins_wider_than_the_kernel(margins: tuple[int, int, int, int]) -> None:
    """ONNX models may have them: windows that lie beside the input altogether."""
    chance = np.random.default_rng(3)
    top, bottom, left, right = margins
    source = Tensor("x", (1, 4, 4, 4), "int8", (0.5,), (7,))
    sizes = (1, 4 + top + bottom - 1, 4 + left + right - 1, 4)
    target = Tensor("y", sizes, "int8", (2.0,), (-3,))
    by = Tensor("w", (4, 2, 2, 4), "int8", (0.1,), (0,), data=numbers(chance, Spec((4, 2, 2, 4))))
    options = {
        "padding": "EXPLICIT",
        "explicit_padding": margins,
        "stride_h": 1,
        "stride_w": 1,
        "dilation_h_factor": 1,
        "dilation_w_factor": 1,
        "fused_activation_function": "NONE",
    }
    graph = Graph((source,), (target,), (Operation("CONV_2D", (source, by), (target,), options),))
    content, given = plan(graph).content, numbers(chance, Spec((1, 4, 4, 4)))
    wide = np.pad(given.astype(int) - 7, ((0, 0), (top, bottom), (left, right), (0, 0)))
    assert by.data is not None
    sums = _valid(wide, by.data)
    want = np.clip(np.floor(sums * 0.5 * 0.1 / 2.0 + 0.5) - 3, -128, 127)
    for form in ("plain", "dsp"):
        [got] = HostRuntime(content, form).run([given])
        assert np.abs(got - want).max() <= 1  # the factor has 31 bits, and halves go both ways


def _valid(image: NDArray[Any], by: NDArray[Any]) -> NDArray[Any]:
    """A convolution by 2x2, in whole numbers."""
    rows, columns = image.shape[1] - 1, image.shape[2] - 1
    total = np.zeros((1, rows, columns, by.shape[0]), np.int64)
    for y in range(2):
        for x in range(2):
            part = image[:, y : y + rows, x : x + columns].astype(np.int64)
            total += part @ by[:, y, x].astype(np.int64).T
    return total


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> m33.Machine:
    return m33.Machine(m33.build(tmp_path_factory.mktemp("m33")))


@pytest.mark.parametrize("draw", [convolution, depthwise, connected])
def test_dsp_forms_on_the_real_instruction_set(machine: m33.Machine, draw: Any) -> None:
    """By hand or by the compiler: what the Cortex-M33 computes is what plain C computes."""
    for chance in examples(12):
        content, source = draw(chance)
        planned = plan(read_graph(content)).content
        given = numbers(chance, source)
        want = b"".join(a.tobytes() for a in HostRuntime(planned).run([given]))
        for form in ("plain", "dsp"):
            got, _ = machine.run(planned, [given], form)
            assert got == want


def test_instructions_of_the_keyword_model(machine: m33.Machine, data: Any) -> None:
    """At most 1.6 instructions for each multiply-accumulate, everything included."""
    content = (data / "mlperf-tiny" / "kws_ref_model.tflite").read_bytes()
    planned = plan(read_graph(content))
    given = numbers(np.random.default_rng(1), Spec(planned.inputs[0].shape))
    got, counted = machine.run(planned.content, [given])
    assert got == HostRuntime(planned.content).run([given])[0].tobytes()
    assert planned.macs == 2656768
    assert sum(counted.values()) / planned.macs <= 1.6
    convolutions = 327680 - 7680 + 4 * 512000
    assert counted["finish"] / convolutions <= 1.2
