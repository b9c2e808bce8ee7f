"""Policies: what can happen to experts, what it moves, and what is refused."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgesdk.errors import UsageError
from edgesdk.predict_model import named_shape
from edgesdk_backends.nand.design.options import chosen_design
from edgesdk_backends.nand.experts.policy import PLAIN, ExpertPolicy, read_policy
from edgesdk_backends.nand.experts.room import fitted
from edgesdk_backends.nand.experts.traffic import expert_traffic, quantities
from edgesdk_backends.nand.timing.token import token_schedule
from edgesdk_backends.nand.workload.decoder import workload
from edgesdk_backends.nand.workload.workload import Workload

POLICIES = [
    PLAIN,
    ExpertPolicy(cached=3),
    ExpertPolicy(cached=3, skew=1.0, keep="recent", prefetch=0.6),
    ExpertPolicy(hit=0.8, prefetch=0.9, wrong=0.3, miss_bits=4),
    ExpertPolicy(cached=2, miss_bits=2, miss_share=0.4, prefetch=0.25),
    ExpertPolicy(hit=1.0),
]


def load(name: str, weights: str = "w8a8") -> Workload:
    return workload(named_shape(name).shape, weights=weights)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(("copies", "used"), [(8, 2), (128, 8), (4, 4)])
def test_outcomes_add_up(policy: ExpertPolicy, copies: int, used: int) -> None:
    found = policy.outcomes(copies, used)
    assert sum(o.probability for o in found) == pytest.approx(1)
    for o in found:
        assert o.from_flash + o.low_precision + o.prefetched + o.from_dram == used
        assert min(o.from_flash, o.low_precision, o.prefetched, o.from_dram) >= 0
        assert o.wasted == pytest.approx((used - o.from_dram) * policy.wasted_each)


@given(
    st.integers(2, 40).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, min(n, 8)))),
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
@settings(max_examples=150, deadline=None)
def test_any_policy_adds_up(experts: tuple[int, int], policy: ExpertPolicy) -> None:
    copies, used = experts
    found = policy.outcomes(copies, used)
    assert sum(o.probability for o in found) == pytest.approx(1)
    assert all(o.probability >= 0 for o in found)
    if policy.hit is None and not policy.skew and used <= policy.cached <= copies:
        served = sum(o.probability * o.from_dram for o in found)
        assert served == pytest.approx(used * policy.cached / copies)


def test_without_a_policy_all_is_read() -> None:
    (only,) = PLAIN.outcomes(8, 2)
    assert (only.probability, only.from_flash, only.wasted) == (1.0, 2, 0.0)


def test_one_copy_is_always_read() -> None:
    (only,) = ExpertPolicy(hit=1.0).outcomes(1, 1)
    assert only.from_flash == 1


def test_shares_are_kept_on_average() -> None:
    policy = ExpertPolicy(hit=0.5, prefetch=0.4, miss_bits=4, miss_share=0.25)
    expected = dict.fromkeys(("from_flash", "low_precision", "prefetched", "from_dram"), 0.0)
    for o in policy.outcomes(64, 8):
        for key in expected:
            expected[key] += o.probability * getattr(o, key)
    assert expected == pytest.approx(
        {"from_dram": 4, "prefetched": 1.6, "low_precision": 0.6, "from_flash": 1.8}
    )


def test_options() -> None:
    assert read_policy({"channels": "8"}) is None
    found = read_policy({"experts_cached": "2.5GB", "experts_keep": "recent", "channels": "8"})
    assert found == ExpertPolicy(cached_bytes=2.5e9, keep="recent")
    assert read_policy({"experts_cached": "12", "experts_hit": "0.5"}) == ExpertPolicy(12, hit=0.5)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        *(("cached", text) for text in ("-1", "5000", "2.5", "1TB", "")),
        *(("miss_bits", text) for text in ("3", "16", "")),
        ("hit", "1.01"),
        ("keep", "lru"),
        ("skew", "nan"),
        ("size", "1"),
    ],
)
def test_bad_options(key: str, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_policy({f"experts_{key}": text})
    assert caught.value.id == "EDGE-02245"


def test_room_becomes_a_number_of_experts() -> None:
    design = chosen_design({"dram_gb": "32"}).design
    each = 3 * 4096 * 14336 * 32  # bytes of one expert in all layers of Mixtral
    policy = ExpertPolicy(cached_bytes=2.5 * each)
    assert fitted(policy, load("mixtral-8x7b"), design, 1000).cached == 2
    assert fitted(policy, load("mixtral-8x7b", "w4a16"), design, 1000).cached == 5


@pytest.mark.parametrize(
    ("model", "policy", "words"),
    [
        ("llama-2-7b", ExpertPolicy(cached=1), "no routed experts"),
        ("mixtral-8x7b", ExpertPolicy(cached=9), "a layer has 8"),
        ("mixtral-8x7b", ExpertPolicy(cached_bytes=5e9), "one of each takes 5.64 GB"),
        ("mixtral-8x7b", ExpertPolicy(cached=2), "cannot hold 2 experts"),
    ],
)
def test_policies_that_do_not_fit(model: str, policy: ExpertPolicy, words: str) -> None:
    design = chosen_design({"dram_gb": "10"}).design
    with pytest.raises(UsageError) as caught:
        fitted(policy, load(model), design, 1000)
    assert caught.value.id == "EDGE-02245"
    assert words in f"{caught.value.what} {caught.value.evidence}"


def test_copies_of_low_precision_take_flash() -> None:
    """Mixtral takes 46.6 GB, its experts at 4 bits another 22.5 GB; 526 GB are there, or 60."""
    model, policy = load("mixtral-8x7b"), ExpertPolicy(miss_bits=4)
    assert fitted(policy, model, chosen_design({"preset": "cambricon-m"}).design, 10) == policy
    small = chosen_design({"preset": "cambricon-s", "blocks": "116"}).design
    assert 59e9 < small.usable_bytes < 60e9
    assert fitted(PLAIN, model, small, 10) == PLAIN
    with pytest.raises(UsageError, match="as well") as caught:
        fitted(policy, model, small, 10)
    assert caught.value.id == "EDGE-02245"


def test_mixtral_reads_what_is_published() -> None:
    """AiF (ISCA 2025) counts 46.2 GiB in all, at 8.5 bits a weight as llama.cpp's Q8_0 has them,
    and 14.7 GiB for each token. The first agrees; the second is 14 % more than the sum of the
    weights of two experts, attention and the head, and what else it counts is not published."""
    model = load("mixtral-8x7b")
    q8_0 = 8.5 / 8 / 2**30  # GiB of a weight
    assert (model.stored_weights + 32000 * 4096) * q8_0 == pytest.approx(46.2, rel=0.005)
    traffic = expert_traffic(PLAIN, model)
    assert traffic.flash == model.token_bytes
    assert traffic.flash * 8.5 / 8 / 2**30 == pytest.approx(12.6, abs=0.05)
    assert 14.7 / (traffic.flash * 8.5 / 8 / 2**30) == pytest.approx(1.165, abs=0.01)


def test_traffic_of_policies() -> None:
    model = load("qwen3-30b-a3b")
    experts = expert_traffic(PLAIN, model).missed
    half = expert_traffic(ExpertPolicy(hit=0.5), model)
    assert half.missed == pytest.approx(experts / 2)
    assert half.dram == pytest.approx(experts / 2)
    ahead = expert_traffic(ExpertPolicy(prefetch=0.75), model)
    assert ahead.missed == pytest.approx(experts / 4)
    assert ahead.wasted == pytest.approx(experts / 4)
    assert ahead.flash == pytest.approx(model.token_bytes + experts / 4)
    narrow = expert_traffic(ExpertPolicy(miss_bits=2), model)
    assert (narrow.missed, narrow.narrow) == pytest.approx((0, experts / 4))
    recent = expert_traffic(ExpertPolicy(cached=64, keep="recent"), model)
    assert recent.filled == pytest.approx(recent.missed)


@pytest.mark.parametrize("policy", POLICIES)
def test_lines_of_a_prediction_add_up(policy: ExpertPolicy) -> None:
    whole, *rows = quantities(policy, load("mixtral-8x7b"))
    parts = {row.name: row.value for row in rows}
    from_dram = parts.pop("experts from DRAM", 0.0)
    assert sum(parts.values()) == pytest.approx(whole.value)
    assert all(row.unit == "GB/token" and row.value > 0 for row in (whole, *rows))
    assert (from_dram > 0) == bool(policy.hit or policy.cached or policy.prefetch)


def test_the_schedule_moves_the_same_bytes() -> None:
    """Traffic counted here, and weights of the schedule's stages, agree for every policy."""
    model = load("mixtral-8x7b")
    design = chosen_design({"dram_gb": "100"}).design
    for policy in POLICIES:
        schedule = token_schedule(design, model, 1000, policy=policy)
        mine = expert_traffic(policy, model)
        assert schedule.total("dram_weights") == pytest.approx(mine.dram)
        weights = schedule.total("core_weights") + schedule.total("npu_weights")
        narrow = mine.narrow * 8 / (policy.miss_bits or 8)
        assert weights == pytest.approx(mine.others + mine.missed + narrow)
        ahead = mine.ahead + mine.wasted + mine.filled
        assert schedule.total("ahead_weights") == pytest.approx(ahead)


def test_policies_make_a_token_faster_or_slower() -> None:
    model = load("mixtral-8x7b")
    design = chosen_design({"preset": "cambricon-s", "dram_gb": "100"}).design

    def seconds(policy: ExpertPolicy | None) -> float:
        return token_schedule(design, model, 1000, policy=policy).seconds

    plain = seconds(None)
    assert seconds(PLAIN) == pytest.approx(plain)
    by_hit = [seconds(ExpertPolicy(hit=share)) for share in (0.0, 0.3, 0.6)]
    assert by_hit == sorted(by_hit, reverse=True)
    assert by_hit[0] == pytest.approx(plain)
    assert seconds(ExpertPolicy(miss_bits=4)) < plain
    assert seconds(ExpertPolicy(prefetch=0.5, wrong=4.0)) > seconds(
        dataclasses.replace(PLAIN, prefetch=0.5)
    )
