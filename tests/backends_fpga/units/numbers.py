"""Floats and rows that tests draw."""

from __future__ import annotations

import numpy as np

from tests.backends_fpga.units.parts import Floats


def any_floats(count: int, seed: int = 0) -> Floats:
    """Finite floats of all exponents, subnormal ones and zeros too."""
    patterns = np.random.default_rng(seed).integers(0, 1 << 32, count, np.uint32)
    return patterns.view(np.float32)[np.isfinite(patterns.view(np.float32))]


def positive_floats(exponents: range, each: int, seed: int = 0) -> Floats:
    """Of each exponent its ends and random ones between."""
    mantissas = np.random.default_rng(seed).integers(0, 1 << 23, (len(exponents), each), np.uint32)
    mantissas[:, 0], mantissas[:, 1] = 0, (1 << 23) - 1
    biased = np.array(exponents, np.int64)[:, None] + 127
    return ((biased.astype(np.uint32) << np.uint32(23)) | mantissas).ravel().view(np.float32)


def rows(n: int, count: int, seed: int, magnitude: float = 1.0) -> list[Floats]:
    random = np.random.default_rng(seed)
    return [(random.standard_normal(n) * magnitude).astype(np.float32) for _ in range(count)]


def same(found: Floats, expected: Floats) -> bool:
    """To the bit, the signs of zeros included."""
    return bool((found.view(np.uint32) == expected.view(np.uint32)).all())


def ulps(found: Floats, exact: np.ndarray) -> float:
    """The largest error, in units of the last place of the float nearest the exact value."""
    unit = np.spacing(np.abs(exact).astype(np.float32)).astype(np.float64)
    return float((np.abs(found.astype(np.float64) - exact) / unit).max())
