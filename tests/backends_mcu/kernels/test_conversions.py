"""QUANTIZE and DEQUANTIZE against LiteRT's reference kernels, to the bit."""

from __future__ import annotations

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

PAIRS = [
    ("int8", "int8"),
    ("int8", "uint8"),
    ("uint8", "int8"),
    ("int16", "int8"),
    ("int16", "int16"),
    ("int16", "int32"),
    ("int32", "int8"),
    ("int32", "int16"),
]


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_from_one_quantisation_to_another(before: str, after: str) -> None:
    for chance in examples(30):
        sizes = shape(chance, int(chance.integers(1, 4)))
        zeros = [0 if "16" in t or "32" in t else zero(chance, t) for t in (before, after)]
        source = Spec(sizes, before, scale(chance, 1e-2), zeros[0])
        target = Spec(sizes, after, scale(chance, 1e-2), zeros[1])
        given = numbers(chance, source)
        if before == "int32":
            given //= 2**12
        check_model(network("QUANTIZE", [source], [target], version=2), [given])


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16"])
def test_from_and_to_float32(dtype: str) -> None:
    for chance in examples(30):
        sizes = shape(chance, int(chance.integers(1, 4)))
        real, whole = Spec(sizes, "float32"), Spec(sizes, dtype, scale(chance), zero(chance, dtype))
        given = numbers(chance, real) * np.float32(scale(chance, 0.1, 100))
        check_model(network("QUANTIZE", [real], [whole], version=2), [given])
        content = network("DEQUANTIZE", [whole], [real], version=3)
        check_model(content, [numbers(chance, whole)])


def test_halves_are_rounded_away_from_zero() -> None:
    real, whole = Spec((8,), "float32"), Spec((8,), "int8", 1.0, 0)
    given = np.array([0.5, 1.5, -0.5, -1.5, 0.49999997, -0.49999997, 126.5, -129], np.float32)
    (answer,) = check_model(network("QUANTIZE", [real], [whole], version=2), [given])
    assert answer.tolist() == [1, 2, -1, -2, 0, 0, 127, -128]


CODES = {"int8": 9, "uint8": 3, "int16": 7, "int32": 2, "int64": 4}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("int64", "int32"),
        ("int32", "int16"),
        ("int32", "int8"),
        ("int16", "int8"),
        ("int8", "uint8"),
    ],
)
def test_casts_to_what_is_not_wider(before: str, after: str) -> None:
    for chance in examples(5):
        source = Spec(shape(chance, 3), before)
        target = Spec(source.shape, after)
        fields = {"inDataType": CODES[before], "outDataType": CODES[after]}
        content = network("CAST", [source], [target], ("CastOptions", fields))
        check_model(content, [numbers(chance, source)])
