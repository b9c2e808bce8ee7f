"""Codes of thresholds, against the definition: a decision is the same for every value taken."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edgesdk.sensing.forest_codes import HIGHEST, LOWEST, Code, choose, least_not_left

values = st.one_of(
    st.integers(LOWEST, HIGHEST),
    st.integers(-300, 300),
    st.integers(-(2**20), 2**20),
    st.sampled_from([LOWEST, LOWEST + 1, HIGHEST - 1, HIGHEST]),
)
thresholds = st.one_of(values, st.sampled_from([HIGHEST + 1]))


def coded(code: Code, value: NDArray[np.int64]) -> NDArray[np.int64]:
    """As docs/forest.md says it, in integers without limits."""
    return ((value - code.offset) >> code.shift).clip(-(2**15), 2**15 - 1)


@settings(max_examples=300)
@given(st.lists(thresholds, min_size=1, max_size=40), st.lists(values, max_size=60))
@example([LOWEST, HIGHEST + 1], [LOWEST, HIGHEST])
@example([LOWEST, LOWEST + 1], [LOWEST, HIGHEST])
@example([HIGHEST, HIGHEST + 1], [HIGHEST])
def test_every_decision_is_kept(found: list[int], training: list[int]) -> None:
    distinct = np.unique(np.array(found, np.int64))
    taken = np.array(training, np.int64)
    codes, of, number = choose(7, distinct, taken)
    assert all(code.value == 7 and 0 <= code.shift <= 16 for code in codes)
    assert all(LOWEST <= code.offset <= HIGHEST for code in codes)
    assert (number >= -(2**15)).all()
    assert (number < 2**15).all()
    inside = taken if taken.size else distinct[distinct <= HIGHEST]
    for threshold, code, compared in zip(distinct, of, number, strict=True):
        assert ((coded(codes[code], inside) < compared) == (inside < threshold)).all()


def test_one_code_where_the_thresholds_are_near() -> None:
    codes, _, _ = choose(0, np.arange(-30_000, 30_000, 7), np.arange(-40_000, 40_000))
    assert [code.shift for code in codes] == [0]


def test_without_training_values_a_threshold_moves_by_little() -> None:
    found = np.unique(np.random.default_rng(0).integers(LOWEST, HIGHEST, 200))
    codes, of, number = choose(0, found, np.empty(0, np.int64))
    for threshold, code, compared in zip(found, of, number, strict=True):
        boundary = codes[code].offset + (int(compared) << codes[code].shift)
        assert 0 <= threshold - boundary <= (found[-1] - found[0]) / 32_767


@settings(max_examples=300)
@given(st.floats(width=32, allow_nan=False, allow_infinity=False), st.integers(0, 31))
@example(2.0**31, 0)
@example(-(2.0**31), 0)
@example(1.0, 31)
@example(16_777_218.0, 0)
@example(-0.0, 0)
def test_the_least_value_that_does_not_go_left(threshold: float, bits: int) -> None:
    [least] = least_not_left(np.array([threshold], np.float32), bits).tolist()

    def left(value: int) -> bool:  # as XGBoost has it: both in float32
        return bool(np.float32(value / 2**bits) < np.float32(threshold))

    assert LOWEST <= least <= HIGHEST + 1
    assert least > HIGHEST or not left(least)
    assert least == LOWEST or left(least - 1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_many_thresholds_at_once(dtype: type[np.floating]) -> None:
    drawn = np.random.default_rng(1).normal(size=200).astype(dtype) * 1000
    together = least_not_left(drawn, 12)
    assert together.tolist() == [least_not_left(drawn[i : i + 1], 12)[0] for i in range(200)]
