"""What can happen to the experts of a token, beside draws and counts by hand."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgesdk_backends.nand.experts.outcomes import Outcomes
from edgesdk_backends.nand.experts.policy import PLAIN, ExpertPolicy
from tests.backends_nand.experts.policies import POLICIES


def every(found: Outcomes) -> Iterator[tuple[float, int, int]]:
    """Each outcome: how likely, read as ever, read at low precision."""
    for (full, low), likely in np.ndenumerate(found.read):
        yield float(likely), full, low


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(("copies", "used"), [(8, 2), (128, 8), (4, 4)])
def test_outcomes_add_up(policy: ExpertPolicy, copies: int, used: int) -> None:
    found = policy.outcomes(copies, used)
    assert found.late.sum() == pytest.approx(1)
    assert found.read.sum() == pytest.approx(1)
    assert found.used == used
    assert all(full + low <= used for likely, full, low in every(found) if likely)
    lacking, late = np.nonzero(found.late)
    assert (late <= lacking).all()
    parts = (found.from_flash, found.low_precision, found.prefetched, found.from_dram)
    assert sum(parts) == pytest.approx(used)
    assert min(parts) >= -1e-12
    late_ones = found.late.sum(axis=0) @ np.arange(used + 1)
    assert late_ones == pytest.approx(found.from_flash + found.low_precision)


@given(
    st.integers(2, 40).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n))),
    st.builds(
        ExpertPolicy,
        cached=st.integers(0, 50),
        keep=st.sampled_from(["popular", "recent"]),
        hit=st.none() | st.floats(0, 1),
        skew=st.floats(0, 4),
        prefetch=st.floats(0, 1),
        wrong=st.none() | st.floats(0, 16),
        miss_bits=st.sampled_from([0, 2, 4, 8]),
        miss_share=st.floats(0, 1),
    ),
)
@settings(max_examples=150)
def test_any_policy_adds_up(experts: tuple[int, int], policy: ExpertPolicy) -> None:
    copies, used = experts
    found = policy.outcomes(copies, used)
    for table in (found.late, found.read):
        assert table.sum() == pytest.approx(1)
        assert table.min() >= 0
    lacking = np.arange(used + 1)
    cached = min(policy.cached, copies)
    assert (found.wasted >= 0).all()
    assert (found.wasted <= lacking * policy.wasted_each).all()
    there = np.maximum(cached, used - lacking)
    assert (found.wasted <= np.maximum(copies - there - lacking, 0)).all()
    if policy.hit is None and not policy.skew and used <= policy.cached <= copies:
        assert found.from_dram == pytest.approx(used * policy.cached / copies)


def test_the_tables_are_drawn_ones() -> None:
    """Each expert for itself, ten thousand tokens."""
    policy = ExpertPolicy(hit=0.6, prefetch=0.3, miss_bits=4, miss_share=0.25)
    random = np.random.default_rng(3)
    lacking = random.binomial(6, 0.4, 10_000)
    late = random.binomial(lacking, 0.7)
    low = random.binomial(late, 0.25)
    found = policy.outcomes(64, 6)
    for table, places in ((found.late, (lacking, late)), (found.read, (late - low, low))):
        drawn = np.zeros_like(table)
        np.add.at(drawn, places, 1e-4)
        assert table == pytest.approx(drawn, abs=0.015)


def test_no_more_is_wasted_than_there_is() -> None:
    """Of 8 experts a token uses 2, and 3 are in DRAM, so 3 to 5 are neither."""
    found = ExpertPolicy(cached=3, prefetch=0.5, wrong=16).outcomes(8, 2)
    assert found.wasted == pytest.approx([0, 4, 3])
    assert ExpertPolicy(prefetch=0.5, wrong=16).outcomes(8, 2).unused == 6
    assert ExpertPolicy(prefetch=0.5, wrong=16).outcomes(4, 4).unused == 0


def test_many_experts_take_no_time() -> None:
    """Tables of 513 by 513, where a list of all outcomes would have 22 million."""
    policy = ExpertPolicy(cached=256, skew=0.5, prefetch=0.5, miss_bits=4, miss_share=0.5)
    for keep in ("popular", "recent"):
        found = dataclasses.replace(policy, keep=keep).outcomes(512, 512)
        assert found.late.shape == found.read.shape == (513, 513)
        assert found.from_dram == pytest.approx(256)
        assert found.low_precision == pytest.approx(64)


def test_without_a_policy_all_is_read() -> None:
    found = PLAIN.outcomes(8, 2)
    assert (found.read[2, 0], found.late[2, 2], found.unused) == (1.0, 1.0, 0.0)


def test_one_copy_is_always_read() -> None:
    assert ExpertPolicy(hit=1.0).outcomes(1, 1).from_flash == 1


def test_shares_are_kept_on_average() -> None:
    found = ExpertPolicy(hit=0.5, prefetch=0.4, miss_bits=4, miss_share=0.25).outcomes(64, 8)
    keys = ("from_dram", "prefetched", "low_precision", "from_flash")
    assert [getattr(found, key) for key in keys] == pytest.approx([4, 1.6, 0.6, 1.8])
