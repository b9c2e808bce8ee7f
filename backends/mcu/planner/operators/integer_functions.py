"""TFLite's functions in whole numbers, for the tables of lookups: stored numbers in and out."""

from __future__ import annotations

import numpy as np

from ..graph import Tensor
from .fixed_point import Fixed, divide_power, fixed, high_multiply, multiply_power, scaled
from .operands import need
from .quantised import multiplier_of, scale_of, zero_of


def rescaled(values: Fixed, source: Tensor, target: Tensor) -> Fixed:
    """The same real numbers in another quantisation."""
    multiplier, shift = multiplier_of(scale_of(source) / scale_of(target))
    return scaled(values - zero_of(source), multiplier, shift) + zero_of(target)


def leaky(values: Fixed, source: Tensor, target: Tensor, alpha: np.float32) -> Fixed:
    """LEAKY_RELU."""
    multiplier, shift = multiplier_of(scale_of(source) * alpha / scale_of(target))
    sign = -1 if multiplier < 0 else 1
    negative = sign * scaled(values - zero_of(source), abs(multiplier), shift) + zero_of(target)
    return np.where(values >= zero_of(source), rescaled(values, source, target), negative)


def absolute(values: Fixed, source: Tensor, target: Tensor) -> Fixed:
    """ABS."""
    sizes = np.abs(values - zero_of(source))
    if scale_of(source) != scale_of(target):
        sizes = scaled(sizes, *multiplier_of(scale_of(source) / scale_of(target)))
    return sizes + zero_of(target)


def hard_swish(values: Fixed, source: Tensor, target: Tensor) -> Fixed:
    """HARD_SWISH, in 16 bits: x on the output's scale, times (x + 3) / 6 clipped to [0, 1]."""
    fine = scale_of(source) / np.float32(128)
    output, output_shift = _multiplier16(fine / scale_of(target))
    ramp, ramp_shift = _multiplier16(fine / np.float32(3 / 32768))
    need(output_shift <= 0, "its output's scale is far smaller than its input's")
    need(output_shift >= -15, "its output's scale is far larger than its input's")
    raised = (values - zero_of(source)) << 7
    share = raised
    if ramp_shift > 0:
        share = _shifted16(share, ramp_shift - 1)
    share = high_multiply(share, ramp, 15)
    if ramp_shift > 0:
        share = _shifted16(share, 1)
    if ramp_shift < 0:
        share = divide_power(share, -ramp_shift)
    product = (share + (1 << 15) >> 1) * high_multiply(raised, output, 15)
    towards_zero = np.sign(product) * (np.abs(product) >> 15)
    return divide_power(towards_zero, -output_shift) + zero_of(target)


def _multiplier16(real: np.float32) -> tuple[int, int]:
    multiplier, shift = multiplier_of(real)
    return min((multiplier + (1 << 15)) >> 16, 2**15 - 1), shift


def _shifted16(values: Fixed, exponent: int) -> Fixed:
    return fixed(np.clip(values << exponent, -(2**15), 2**15 - 1))


_RAISED = 20  # bits, so that an inverse root is a whole number


def rsqrt(values: Fixed, source: Tensor, target: Tensor) -> Fixed:
    """RSQRT; what is not positive gives the largest number (TFLite refuses to run on less)."""
    root = np.sqrt(scale_of(source))
    multiplier, shift = multiplier_of(1.0 / np.float64(root * scale_of(target)))
    sizes = values - zero_of(source)
    inverse = fixed([_inverse_root(int(size)) for size in np.maximum(sizes, 1)])
    results = scaled(inverse, multiplier, shift - _RAISED) + zero_of(target)
    return np.where(sizes > 0, results, np.iinfo(target.dtype).max)


def _inverse_root(size: int) -> int:
    """2**20 / sqrt(size), by five steps of Newton's iteration on Q3.28."""
    multiplier, shift = 2**31 - 1, 0
    if size > 1:
        pairs = (32 - size.bit_length() - 1) // 2 - 1
        shift = -(11 - pairs)
        x, number = fixed(1 << 28), fixed(size << (2 * pairs) >> 1)
        half = divide_power(number, 1)
        for _ in range(5):
            cube = multiply_power(high_multiply(high_multiply(x, x), x), 6)
            difference = high_multiply(fixed(3 << 27), x) - high_multiply(half, cube)
            x = multiply_power(difference, 3)
        multiplier = int(high_multiply(x, 1518500250))
        if shift > 0:
            multiplier, shift = multiplier << shift, 0
    return int(scaled(fixed(1), multiplier, shift + _RAISED))
