"""Operations on floats, and half floats."""

from __future__ import annotations

import numpy as np
import pytest

from edgesdk_backends.fpga.numpy_model import floats
from tests.backends_fpga.units.numbers import any_floats, same
from tests.backends_fpga.units.parts import Parts

HALVES = np.arange(1 << 16, dtype=np.uint16)
FINITE_HALVES = HALVES[(HALVES & 0x7C00) != 0x7C00]


def pairs(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Whose sums and products stay finite; many of their products are subnormal."""
    a, b = any_floats(200_000, seed), any_floats(200_000, seed + 1)
    a, b = a[: min(len(a), len(b))], b[: min(len(a), len(b))]
    with np.errstate(all="ignore"):
        kept = np.isfinite(a * b) & np.isfinite(a + b) & np.isfinite(a - b)
    return a[kept], b[kept]


@pytest.mark.parametrize("unit", ["add", "subtract", "multiply"])
def test_an_operation_rounds_once_and_knows_no_subnormals(parts: Parts, unit: str) -> None:
    a, b = pairs(seed=1)
    flushed = floats.flushed(a), floats.flushed(b)
    assert (flushed[0] != a).any()
    with np.errstate(all="ignore"):
        assert same(parts.each(unit, a, b), getattr(floats, unit)(*flushed))


def test_a_product_just_below_the_smallest_normal_float(parts: Parts) -> None:
    """Rounded as though exponents had no end: 2^-126 - 2^-151 and up is normal, the rest zero."""
    ones = np.float32(1) + np.arange(0, 64, dtype=np.float32) * np.float32(2.0**-23)
    a, b = (grid.ravel() for grid in np.meshgrid(ones * np.float32(2.0**-63), 1 / ones))
    b = b * np.float32(2.0**-63)
    found = parts.each("multiply", a, b)
    assert set(np.unique(found).tolist()) >= {0.0, 2.0**-126}
    with np.errstate(all="ignore"):
        assert same(found, floats.multiply(a, b))


def test_the_nearest_integer(parts: Parts) -> None:
    random = np.random.default_rng(2).uniform(-20000, 20000, 100_000)
    ties = np.arange(-20000, 20000) + 0.5
    ends = [0.0, -0.0, 1e-30, 4194303.0, -4194303.0, 4194302.5, -4194303.5]
    x = np.concatenate((random, ties, ends)).astype(np.float32)
    assert (parts.each("nearest", x) == np.rint(x)).all()


def test_every_half_becomes_its_float(parts: Parts) -> None:
    expected = FINITE_HALVES.view(np.float16).astype(np.float32)
    assert same(parts.each("from_half", FINITE_HALVES), expected)


def test_halves_that_are_not_finite_become_such_floats(parts: Parts) -> None:
    halves = HALVES[(HALVES & 0x7C00) == 0x7C00]
    found = parts.each("from_half", halves)
    assert not np.isfinite(found).any()
    assert (np.isnan(found) == np.isnan(halves.view(np.float16))).all()
    assert ("half" in parts.fault()) == (parts.name == "checked")


def test_a_float_that_is_not_finite_becomes_one_half_that_is_none(parts: Parts) -> None:
    patterns = np.array([0x7F800000, 0x7F800001, 0x7FC00000, 0x7FFFFFFF], np.uint32)
    x = np.concatenate((patterns, patterns | np.uint32(1 << 31))).view(np.float32)
    assert (parts.each("to_half", x) == 0x7E00).all()
    assert (floats.to_half(x).view(np.uint16) == 0x7E00).all()


def test_every_half_comes_back(parts: Parts) -> None:
    widened = FINITE_HALVES.view(np.float16).astype(np.float32)
    assert (parts.each("to_half", widened) == FINITE_HALVES).all()


def test_floats_between_halves_go_to_the_nearest(parts: Parts) -> None:
    halves = np.sort(FINITE_HALVES.view(np.float16)).astype(np.float32)
    middle = (halves[1:] + halves[:-1]) / np.float32(2)
    up, down = np.nextafter(middle, np.float32(1e9)), np.nextafter(middle, np.float32(-1e9))
    x = np.concatenate((middle, up, down))
    assert (parts.each("to_half", x).view(np.float16) == x.astype(np.float16)).all()


def test_any_float_becomes_the_nearest_half_and_the_largest_stays_finite(parts: Parts) -> None:
    ends = [65504, 65519.996, 65520, 65536, 1e6, 3e38, 2.0**-25, 2.0**-24 * 1.5, 2.0**-126, 1e-45]
    x = np.concatenate((any_floats(300_000), np.array(ends), -np.array(ends))).astype(np.float32)
    expected = np.clip(x, -65504, 65504).astype(np.float16)
    assert (parts.each("to_half", x) == expected.view(np.uint16)).all()


@pytest.mark.parametrize(
    ("unit", "values", "words"),
    [
        ("multiply", [3e38, 2.0], "infinite"),
        ("add", [3e38, 3e38], "infinite"),
        ("nearest", [4194304.0], "too large"),
        ("reciprocal", [2.0**-101], "range"),
        ("rsqrt", [0.0], "range"),
        ("rsqrt", [-1.0], "range"),
        ("reciprocal", [2.0**101], "range"),
    ],
)
def test_the_checked_build_says_what_left_its_range(
    parts: Parts, unit: str, values: list[float], words: str
) -> None:
    found = parts.each(unit, *(np.array([value], np.float32) for value in values))
    assert unit == "nearest" or not np.isfinite(found).any()
    assert (words in parts.fault()) == (parts.name == "checked")
