"""The function units: equal to the contract model step by step, and how far from exact they are."""

from __future__ import annotations

import numpy as np
import pytest

from edgesdk_backends.fpga.numpy_model import units
from tests.backends_fpga.units.numbers import positive_floats, same, ulps
from tests.backends_fpga.units.parts import Parts

ROOTS = positive_floats(range(-100, 100), 2000)
EXPONENTS = np.concatenate(
    (positive_floats(range(-149 + 23, 6), 2000), np.linspace(0, 41, 300_000, dtype=np.float32))
)

# Infinities and NaN, also those whose bits say more than that.
NOT_FINITE = np.array(
    [0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC00000, 0x7F800001, 0x7FC00001], np.uint32
).view(np.float32)


@pytest.mark.parametrize("unit", ["reciprocal", "rsqrt"])
def test_equal_to_the_contract_over_all_exponents(parts: Parts, unit: str) -> None:
    x = np.append(ROOTS, np.float32(2.0**100))
    assert same(parts.each(unit, x), getattr(units, unit)(x))


def test_the_exponential_equals_the_contract(parts: Parts) -> None:
    x = np.concatenate((EXPONENTS, -EXPONENTS, np.array([0, -0.0, 1e30, -1e30], np.float32)))
    assert same(parts.each("exponential", x), units.exponential(x))


@pytest.mark.parametrize("unit", ["reciprocal", "rsqrt"])
def test_what_is_out_of_range_becomes_no_number(parts: Parts, unit: str) -> None:
    """From its bits, Newton's method would make a finite number of most of these."""
    ends = np.array([2.0**-100, 2.0**100], np.float32)
    outside = np.nextafter(ends, np.array([0, np.inf], np.float32))
    x = np.concatenate((outside, -ends, NOT_FINITE, positive_floats(range(101, 127), 9)))
    x = np.concatenate((x, np.array([0, -0.0], np.float32)))
    assert np.isnan(parts.each(unit, x)).all()
    assert np.isnan(getattr(units, unit)(x)).all()
    assert ("range" in parts.fault()) == (parts.name == "checked")
    assert same(parts.each(unit, ends), getattr(units, unit)(ends))


def test_the_exponential_of_what_is_not_finite_is_no_number(parts: Parts) -> None:
    assert np.isnan(parts.each("exponential", NOT_FINITE)).all()
    assert np.isnan(units.exponential(NOT_FINITE)).all()
    parts.fault()


@pytest.mark.parametrize("every", [37, pytest.param(1, marks=pytest.mark.long)])
def test_how_exact_over_mantissas(native: Parts, every: int) -> None:
    """Newton's method is the same in every binade, the root's in every second one."""
    patterns = np.arange(0, 1 << 23, every, dtype=np.uint32) | np.uint32(127 << 23)
    mantissas = patterns.view(np.float32)
    assert 1.0 < ulps(native.each("reciprocal", mantissas), 1 / mantissas.astype(float)) < 2.0
    for x in (mantissas, mantissas * np.float32(2)):
        assert 0.5 < ulps(native.each("rsqrt", x), 1 / np.sqrt(x.astype(float))) < 2.2


@pytest.mark.parametrize("unit", ["reciprocal", "rsqrt", "exponential"])
def test_how_exact_over_all_exponents(native: Parts, unit: str) -> None:
    bounds = {"reciprocal": 2.0, "rsqrt": 2.2, "exponential": 1.0}
    inside = EXPONENTS[EXPONENTS <= 40]
    x = np.concatenate((inside, -inside)) if unit == "exponential" else ROOTS
    with np.errstate(over="ignore"):
        exact = {
            "reciprocal": lambda v: 1 / v,
            "rsqrt": lambda v: 1 / np.sqrt(v),
            "exponential": np.exp,
        }[unit](x.astype(np.float64))
    assert 0.5 < ulps(native.each(unit, x), exact) < bounds[unit]


def test_the_exponential_s_ends(parts: Parts) -> None:
    below = np.nextafter(np.float32(-40), np.float32(-50))
    found = parts.each("exponential", np.array([below, -1e38, 0, -0.0, 40, 41, 1e38], np.float32))
    assert same(found[:4], np.array([0, 0, 1, 1], np.float32))
    assert found[4] == found[5] == found[6] == pytest.approx(np.exp(40), rel=1e-6)
