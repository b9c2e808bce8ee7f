"""gemmlowp's fixed-point arithmetic on arrays, for tables that are made when a model is planned.

The same as ``firmware/lib/nn/fixed_point.h``; values are whole numbers in int64 arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Fixed = NDArray[np.int64]

_MOST = 2**31 - 1


def fixed(values: Any) -> Fixed:
    """As such an array."""
    array: Fixed = np.asarray(values, np.int64)
    return array


def high_multiply(a: Fixed, b: Fixed | int, bits: int = 31) -> Fixed:
    """a * b / 2**bits, rounded to nearest, halves up; saturated."""
    return fixed(np.minimum((a * b + (1 << (bits - 1))) >> bits, (1 << bits) - 1))


def divide_power(x: Fixed, exponent: int) -> Fixed:
    """x / 2**exponent, rounded to nearest, halves away from zero."""
    mask = (1 << exponent) - 1
    return fixed((x >> exponent) + ((x & mask) > (mask >> 1) + (x < 0)))


def multiply_power(x: Fixed, exponent: int) -> Fixed:
    """x * 2**exponent, saturated to 32 bits."""
    return fixed(np.clip(x << exponent, -_MOST - 1, _MOST))


def scaled(x: Fixed, multiplier: int, shift: int) -> Fixed:
    """x * multiplier * 2**(shift - 31), rounded after each of the two steps."""
    return divide_power(high_multiply(x << max(shift, 0), multiplier), max(-shift, 0))


# exp(-2**n) for n = -2 ... 4, Q0.31.
_EXPONENTIALS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)


def exponential(x: Fixed) -> Fixed:
    """exp(x) as Q0.31 for x <= 0 as Q5.26."""
    quarter = 1 << 24
    within = (x & (quarter - 1)) - quarter  # in [-1/4, 0)
    result = _exponential_near_zero(within << 5)
    rest = within - x
    for bit, factor in enumerate(_EXPONENTIALS, 24):
        result = np.where(rest >> bit & 1, high_multiply(result, factor), result)
    return np.where(x == 0, _MOST, result)


def _exponential_near_zero(x: Fixed) -> Fixed:
    """For x in [-1/4, 0), both Q0.31: Taylor's series around -1/8."""
    middle = x + (1 << 28)
    square = high_multiply(middle, middle)
    cube, fourth = high_multiply(square, middle), high_multiply(square, square)
    third = high_multiply(divide_power(fourth, 2) + cube, 715827883) + square
    return 1895147668 + high_multiply(middle + divide_power(third, 1), 1895147668)
