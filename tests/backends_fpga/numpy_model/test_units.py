"""The function units against exact functions, and sums against loops."""

from __future__ import annotations

import numpy as np
import pytest

from edgesdk_backends.fpga.numpy_model.units import (
    exponential,
    reciprocal,
    rsqrt,
    sum16,
    tree,
)
from tests.backends_fpga.units.numbers import ulps

# Units in the last place, as docs/fpga-numerics.md states them. What is measured over every
# mantissa is measured here over one in 37, and the ends of each binade.
RECIPROCAL_ULPS, RSQRT_ULPS, EXPONENTIAL_ULPS = 2.0, 2.2, 1.0
SPARSE = 37


def patterns(first: float, last: float, step: int) -> np.ndarray:
    low, high = np.array([first, last], np.float32).view(np.uint32).tolist()
    return np.append(np.arange(low, high, step, dtype=np.uint32), np.uint32(high)).view(np.float32)


def test_the_reciprocal_is_as_exact_as_is_said() -> None:
    x = patterns(1, 2, SPARSE)
    assert 1 < ulps(reciprocal(x), 1 / x.astype(np.float64)) <= RECIPROCAL_ULPS


def test_the_reciprocal_root_is_as_exact_as_is_said() -> None:
    x = patterns(1, 4, SPARSE)
    assert 1 < ulps(rsqrt(x), 1 / np.sqrt(x.astype(np.float64))) <= RSQRT_ULPS


@pytest.mark.parametrize("exponent", [-100, -64, -2, 2, 58, 98])
def test_other_binades_are_the_same_but_for_the_exponent(exponent: int) -> None:
    """So that an error measured over one binade, or two, is that of the whole range."""
    x, power = patterns(1, 4, 9973), np.float32(2.0**exponent)
    np.testing.assert_array_equal(reciprocal(x * power), reciprocal(x) / power)
    root = np.float32(2.0 ** (exponent // 2))
    np.testing.assert_array_equal(rsqrt(x * power), rsqrt(x) / root)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_exponential_is_as_exact_as_is_said(sign: int) -> None:
    x = patterns(2.0**-30, 40, SPARSE * 20) * np.float32(sign)
    assert 0.5 < ulps(exponential(x), np.exp(x.astype(np.float64))) <= EXPONENTIAL_ULPS


def test_the_exponential_at_its_ends() -> None:
    below = np.nextafter(np.float32(-40), np.float32(-41))
    x = np.array([0, -0.0, below, -40, -1e30, 40, 41, 1e30], np.float32)
    found = exponential(x)
    assert found[:3].tolist() == [1, 1, 0]
    assert 0 < found[3] < 1e-17
    assert found[4] == 0
    assert found[5] == found[6] == found[7] > 1e17


def test_sixteen_lanes_and_a_tree_in_the_stated_order() -> None:
    v = np.random.RandomState(3).standard_cauchy((4, 80)).astype(np.float32)
    for row, found in zip(v, sum16(v), strict=True):
        lanes = [np.float32(0)] * 16
        for i, value in enumerate(row):
            lanes[i % 16] = np.float32(lanes[i % 16] + value)
        for width in (8, 4, 2, 1):
            for lane in range(width):
                lanes[lane] = np.float32(lanes[lane] + lanes[lane + width])
        assert found == lanes[0]
    assert (sum16(v) != v.sum(axis=1)).any()  # numpy adds in another order


def test_a_tree_of_known_numbers() -> None:
    """Only this order keeps the small one: 2^24 + 1 is no float."""
    lanes = np.zeros(16, np.float32)
    lanes[[0, 8, 1]] = 2**24, -(2**24), 1
    assert tree(lanes) == 1
    lanes[[8, 1]] = 1, -(2**24)
    assert tree(lanes) == 0
