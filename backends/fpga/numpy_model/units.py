"""The function units, and the order of sums."""

from __future__ import annotations

import numpy as np

from .floats import Floats, add, multiply, subtract

LANES = 16  # partial sums
NEWTON_STEPS = 3

ONE, TWO = np.float32(1), np.float32(2)
HALF, ONE_AND_A_HALF = np.float32(0.5), np.float32(1.5)
RECIPROCAL_GUESS, RSQRT_GUESS = np.uint32(0x7EF311C3), np.uint32(0x5F375A86)

LEAST, MOST = np.float32(2.0**-100), np.float32(2.0**100)  # what reciprocal and rsqrt take

EXPONENT_LIMIT = np.float32(40)
EXPONENT_PLACE = 23  # of the lowest bit of a float's exponent
LOG2_E = np.float32(1.44269504)
LN2_HIGH, LN2_LOW = np.float32(0.693359375), np.float32(-2.12194440e-4)  # LN2_HIGH has few bits
POLYNOMIAL = (  # of Cephes' expf: the highest power first
    np.float32(1.98756915e-4),
    np.float32(1.39819995e-3),
    np.float32(8.33345205e-3),
    np.float32(4.16657962e-2),
    np.float32(1.66666657e-1),
    np.float32(5.00000000e-1),
)


def in_range(x: Floats) -> Floats:
    """x from 2^-100 to 2^100; NaN for all else."""
    result: Floats = np.where((x >= LEAST) & (x <= MOST), x, np.float32(np.nan))
    return result


def reciprocal(x: Floats) -> Floats:
    """1 / x for x from 2^-100 to 2^100, by Newton's method; else NaN."""
    x = in_range(x)
    y: Floats = (RECIPROCAL_GUESS - x.view(np.uint32)).view(np.float32)
    for _ in range(NEWTON_STEPS):
        y = multiply(y, subtract(TWO, multiply(x, y)))
    return y


def rsqrt(x: Floats) -> Floats:
    """1 / sqrt(x) for x from 2^-100 to 2^100, by Newton's method; else NaN."""
    x = in_range(x)
    y: Floats = (RSQRT_GUESS - (x.view(np.uint32) >> np.uint32(1))).view(np.float32)
    half = multiply(x, HALF)
    for _ in range(NEWTON_STEPS):
        y = multiply(y, subtract(ONE_AND_A_HALF, multiply(multiply(half, y), y)))
    return y


def exponential(x: Floats) -> Floats:
    """e^x: 2^n times a polynomial of the rest, within ln(2) / 2 of zero. NaN if x is not finite."""
    known = np.isfinite(x)
    bounded = np.clip(np.where(known, x, np.float32(0)), -EXPONENT_LIMIT, EXPONENT_LIMIT)
    n: Floats = np.rint(multiply(bounded, LOG2_E))
    rest = subtract(subtract(bounded, multiply(n, LN2_HIGH)), multiply(n, LN2_LOW))
    p: Floats = np.full_like(rest, POLYNOMIAL[0])
    for coefficient in POLYNOMIAL[1:]:
        p = add(multiply(p, rest), coefficient)
    e = add(add(multiply(p, multiply(rest, rest)), rest), ONE)
    shifted = e.view(np.int32) + (n.astype(np.int32) << np.int32(EXPONENT_PLACE))
    power = np.where(x < -EXPONENT_LIMIT, np.float32(0), shifted.view(np.float32))
    result: Floats = np.where(known, power, np.float32(np.nan))
    return result


def tree(lanes: Floats) -> Floats:
    """The sum of 16 lanes [..., 16]: [...]."""
    width = LANES // 2
    while width:
        lanes = add(lanes[..., :width], lanes[..., width : 2 * width])
        width //= 2
    return lanes[..., 0]


def sum16(v: Floats) -> Floats:
    """The sum of v [..., n], n a multiple of 16: [...]."""
    steps = v.reshape(*v.shape[:-1], -1, LANES)
    lanes: Floats = np.zeros((*v.shape[:-1], LANES), np.float32)
    for step in range(steps.shape[-2]):
        lanes = add(lanes, steps[..., step, :])
    return tree(lanes)
