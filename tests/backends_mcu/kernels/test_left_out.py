"""What models leave out: options, a bias, axes. LiteRT's reference kernels know what is meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgesdk.errors import ModelRefused
from edgesdk.formats import read_source
from edgesdk_backends.mcu.planner.tflite_graph import read_graph
from tests.backends_mcu.kernels.networks import Spec, constant, network, numbers
from tests.backends_mcu.oracle import check_model

X, IMAGE = Spec((3, 4), "int8", 0.1, 1), Spec((1, 4, 4, 4), "int8", 0.1, 1)


def _like(*shape: int) -> Spec:
    return Spec(shape, "int8", 0.1, 1)


def _weights(*shape: int) -> Spec:
    values = np.random.default_rng(4).integers(-127, 128, shape).astype(np.int8)
    return Spec(shape, "int8", 0.02, 0, values)


PLACES = [constant([0, 1]), constant([2, 3]), constant([1, 1])]
AXIS, SIZES = constant([1]), constant([8, 8])
WITHOUT_OPTIONS: dict[str, tuple[list[Any], Spec]] = {
    "ADD": ([X, X], X),
    "SUB": ([X, X], X),
    "MUL": ([X, X], X),
    "CONCATENATION": ([X, X], _like(6, 4)),
    "FULLY_CONNECTED": ([X, _weights(5, 4), None], _like(3, 5)),
    "MEAN": ([X, AXIS], _like(3)),
    "REDUCE_MAX": ([X, AXIS], _like(3)),
    "REDUCE_MIN": ([X, AXIS], _like(3)),
    "GATHER": ([X, constant([2, 0])], _like(2, 4)),
    "LEAKY_RELU": ([X], X),
    "GELU": ([X], X),
    "STRIDED_SLICE": ([X, *PLACES], _like(2, 2)),
    "RESIZE_BILINEAR": ([IMAGE, SIZES], _like(1, 8, 8, 4)),
    "RESIZE_NEAREST_NEIGHBOR": ([IMAGE, SIZES], _like(1, 8, 8, 4)),
    "L2_NORMALIZATION": ([X], Spec((3, 4), "int8", 1 / 128, 0)),
}


@pytest.mark.parametrize("kind", WITHOUT_OPTIONS)
def test_without_options(kind: str) -> None:
    inputs, target = WITHOUT_OPTIONS[kind]
    chance = np.random.default_rng(2)
    given = [numbers(chance, spec) for spec in inputs if spec is not None and spec.values is None]
    check_model(network(kind, inputs, [target], None, 2), given)


def test_a_depthwise_convolution_without_a_bias(tmp_path: Path) -> None:
    """LiteRT's reference takes it; its other kernels crash, so that hosts are not given it."""
    fields = {"padding": 1, "strideH": 1, "strideW": 1, "depthMultiplier": 1}
    options = ("DepthwiseConv2DOptions", {**fields, "dilationHFactor": 1, "dilationWFactor": 1})
    inputs = [IMAGE, _weights(1, 3, 3, 4)]
    content = network("DEPTHWISE_CONV_2D", inputs, [_like(1, 2, 2, 4)], options, 3)
    check_model(content, [numbers(np.random.default_rng(1), IMAGE)])
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    with pytest.raises(ModelRefused) as caught:
        read_source(path)
    assert "has no bias" in caught.value.evidence


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("kind", ["MEAN", "REDUCE_MAX", "REDUCE_MIN"])
def test_reductions_over_no_axes(kind: str, keep: bool) -> None:
    none = constant(np.zeros(0, np.int32))
    options = ("ReducerOptions", {"keepDims": keep})
    other = Spec((3, 4), "int8", 0.15, -3) if kind == "MEAN" else X
    content = network(kind, [X, none], [other], options, 2)
    check_model(content, [numbers(np.random.default_rng(1), X)])


def test_types_that_no_operator_takes_are_named() -> None:
    real = Spec((3, 4), "float32")
    with pytest.raises(ModelRefused) as caught:
        read_graph(network("ADD", [X, real], [X], ("AddOptions", {})))
    assert "ADD takes int8, float32 and gives int8" in caught.value.evidence
