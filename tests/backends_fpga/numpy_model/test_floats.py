"""Float operations, where numpy's own would differ: subnormals, and halves."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgesdk_backends.fpga.numpy_model.floats import (
    add,
    flushed,
    from_half,
    from_integer,
    maximum,
    multiply,
    subtract,
    to_half,
)

SMALLEST = Fraction(1, 2**126)

finite = st.integers(0, 2**31 - 1).map(lambda i: i % 0x7F800000)  # patterns of positive floats
signs = st.sampled_from([1.0, -1.0])
tiny = st.integers(0x00800000, 0x02000000)  # a few powers of two above the smallest normal


def floats(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def pattern(bits: int, sign: float = 1.0) -> np.ndarray:
    return np.array([bits], np.uint32).view(np.float32) * np.float32(sign)


def rounded(exact: Fraction) -> Fraction:
    """To 24 bits as though exponents had no end, ties to even."""
    if exact == 0:
        return exact
    scale = Fraction(2) ** (abs(exact.numerator).bit_length() - exact.denominator.bit_length() - 25)
    while abs(exact) / scale >= 2**24:
        scale *= 2
    return round(exact / scale) * scale


@given(a=finite, b=finite, sign=signs)
def test_a_product_is_rounded_before_it_counts_as_subnormal(a: int, b: int, sign: float) -> None:
    x, y = flushed(pattern(a, sign)), flushed(pattern(b))
    with np.errstate(over="ignore"):
        found = float(multiply(x, y)[0])
    expected = rounded(Fraction(float(x[0])) * Fraction(float(y[0])))
    if abs(expected) < SMALLEST:
        assert found == 0
        assert np.signbit(found) == (sign < 0)
    elif np.isfinite(found):
        assert Fraction(found) == expected
    else:
        assert abs(expected) >= 2**128


def near_the_smallest(power: int) -> tuple[np.ndarray, np.ndarray]:
    """Two floats whose product is 2^-126 (1 - 2^(2 power))."""
    a, b = 2.0**-63 * (1 + 2.0**power), 2.0**-63 * (1 - 2.0**power)
    return floats(a), floats(b)


def test_products_just_below_the_smallest_float() -> None:
    """1 - 2^-24 has 24 bits and stays below; 1 - 2^-26 has more and is rounded up to 1.

    numpy rounds both up, because its subnormals have fewer bits. The processor's mode agrees with
    what is expected here: see the comparison with the native engine.
    """
    for power, expected in ((-12, 0.0), (-13, 2.0**-126)):
        a, b = near_the_smallest(power)
        assert np.multiply(a, b)[0] == np.float32(2.0**-126)
        assert multiply(a, b)[0] == np.float32(expected)
        assert np.signbit(multiply(-a, b)[0])


@given(a=tiny, b=tiny)
def test_a_difference_below_the_smallest_float_is_zero(a: int, b: int) -> None:
    x, y = pattern(a), pattern(b)
    exact = Fraction(float(x[0])) - Fraction(float(y[0]))
    found = float(subtract(x, y)[0])
    assert found == (0 if abs(exact) < SMALLEST else float(rounded(exact)))
    assert add(x, -y)[0] == np.float32(found)


def test_subnormals_become_zeros_of_their_sign() -> None:
    found = flushed(floats(1e-40, -1e-40, 2.0**-126, -0.0, 3.0))
    assert found.tolist() == [0, 0, 2.0**-126, 0, 3]
    assert np.signbit(found).tolist() == [False, True, False, True, False]


@pytest.mark.parametrize("value", [2**24 + 1, 2**24 + 3, -(2**40) + 1, 5_333_666_000, 0, -7])
def test_integers_go_to_the_nearest_float(value: int) -> None:
    found = from_integer(np.array([value], np.int64))
    assert Fraction(float(found[0])) == rounded(Fraction(value))
    assert found.dtype == np.float32


def test_every_half_comes_back() -> None:
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16)
    halves = halves[np.isfinite(halves)]
    np.testing.assert_array_equal(
        to_half(from_half(halves)).view(np.uint16), halves.view(np.uint16)
    )


def test_halves_round_to_even_and_saturate() -> None:
    """Between two halves; beyond the largest; a subnormal half; below the smallest."""
    x = floats(1 + 2.0**-11, 1 + 3 * 2.0**-11, 65519, 65520, -1e30, 2.0**-24 * 1.5, 2.0**-25)
    expected = [1, 1 + 2.0**-9, 65504, 65504, -65504, 2.0**-23, 0]
    assert to_half(x).astype(np.float64).tolist() == expected


def test_a_maximum_of_arrays_and_numbers() -> None:
    assert maximum(floats(-1, 2), np.float32(0)).tolist() == [0, 2]
    assert maximum(floats(-1, 2), floats(3, 1)).dtype == np.float32
