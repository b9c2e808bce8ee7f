"""ONNX models of one operator, or of a few that belong together."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .onnx_models import Model

Build = Callable[[], Model]
BUILDS: dict[str, Build] = {}


def build(function: Build) -> Build:
    BUILDS[function.__name__] = function
    return function


@build
def conv_same() -> Model:
    m = Model(1, 3, 9, 8)
    m.conv(4, 3, 3, 3, auto_pad="SAME_UPPER", strides=[2, 2])
    return m


@build
def conv_same_lower() -> Model:
    m = Model(1, 3, 9, 8)
    m.conv(4, 3, 4, 3, auto_pad="SAME_LOWER")
    return m


@build
def conv_uneven_padding() -> Model:
    m = Model(1, 2, 7, 9)
    m.conv(4, 2, 3, 2, pads=[2, 0, 1, 1], dilations=[2, 1])
    return m


@build
def conv_depthwise_twice() -> Model:
    m = Model(1, 3, 8, 8)
    m.conv(6, 1, 3, 3, group=3, pads=[1, 1, 1, 1])
    return m


@build
def conv_over_rows() -> Model:
    m = Model(1, 4, 20)
    m.conv(6, 4, 5, strides=[2], pads=[2, 2])
    m.node("Relu")
    m.conv(6, 1, 3, group=6)
    return m


@build
def conv_transposed() -> Model:
    m = Model(1, 3, 5, 4)
    m.node("ConvTranspose", m.last, m.weights(3, 4, 2, 2), strides=[2, 2])
    return m


@build
def conv_then_other_clip() -> Model:
    m = Model(1, 2, 6, 6)
    m.conv(4, 2, 3, 3)
    m.node("Clip", m.last, m.constant(np.float32(-1)), m.constant(np.float32(1)))
    return m


@build
def gemm() -> Model:
    m = Model("batch", 20)
    m.gemm(7, 20)
    m.node("Relu")
    return m


@build
def matmul_and_bias_over_many_rows() -> Model:
    m = Model(1, 5, 12)
    m.node("MatMul", m.last, m.weights(12, 8))
    m.node("Add", m.last, m.constant(np.linspace(-1, 1, 8, dtype=np.float32)))
    return m


@build
def matmul_of_two() -> Model:
    m = Model(1, 2, 6, 8)
    m.node("MatMul", "x", m.node("Transpose", perm=[0, 1, 3, 2]))
    return m


@build
def add_a_constant_image() -> Model:
    m = Model(1, 4, 5, 6)
    a = m.conv(4, 4, 1, 1)
    m.node("Add", a, m.constant(np.linspace(-1, 1, 4, dtype=np.float32).reshape(4, 1, 1)))
    return m


@build
def subtract_from_a_constant() -> Model:
    m = Model(1, 6)
    m.node("Sub", m.constant(np.float32(0.7)), "x")
    return m


@build
def multiply_broadcast() -> Model:
    m = Model(1, 4, 5, 6)
    a = m.conv(4, 4, 3, 3)
    m.node("Mul", a, m.node("GlobalAveragePool"))
    return m


@build
def relu_alone() -> Model:
    m = Model(1, 8)
    m.node("Relu")
    return m


def functions_in_a_row() -> Model:
    m = Model(1, 50)
    m.node("Div", "x", m.constant(np.float32(1.4)))
    m.node("Erf")
    m.node("Add", m.constant(np.float32([1])), m.last)
    m.node("Clip", m.last, m.constant(np.float32(0.2)), m.constant(np.float32(1.7)))
    return m


@build
def square_root() -> Model:
    m = Model(1, 50)
    m.node("Pow", "x", m.constant(np.float32(2)))
    m.node("Sqrt")
    return m


def _function(kind: str, **attributes: float) -> Build:
    def made() -> Model:
        m = Model(1, 50)
        m.node(kind, **attributes)
        return m

    return made


FUNCTIONS: dict[str, dict[str, float]] = {
    "Abs": {},
    "Cos": {},
    "Elu": {"alpha": 0.7},
    "Erf": {},
    "Exp": {},
    "Floor": {},
    "HardSigmoid": {"alpha": 0.3},
    "HardSwish": {},
    "LeakyRelu": {"alpha": 0.1},
    "Neg": {},
    "Sigmoid": {},
    "Sign": {},
    "Softplus": {},
    "Softsign": {},
    "Tanh": {},
}
BUILDS |= {kind.lower(): _function(kind, **given) for kind, given in FUNCTIONS.items()}


@build
def softmax_of_rows() -> Model:
    m = Model(1, 6, 10)
    m.node("Softmax")
    return m


@build
def softmax_of_channels() -> Model:
    m = Model(1, 3, 4, 5)
    m.conv(6, 3, 1, 1)
    m.node("Softmax", axis=1)
    return m


@build
def max_pool_padded() -> Model:
    m = Model(1, 3, 8, 8)
    m.conv(3, 3, 1, 1)
    m.node("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    return m


@build
def average_pool() -> Model:
    m = Model(1, 3, 8, 8)
    m.node("AveragePool", kernel_shape=[3, 2], strides=[2, 2])
    return m


@build
def average_pool_that_counts_its_padding() -> Model:
    m = Model(1, 3, 7, 7)
    m.node("AveragePool", kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1)
    return m


@build
def mean_over_the_last_axis() -> Model:
    m = Model(1, 5, 12)
    m.node("ReduceMean", axes=[-1], keepdims=0)
    return m


@build
def mean_of_three_axes() -> Model:
    m = Model(4, 3, 6, 5)
    m.node("ReduceMean", axes=[1, 2, 3], keepdims=0)
    return m


@build
def mean_of_channels() -> Model:
    m = Model(1, 3, 6, 5)
    m.node("MaxPool", kernel_shape=[2, 2])
    m.node("ReduceMean", axes=[1], keepdims=1)
    return m


@build
def clip_alone() -> Model:
    m = Model(1, 3, 6, 5)
    m.node("Clip", m.last, m.constant(np.float32(-1)), m.constant(np.float32(1)))
    return m


@build
def concat_channels() -> Model:
    m = Model(1, 3, 6, 6)
    a, m.last = m.conv(4, 3, 3, 3, pads=[1, 1, 1, 1]), "x"
    m.node("Concat", a, m.conv(2, 3, 1, 1), axis=1)
    return m


@build
def pad_then_conv() -> Model:
    m = Model(1, 3, 6, 6)
    m.conv(3, 3, 1, 1)
    m.node("Pad", m.last, m.constant(np.array([0, 0, 1, 2, 0, 0, 0, 1])))
    m.conv(4, 3, 3, 3)
    return m


@build
def slice_and_split() -> Model:
    m = Model(1, 6, 5, 4)
    m.conv(6, 6, 1, 1)
    m.node("Slice", m.last, *(m.constant(np.array(v)) for v in ([1], [5], [2])))
    m.node("Split", outputs=2, axis=1)
    return m


@build
def resize_an_image() -> Model:
    m = Model(1, 3, 4, 5)
    m.conv(3, 3, 1, 1)
    sizes = m.constant(np.array([1, 3, 12, 10]))
    modes = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    m.node("Resize", m.last, "", "", sizes, mode="nearest", **modes)
    return m


@build
def flatten_an_image() -> Model:
    m = Model(1, 3, 6, 6)
    m.conv(4, 3, 3, 3)
    m.node("Relu")
    m.node("Flatten")
    m.gemm(5, 4 * 4 * 4)
    return m


@build
def flatten_an_image_to_the_end() -> Model:
    m = Model(1, 3, 6, 6)
    m.conv(4, 3, 3, 3)
    m.node("Reshape", m.last, m.constant(np.array([1, -1])))
    m.node("Tanh")
    return m


@build
def transpose_an_image() -> Model:
    m = Model(1, 6, 6, 3)
    m.node("Transpose", perm=[0, 3, 1, 2])
    m.conv(4, 3, 3, 3)
    m.node("Transpose", perm=[0, 2, 3, 1])
    return m


# What the quantiser of onnxruntime does not put Q and DQ around.
LEFT_ALONE = set(
    "subtract_from_a_constant relu_alone average_pool average_pool_that_counts_its_padding "
    "mean_over_the_last_axis mean_of_three_axes mean_of_channels clip_alone square_root".split()
) | {kind.lower() for kind in FUNCTIONS}
