"""ONNX models of operators that came later: each of one, or of a few that belong together."""

from __future__ import annotations

import numpy as np

from .onnx_models import Model
from .onnx_operators import Build

MORE: dict[str, Build] = {}


def build(function: Build) -> Build:
    MORE[function.__name__] = function
    return function


@build
def conv_grouped() -> Model:
    m = Model(1, 6, 7, 8)
    m.conv(9, 2, 3, 2, group=3, pads=[1, 0, 1, 1], strides=[2, 1])
    return m


@build
def conv_transposed_and_cropped() -> Model:
    m = Model(1, 3, 5, 4)
    kernel = m.weights(3, 4, 4, 3)
    m.node("ConvTranspose", m.last, kernel, strides=[2, 2], pads=[1, 0, 1, 1])
    return m


@build
def conv_transposed_to_more() -> Model:
    m = Model(1, 3, 5, 4)
    kernel = m.weights(3, 4, 3, 3)
    more = {"strides": [2, 2], "pads": [1, 1, 1, 1], "output_padding": [1, 1]}
    m.node("ConvTranspose", m.last, kernel, **more)
    return m


@build
def batch_normalization() -> Model:
    m = Model(1, 4, 5, 6)
    m.node("MaxPool", kernel_shape=[2, 2])
    m.node("BatchNormalization", m.last, *_moments(m, 4))
    m.node("Relu")
    return m


@build
def batch_normalization_of_rows() -> Model:
    m = Model(1, 8)
    m.node("BatchNormalization", m.last, *_moments(m, 8))
    return m


def _moments(m: Model, channels: int) -> list[str]:
    """Gains (one of them nothing, one negative), offsets, means, variances."""
    gains = m.random.normal(1, 0.3, channels)
    gains[:2] = 0, -0.5
    rows = gains, *(m.random.normal(0, 1, channels) for _ in range(2))
    variances = m.random.uniform(0.5, 2, channels)
    return [m.constant(row.astype(np.float32)) for row in (*rows, variances)]


@build
def slopes_of_channels() -> Model:
    m = Model(1, 4, 5, 6)
    m.node("MaxPool", kernel_shape=[1, 1])
    m.node("PRelu", m.last, m.constant(np.float32([0.1, 0.3, -0.2, 0.6]).reshape(4, 1, 1)))
    return m


@build
def one_slope() -> Model:
    m = Model(1, 12)
    m.node("PRelu", m.last, m.constant(np.float32([0.3])))
    return m


@build
def largest_of_an_image() -> Model:
    m = Model(1, 4, 5, 6)
    m.node("MaxPool", kernel_shape=[1, 1])
    m.node("GlobalMaxPool")
    return m


@build
def largest_and_smallest() -> Model:
    m = Model(1, 4, 50)
    a, b = m.node("ReduceMax", axes=[1], keepdims=0), m.node("ReduceMin", "x", axes=[1], keepdims=0)
    m.node("Sub", a, b)
    return m


@build
def largest_of_three() -> Model:
    m = Model(1, 4, 5, 6)
    row = m.constant(np.linspace(-1, 1, 6, dtype=np.float32))
    m.node("Max", m.node("MaxPool", kernel_shape=[1, 1]), row, m.node("Neg", "x"))
    return m


@build
def smallest_of_a_number() -> Model:
    m = Model(1, 50)
    m.node("Min", m.constant(np.float32(0.7)), "x")
    return m


@build
def tile_an_image() -> Model:
    m = Model(1, 3, 4, 5)
    m.node("MaxPool", kernel_shape=[2, 2])
    m.node("Tile", m.last, m.constant(np.array([1, 2, 1, 3])))
    return m


@build
def expand_to_more_axes() -> Model:
    m = Model(1, 3, 1)
    m.node("Expand", m.last, m.constant(np.array([2, 1, 3, 4])))
    return m


@build
def choose_channels() -> Model:
    m = Model(1, 4, 3, 5)
    m.node("MaxPool", kernel_shape=[1, 1])
    m.node("Gather", m.last, m.constant(np.array([2, -1, 0])), axis=1)
    return m


@build
def choose_the_last_row() -> Model:
    m = Model(1, 4, 6)
    m.node("Gather", m.last, m.constant(np.array(-1)), axis=1)
    return m


def _shuffle(kind: str, channels: int, **attributes: int | str) -> Build:
    def made() -> Model:
        m = Model(1, channels, 4, 6)
        m.node("MaxPool", kernel_shape=[1, 1])
        m.node(kind, blocksize=2, **attributes)
        return m

    return made


MORE |= {
    "depth_to_space": _shuffle("DepthToSpace", 8),
    "pixel_shuffle": _shuffle("DepthToSpace", 8, mode="CRD"),
    "space_to_depth": _shuffle("SpaceToDepth", 5),
}


@build
def softmax_of_columns() -> Model:
    m = Model(6, 10)
    m.node("Softmax", axis=0)
    return m


@build
def softmax_of_rows_of_an_image() -> Model:
    m = Model(1, 3, 4, 5)
    m.node("MaxPool", kernel_shape=[1, 1])
    m.node("Softmax", axis=2)
    return m


@build
def log_softmax() -> Model:
    m = Model(1, 6, 10)
    m.node("LogSoftmax")  # by steps of 1/16
    m.node("Neg")
    return m


def _resized(mode: str) -> Build:
    def made() -> Model:
        m = Model(1, 3, 4, 5)
        m.conv(3, 3, 1, 1)
        sizes = m.constant(np.array([1, 3, 10, 7]))
        more = {"mode": "linear", "coordinate_transformation_mode": mode}
        m.node("Resize", m.last, "", "", sizes, **more)
        return m

    return made


PLACES = ("half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric")
MORE |= {f"resize_between_{mode}": _resized(mode) for mode in PLACES}


def _ceiled(kind: str, side: int) -> Build:
    def made() -> Model:
        m = Model(1, 3, side, side)
        m.node(kind, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)
        return m

    return made


MORE |= {
    "max_pool_ceil_mode_that_changes_nothing": _ceiled("MaxPool", 8),
    "average_pool_ceil_mode_that_changes_nothing": _ceiled("AveragePool", 8),
}


@build
def slice_from_before_the_start() -> Model:
    m = Model(1, 3, 8)
    rows = ([-100], [2**62], [2], [3])
    m.node("Slice", m.last, *(m.constant(np.array(v)) for v in rows))
    return m


# What the quantiser of onnxruntime puts Q and DQ around.
QUANTISED = set(
    "conv_grouped conv_transposed_and_cropped conv_transposed_to_more "
    "resize_between_half_pixel resize_between_pytorch_half_pixel resize_between_align_corners "
    "resize_between_asymmetric".split()
)
