"""Routed experts: what is expected of a stage, beside an enumeration of every outcome."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgesdk.predict_model import named_shape
from edgesdk_backends.nand.design.design import Design
from edgesdk_backends.nand.design.preset import read_preset
from edgesdk_backends.nand.experts.policy import PLAIN, ExpertPolicy
from edgesdk_backends.nand.timing.occupancy import occupancy
from edgesdk_backends.nand.timing.slot import pace_of
from edgesdk_backends.nand.timing.stage import matrices_time, shapes_of
from edgesdk_backends.nand.timing.token import TokenSchedule, token_schedule
from edgesdk_backends.nand.timing.traffic import traffic_of
from edgesdk_backends.nand.workload.decoder import workload

MIXTRAL = workload(named_shape("mixtral-8x7b").shape)
EXPERT = sum(
    matrix.weights
    for stage in MIXTRAL.layers[0].stages
    for matrix in stage.matrices
    if matrix.copies > 1
)


def _token(design: Design, policy: ExpertPolicy | None) -> TokenSchedule:
    return token_schedule(design, MIXTRAL, 1000, policy=policy)


def test_plain_is_no_policy(small: Design) -> None:
    assert _token(small, PLAIN).seconds == pytest.approx(_token(small, None).seconds, rel=1e-12)


def test_expectation_is_over_all_outcomes(small: Design) -> None:
    """Hits of half the uses: zero, one or two of two experts come from DRAM."""
    policy = ExpertPolicy(hit=0.5)
    found = {stage.time.name: stage.time for stage in _token(small, policy).stages}
    pace = pace_of(small, 8, 1)
    for stage in MIXTRAL.layers[0].stages:
        drawn = [matrix for matrix in stage.matrices if matrix.copies > 1]
        if not drawn:
            continue
        weights = sum(matrix.weights for matrix in drawn)
        wanted = 0.0
        for outcome in policy.outcomes(8, 2):
            missed = tuple(replace(matrix, used=outcome.from_flash) for matrix in drawn)
            used = missed if outcome.from_flash else ()
            body = matrices_time("", shapes_of(used, MIXTRAL.hidden), pace, small).body_seconds
            held = outcome.from_dram * weights / (small.dram_gb_s * 1e9)
            wanted += outcome.probability * max(body, held)
        assert found[stage.name].body_seconds == pytest.approx(wanted, rel=1e-12)


def test_all_hits_read_no_expert_from_flash(small: Design) -> None:
    found = _token(small, ExpertPolicy(hit=1.0))
    each = MIXTRAL.layer_count * 2 * EXPERT
    flash = found.total("core_weights") + found.total("npu_weights")
    assert flash == pytest.approx(MIXTRAL.token_weights - each)
    assert found.total("dram_weights") == pytest.approx(each)
    assert traffic_of(found).dram_bytes > each


def test_prefetched_experts_pass_during_attention(small: Design) -> None:
    """They take the channels as long as they are, and attention does not wait for anything else."""
    found = _token(small, ExpertPolicy(prefetch=1.0))
    stage = next(stage.time for stage in found.stages if stage.time.attention_seconds)
    assert stage.ahead_weights == pytest.approx(2 * EXPERT)
    passing = 2 * EXPERT / pace_of(small, 8, 1).idle_rate
    assert stage.attention_seconds == pytest.approx(passing)
    assert stage.attention_seconds > found.attention.longest
    assert found.seconds > _token(small, None).seconds  # S is faster where its weights are


def test_wasted_prefetches_cost_time(small: Design) -> None:
    right = _token(small, ExpertPolicy(prefetch=0.5, wrong=0.0))
    wrong = _token(small, ExpertPolicy(prefetch=0.5, wrong=1.0))
    assert wrong.seconds > right.seconds
    assert traffic_of(wrong).npu_bytes > traffic_of(right).npu_bytes


def test_fewer_bits_on_a_miss_are_faster(small: Design) -> None:
    narrow = _token(small, ExpertPolicy(miss_bits=4))
    wide = _token(small, None)
    assert narrow.seconds < wide.seconds
    saved = (wide.total("slots") - narrow.total("slots")) / wide.total("slots")
    assert 0.3 < saved < 0.5  # of all; experts are nine tenths of the weights
    assert narrow.total("core_weights") + narrow.total("npu_weights") == MIXTRAL.token_weights


def test_slow_flash_gains_from_dram() -> None:
    """UFS streams 4 GB/s: a hit of half the experts nearly halves the time. L is faster than any
    DRAM, so that hits slow it down."""
    ufs, large = read_preset("ufs-4.0").design, read_preset("cambricon-l").design
    half = ExpertPolicy(hit=0.5)
    assert _token(ufs, half).rate > 1.6 * _token(ufs, None).rate
    assert _token(large, half).rate < _token(large, None).rate


@pytest.mark.parametrize(
    "policy",
    [
        PLAIN,
        ExpertPolicy(cached=4, prefetch=0.5, miss_bits=4),
        ExpertPolicy(hit=0.3, prefetch=0.5, wrong=0.2, miss_bits=2, miss_share=0.4),
        ExpertPolicy(cached=2, keep="recent"),
    ],
)
@pytest.mark.parametrize("preset", ["cambricon-s", "cambricon-l", "aif", "ufs-4.0"])
def test_shares_add_up(preset: str, policy: ExpertPolicy) -> None:
    found = _token(read_preset(preset).design, policy)
    for resource in occupancy(found):
        assert resource.busy + sum(resource.idle.values()) == pytest.approx(1)
        assert 0 <= resource.busy <= 1 + 1e-9
        assert min(resource.idle.values(), default=0) >= 0
    used = found.total("core_weights") + found.total("npu_weights") + found.total("dram_weights")
    assert used == pytest.approx(MIXTRAL.token_weights)
