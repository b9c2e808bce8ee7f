"""Roots, logarithms and powers of two in whole numbers."""

from __future__ import annotations

import math

import numpy as np

from edgesdk.native import lib

rng = np.random.default_rng(0)
SIZES = [int(2.0**power) for power in rng.uniform(0, 62, 3000)]
EDGES = [value for bits in range(62) for value in (2**bits, 2**bits + 1, 2 ** (bits + 1) - 1)]


def test_quick_root() -> None:
    for x in [*SIZES, *EDGES]:
        wanted = math.sqrt(x)
        assert abs(lib.edge_quick_root(x) - wanted) <= max(wanted * 2**-26, 1)
    assert lib.edge_quick_root(0) == 0


def test_log2() -> None:
    for x in [*SIZES, *EDGES, 2**64 - 1]:
        assert abs(lib.edge_log2(x) / 2**24 - math.log2(x)) <= 1.01 * 2**-24
    assert lib.edge_log2(0) == -(2**31)


def test_powers_of_two() -> None:
    for x in [0, 1, 2**24, 2**24 - 1, 31 * 2**24, *rng.integers(0, 32 * 2**24, 3000)]:
        assert abs(lib.edge_exp2_negative(int(x)) / 2**31 - 2 ** (-int(x) / 2**24)) <= 2**-28
    assert lib.edge_exp2_negative(2**31 - 1) == 0
