"""Zero crossings, rms, crest factor, line length, kurtosis, magnitude: against numpy and scipy."""

from __future__ import annotations

import numpy as np
import pytest

from edgesdk.native import lib
from tests.sensing.time import features, oracle
from tests.sensing.time.signals import Samples, as_column, extremes, varied, whole

SIZES = (2, 3, 50, 333, 12800, 32768)
# Half of the last fraction bit, and what is left of 32 bits in a large value.
HALF, RELATIVE = 0.5001, 2.0**-30


def _changing(count: int) -> list[Samples]:
    """All windows that are not constant: those have no crest factor or kurtosis in numpy."""
    return [each for each in (*varied(count), *extremes(count)) if np.ptp(each) > 0]


def _near(got: float, wanted: float, unit: float) -> bool:
    return abs(got - wanted) <= HALF * unit + RELATIVE * abs(wanted)


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("centred", [False, True])
def test_equal_the_oracle(count: int, centred: bool) -> None:
    for samples in _changing(count):
        crossings = oracle.zero_crossings(samples, centred)
        assert _near(features.zero_crossings(samples, centred), crossings, features.RATE)
        rms = oracle.rms(samples, centred)
        assert _near(features.rms(samples, centred), rms, features.UNIT)
        crest = oracle.crest_factor(samples, centred)
        assert _near(features.crest_factor(samples, centred), crest, features.CREST)
        assert _near(features.line_length(samples), oracle.line_length(samples), features.UNIT)


@pytest.mark.parametrize("count", SIZES)
def test_crossings_are_counted_exactly(count: int) -> None:
    for samples in _changing(count):
        for centred in (False, True):
            share = features.zero_crossings(samples, centred)
            wanted = oracle.zero_crossings(samples, centred) * (count - 1)
            assert round(share * (count - 1)) == round(wanted)


@pytest.mark.parametrize("count", SIZES)
def test_kurtosis_equals_scipy(count: int) -> None:
    """15 bits of the largest deviation are enough: 1/4096, or a thousandth of a large kurtosis."""
    for samples in _changing(count):
        got, wanted = features.kurtosis(samples), oracle.kurtosis(samples)
        assert abs(got - wanted) <= features.KURTOSIS + 1e-3 * (wanted + 3), (got, wanted)


@pytest.mark.parametrize("value", [0, 1, -1, 300, 32767, -32768])
@pytest.mark.parametrize("count", SIZES)
def test_constant_windows_have_the_stated_values(value: int, count: int) -> None:
    samples = np.full(count, value, np.int16)
    for centred in (False, True):
        assert features.zero_crossings(samples, centred) == 0
        assert features.rms(samples, centred) == (0 if centred else abs(value))
        assert features.crest_factor(samples, centred) == (0 if centred else np.sign(value))
    assert features.line_length(samples) == 0
    assert features.kurtosis(samples) == 0


@pytest.mark.parametrize("count", [0, 1, lib.EDGE_TIME_LONGEST + 1])
def test_other_sizes_give_zero(count: int) -> None:
    samples = whole(np.random.default_rng(0).normal(0, 1000, count))
    assert features.zero_crossings(samples, True) == 0
    assert features.rms(samples, False) == 0
    assert features.crest_factor(samples, False) == 0
    assert features.line_length(samples) == 0
    assert features.kurtosis(samples) == 0


def test_an_interleaved_channel_gives_the_same() -> None:
    for samples in _changing(50):
        column = as_column(samples)
        assert features.line_length(column) == features.line_length(samples)
        assert features.kurtosis(column) == features.kurtosis(samples)
        for centred in (False, True):
            for feature in (features.zero_crossings, features.rms, features.crest_factor):
                assert feature(column, centred) == feature(samples, centred)


def test_magnitude_is_the_rounded_length() -> None:
    random = np.random.default_rng(0)
    for size in (1, 3, 100, 10000, 18918):
        axes = random.integers(-size, size + 1, (500, 6)).astype(np.int16)
        for first in (0, 3):
            group = axes[:, first:]
            assert np.array_equal(
                features.magnitude(group), np.rint(oracle.magnitude(group[:, :3]))
            )


def test_magnitude_beyond_the_range_saturates() -> None:
    corner = np.array([[-32768, -32768, -32768], [32767, 32767, 32767], [32767, 0, 0]], np.int16)
    assert features.magnitude(corner).tolist() == [32767, 32767, 32767]
