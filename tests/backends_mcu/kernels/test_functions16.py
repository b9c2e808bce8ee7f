"""Functions of int16 numbers, all 65536 of them, against LiteRT's reference kernels to the bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.backends_mcu.kernels.networks import Spec, examples, network, numbers, scale, shape
from tests.backends_mcu.oracle import check_model

ALL = np.arange(-(2**15), 2**15).astype(np.int16)
UNIT = Spec(ALL.shape, "int16", 2.0**-15)


def _check(kind: str, target: Spec, given: Spec, options: Any = None, version: int = 1) -> None:
    numbers = np.maximum(ALL, 0) if kind == "RSQRT" else ALL  # LiteRT refuses to run on less
    check_model(network(kind, [given], [target], options, version=version), [numbers])


@pytest.mark.parametrize("kind", ["LOGISTIC", "TANH"])
def test_curves(kind: str) -> None:
    for chance in examples(12):
        given = chance.choice([2.0**-12, 2.0**-11, scale(chance, 1e-6, 0.5)])
        _check(kind, UNIT, Spec(ALL.shape, "int16", float(np.float32(given))), version=3)


@pytest.mark.parametrize("kind", ["RELU", "RELU6", "LEAKY_RELU", "ABS"])
def test_straight_pieces(kind: str) -> None:
    for chance in examples(12):
        source = Spec(ALL.shape, "int16", scale(chance))
        target = Spec(ALL.shape, "int16", chance.choice([source.scale, scale(chance)]))
        options = None
        if kind == "LEAKY_RELU":
            options = ("LeakyReluOptions", {"alpha": float(np.float32(chance.uniform(0, 1.5)))})
        _check(kind, target, source, options, version=3 if kind == "ABS" else 2)


@pytest.mark.parametrize("kind", ["RSQRT", "EXP", "LOG"])
def test_tables(kind: str) -> None:
    for chance in examples(12):
        source = Spec(ALL.shape, "int16", scale(chance, 1e-5, 2e-4))
        target = Spec(ALL.shape, "int16", scale(chance, 1e-4, 1e-2))
        _check(kind, target, source, version=2 if kind != "RSQRT" else 3)


def test_softmax() -> None:
    for chance in examples(40):
        sizes = shape(chance, int(chance.integers(1, 4, endpoint=True)))
        sizes = (*sizes[:-1], int(chance.integers(1, 60)))
        source = Spec(sizes, "int16", scale(chance, 1e-5, 1e-2))
        beta = float(np.float32(chance.choice([1.0, chance.uniform(0.1, 3)])))
        target = Spec(sizes, "int16", 2.0**-15)
        content = network("SOFTMAX", [source], [target], ("SoftmaxOptions", {"beta": beta}))
        check_model(content, [numbers(chance, source)])
