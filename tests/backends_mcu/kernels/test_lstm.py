"""LSTMs in whole numbers against LiteRT's reference kernels, to the bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.backends_mcu.kernels.networks import (
    Spec,
    add,
    constant,
    examples,
    numbers,
    scale,
    zero,
)
from tests.backends_mcu.oracle import check_model
from tests.formats.tflite_builder import Builder


def lstm_network(
    chance: np.random.Generator, sizes: tuple[int, int, int, int], major: bool, clip: float
) -> tuple[bytes, Spec]:
    """One LSTM as the converter writes it for Keras."""
    batches, times, inputs, cells = sizes
    builder = Builder()
    front = (times, batches) if major else (batches, times)
    source = Spec((*front, inputs), "int8", scale(chance, 1e-2, 0.1), zero(chance))
    out: dict[str, Any] = {"scale": scale(chance, 4e-3, 1e-2), "zero": zero(chance)}
    target = Spec((*front, cells), "int8", **out)
    given = [add(builder, source, "x")]
    for width in (inputs, cells):
        for gate in range(4):
            values = chance.integers(-127, 128, (cells, width))
            weights = constant(values, "int8", scale(chance, 1e-3, 3e-2))
            given.append(add(builder, weights, f"w{width}{gate}"))
    given += [-1] * 3
    given += [add(builder, constant(chance.integers(-2000, 2000, cells)), "b") for _ in range(4)]
    given += [-1] * 2
    for dtype, spec in (("int8", out), ("int16", {"scale": 2.0 ** -int(chance.integers(9, 16))})):
        number = add(builder, Spec((batches, cells), dtype, **spec), f"state {dtype}")
        builder.graph.tensors[number].isVariable = True
        given.append(number)
    given += [-1] * 4
    inner = [add(builder, Spec((), "int16", 2.0**-12), f"gate {i}") for i in range(4)]
    inner.append(add(builder, Spec((), "int8", **out), "hidden"))
    made = add(builder, target, "y")
    fields = {"fusedActivationFunction": 4, "cellClip": clip, "timeMajor": major}
    options = ("UnidirectionalSequenceLSTMOptions", fields)
    name = "UNIDIRECTIONAL_SEQUENCE_LSTM"
    builder.operator(name, given, [made], options=options, intermediates=inner, version=3)
    builder.graph.inputs, builder.graph.outputs = [given[0]], [made]
    return builder.content(), source


@pytest.mark.parametrize("clip", [0.0, 10.0, 0.25])
@pytest.mark.parametrize("major", [False, True])
def test_lstm(major: bool, clip: float) -> None:
    """Three runs: the state goes on from one to the next."""
    for chance in examples(15):
        sizes = tuple(int(n) for n in chance.integers(1, (3, 6, 12, 12)))
        content, source = lstm_network(chance, sizes, major, clip)  # type: ignore[arg-type]
        check_model(content, [numbers(chance, source)], runs=3)
