"""ADD, SUB, MUL and their like against LiteRT's reference kernels, to the bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.backends_mcu.kernels.networks import (
    Spec,
    examples,
    network,
    numbers,
    scale,
    shape,
    zero,
)
from tests.backends_mcu.oracle import check_model

ACTIVATIONS = [0, 1, 2, 3]  # NONE, RELU, RELU_N1_TO_1, RELU6


def _pair(chance: np.random.Generator, rank: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Two shapes that broadcast to one."""
    whole = shape(chance, rank)
    sides = []
    for _ in range(2):
        kept = [1 if chance.random() < 0.3 else size for size in whole]
        first = int(chance.integers(0, rank)) if chance.random() < 0.3 else 0
        sides.append(tuple(kept[first:]))
    return (whole, sides[1]) if chance.random() < 0.5 else (sides[0], sides[1])


def _specs(chance: np.random.Generator, dtype: str, ranks: int = 5) -> tuple[Spec, Spec, Spec]:
    left, right = _pair(chance, int(chance.integers(1, ranks, endpoint=True)))
    whole = np.broadcast_shapes(left, right)
    one, other, result = (
        Spec(shape, dtype, scale(chance), zero(chance, dtype)) for shape in (left, right, whole)
    )
    return one, other, result


@pytest.mark.parametrize("dtype", ["int8", "int16"])
@pytest.mark.parametrize("kind", ["ADD", "SUB", "MUL"])
def test_sums_and_products(kind: str, dtype: str) -> None:
    for chance in examples(40):
        specs = _specs(chance, dtype, 4 if kind == "SUB" else 5)
        activation = int(chance.choice(ACTIVATIONS))
        fields: dict[str, Any] = {"fusedActivationFunction": activation}
        if kind != "MUL":
            fields["potScaleInt16"] = False
        options = (f"{kind.capitalize()}Options", fields)
        content = network(kind, specs[:2], specs[2:], options, version=5 if kind == "ADD" else 2)
        check_model(content, [numbers(chance, spec) for spec in specs[:2]])


def test_squared_difference() -> None:
    for chance in examples(40):
        specs = _specs(chance, "int8", 4)
        content = network("SQUARED_DIFFERENCE", specs[:2], specs[2:], version=2)
        check_model(content, [numbers(chance, spec) for spec in specs[:2]])


@pytest.mark.parametrize("dtype", ["int8", "int16"])
@pytest.mark.parametrize("kind", ["MAXIMUM", "MINIMUM"])
def test_extremes(kind: str, dtype: str) -> None:
    for chance in examples(20):
        left, right = _pair(chance, int(chance.integers(1, 4, endpoint=True)))
        scheme = scale(chance), zero(chance, dtype)
        whole = np.broadcast_shapes(left, right)
        specs = [Spec(shape, dtype, *scheme) for shape in (left, right, whole)]
        content = network(kind, specs[:2], specs[2:], ("MaximumMinimumOptions", {}), version=2)
        check_model(content, [numbers(chance, spec) for spec in specs[:2]])


def test_prelu() -> None:
    for chance in examples(30):
        whole = shape(chance, int(chance.integers(1, 4, endpoint=True)))
        slopes = tuple(1 if chance.random() < 0.4 else size for size in whole)
        specs = [Spec(s, "int8", scale(chance), zero(chance)) for s in (whole, slopes, whole)]
        content = network("PRELU", specs[:2], specs[2:])
        check_model(content, [numbers(chance, spec) for spec in specs[:2]])
