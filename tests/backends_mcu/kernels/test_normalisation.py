"""Layer normalisation as TFLite's converter writes it: a group of operations, to the bit."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.backends_mcu.kernels.networks import Spec, add, constant, examples
from tests.backends_mcu.oracle import check_model
from tests.formats.tflite_builder import Builder

DEPTH, ROWS = 24, 5
BINARY: dict[str, Any] = {"fusedActivationFunction": 0}


def _model() -> bytes:
    """MEAN, SQUARED_DIFFERENCE, MEAN, ADD epsilon, RSQRT, MUL gain, MUL, MUL, SUB, ADD."""
    builder = Builder()

    def tensor(width: int, scale: float, zero: int) -> int:
        return add(builder, Spec((ROWS, width), "int8", scale, zero), f"t{scale}")

    def apply(kind: str, inputs: list[int], result: int, version: int = 2, **fields: Any) -> int:
        name = {"MEAN": "Reducer", "SQUARED_DIFFERENCE": "SquaredDifference"}
        options = (name.get(kind, kind.title()) + "Options", fields)
        more = {} if kind == "RSQRT" else {"options": options}
        builder.operator(kind, inputs, [result], version=version, **more)
        return result

    axis = add(builder, constant([1]), "axis")
    chance = np.random.default_rng(2)
    x = tensor(DEPTH, 0.03, 5)
    mean = apply("MEAN", [x, axis], tensor(1, 0.02, -3), keepDims=True)
    square = apply("SQUARED_DIFFERENCE", [x, mean], tensor(DEPTH, 0.05, -128))
    variance = apply("MEAN", [square, axis], tensor(1, 0.02, -128), keepDims=True)
    epsilon = add(builder, constant([1], "int8", 1e-3, 0), "epsilon")
    safe = apply("ADD", [variance, epsilon], tensor(1, 0.02, -128), **BINARY)
    inverse = apply("RSQRT", [safe], tensor(1, 0.02, -128))
    gains = add(builder, constant(chance.integers(-127, 128, DEPTH), "int8", 0.01), "gains")
    factor = apply("MUL", [inverse, gains], tensor(DEPTH, 0.03, 2), **BINARY)
    scaled = apply("MUL", [x, factor], tensor(DEPTH, 0.06, -1), **BINARY)
    moved = apply("MUL", [mean, factor], tensor(DEPTH, 0.04, 4), **BINARY)
    offsets = add(builder, constant(chance.integers(-127, 128, DEPTH), "int8", 0.01), "offsets")
    rest = apply("SUB", [offsets, moved], tensor(DEPTH, 0.05, 1), **BINARY)
    result = apply("ADD", [scaled, rest], tensor(DEPTH, 0.05, 0), **BINARY)
    builder.graph.inputs, builder.graph.outputs = [x], [result]
    return builder.content()


def test_layer_normalisation_as_a_group() -> None:
    content = _model()
    answers = set()
    for chance in examples(20):
        given = chance.normal(5, chance.uniform(5, 60), (ROWS, DEPTH))
        [answer] = check_model(content, [np.clip(given, -128, 127).astype(np.int8)])
        answers.add(answer.tobytes())
    assert len(answers) > 10
