"""Approximate zero crossings equal a recursive Ramer-Douglas-Peucker of exact integers, always."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from edgesdk.native import ffi, lib
from tests.sensing.time import features, oracle
from tests.sensing.time.signals import Samples, as_column, extremes, varied

TOLERANCES = [0, 1, 2, 7, 77, 179, 256, 1024, 40000, 65535]


@pytest.mark.parametrize("count", [3, 4, 50, 200])
def test_equals_the_oracle(count: int) -> None:
    for samples in (*varied(count), *extremes(count)):
        for tolerance in TOLERANCES:
            assert features.azc(samples, tolerance) == oracle.azc(samples, tolerance)


@settings(max_examples=300)
@given(arrays.arrays(np.int16, st.integers(3, 40), elements=st.integers(-4, 4)), st.integers(0, 8))
def test_equals_the_oracle_on_steps_and_ties(samples: Samples, tolerance: int) -> None:
    assert features.azc(samples, tolerance) == oracle.azc(samples, tolerance)


@pytest.mark.parametrize("count", [3, 50, 200])
def test_one_pass_serves_all_tolerances(count: int) -> None:
    for samples in varied(count):
        for smallest in (0, 3):
            asked = TOLERANCES[smallest:]
            assert features.azc_of_all(samples, asked) == [oracle.azc(samples, t) for t in asked]


def test_a_sample_is_kept_below_its_level_and_not_at_it() -> None:
    samples = next(varied(60))
    levels = ffi.new("uint16_t[]", 60)
    lib.edge_azc_levels(ffi.from_buffer("int16_t[]", samples), 60, 1, 0, levels)
    for tolerance in range(int(np.ptp(samples)) + 1):
        kept = [i for i in range(60) if levels[i] > tolerance]
        assert kept == oracle.kept_samples(samples, tolerance)


def test_an_interleaved_channel_gives_the_same() -> None:
    for samples in varied(50):
        assert features.azc(as_column(samples), 20) == oracle.azc(samples, 20)


def test_what_the_words_say() -> None:
    level_top = np.array([0, 5, 5, 0], np.int16)
    staircase = np.array([0, 5, 5, 9], np.int16)
    assert features.azc(level_top, 0) == 1
    assert features.azc(staircase, 0) == 0
    assert features.azc(level_top, 5) == 0  # 5 from the line is not more than 5


@pytest.mark.parametrize("end", [-32768, 32767])
def test_the_longest_window_does_not_wrap(end: int) -> None:
    """One sample as far from the line as can be, where products pass 2^31 by far."""
    count = lib.EDGE_TIME_LONGEST
    samples = np.full(count, -1 - end, np.int16)
    samples[-1] = end
    samples[count // 2] = end
    assert features.azc(samples, 32000) == oracle.azc(samples, 32000) == 2


@pytest.mark.parametrize("count", [0, 1, 2, lib.EDGE_TIME_LONGEST + 1])
def test_other_sizes_give_zero(count: int) -> None:
    assert features.azc(np.arange(count).astype(np.int16) % 7, 0) == 0


@pytest.mark.parametrize("value", [0, 1, -32768, 32767])
def test_constant_windows_have_none(value: int) -> None:
    assert features.azc(np.full(50, value, np.int16), 0) == 0
