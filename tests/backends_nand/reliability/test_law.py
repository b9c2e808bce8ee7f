"""The raw bit error rate by age, against values worked out by hand from the published constants."""

from __future__ import annotations

import numpy as np
import pytest

from edgesdk_backends.nand.reliability.law import SHARES, Age, raw_bit_error_rate

MONTH, YEAR = 30 * 24, 365 * 24


@pytest.mark.parametrize(
    ("age", "rate"),
    [
        (Age(), 1.5e-3),
        (Age(1, MONTH), 3.7e-3),
        (Age(500, MONTH), 6.9e-3),
        (Age(1, YEAR), 9.9e-3),
        (Age(1500, YEAR), 2.6e-2),
        (Age(1, MONTH, 5000), 1.2e-2),
    ],
)
def test_published_constants(age: Age, rate: float) -> None:
    """Two digits, as tables of this law have them."""
    assert float(raw_bit_error_rate(age, "tlc")) == pytest.approx(rate, rel=0.04)


def test_every_axis_only_adds() -> None:
    base = Age(100, 100, 100)
    for older in (Age(200, 100, 100), Age(100, 200, 100), Age(100, 100, 200)):
        assert raw_bit_error_rate(older, "tlc") > raw_bit_error_rate(base, "tlc")


def test_kinds_of_cells() -> None:
    """Fresh TLC is above the 8e-4 where the paper's scheme fails; one bit a cell is below."""
    fresh = {cell: float(raw_bit_error_rate(Age(), cell)) for cell in SHARES}
    assert fresh["tlc"] > 8e-4 > fresh["lsb"] > 2e-4 > fresh["slc"]


def test_for_each_page_and_never_beyond_a_coin() -> None:
    cycles = np.array([0.0, 1.0, 1e7])
    rates = raw_bit_error_rate(Age(cycles, YEAR, 1e6), "tlc")
    assert rates.shape == (3,)
    assert rates[0] == rates[1] <= rates[2] == 0.5
