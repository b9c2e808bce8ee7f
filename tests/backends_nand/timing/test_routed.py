"""Routed experts: what is expected of a stage, beside an enumeration of every outcome."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edgesdk.predict.model import named_shape
from edgesdk.predict.shape import DecoderShape, Experts
from edgesdk_backends.nand.design.design import Design
from edgesdk_backends.nand.design.preset import read_preset
from edgesdk_backends.nand.experts.policy import PLAIN, ExpertPolicy
from edgesdk_backends.nand.timing.occupancy import occupancy
from edgesdk_backends.nand.timing.slot import Pace, pace_of
from edgesdk_backends.nand.timing.stage import StageTime, matrices_time, shapes_of
from edgesdk_backends.nand.timing.token import TokenSchedule, token_schedule
from edgesdk_backends.nand.timing.token_traffic import traffic_of
from edgesdk_backends.nand.workload.decoder import workload
from edgesdk_backends.nand.workload.workload import Matrix, Workload

MIXTRAL = workload(named_shape("mixtral-8x7b").shape)
EXPERT = sum(matrix.weights for matrix in MIXTRAL.layers[0].matrices if matrix.copies > 1)


_GIVEN = DecoderShape("shared", 4, 512, 8, 8, 64, 1000, 2048, 512, experts=Experts(8, 2, 704, 2816))
SHARED = workload(_GIVEN)


def _token(design: Design, policy: ExpertPolicy | None) -> TokenSchedule:
    return token_schedule(design, MIXTRAL, 1000, policy=policy)


@pytest.mark.parametrize("work", [MIXTRAL, SHARED])
def test_plain_is_no_policy(small: Design, work: Workload) -> None:
    """A shared expert is read beside those that were drawn, whether options of experts are given
    or not."""
    plain = token_schedule(small, work, 1000, policy=PLAIN)
    assert plain.seconds == pytest.approx(token_schedule(small, work, 1000).seconds, rel=1e-12)


@pytest.mark.parametrize(
    "policy",
    [
        ExpertPolicy(hit=0.5),
        ExpertPolicy(hit=0.3, miss_bits=4),
        ExpertPolicy(cached=3, prefetch=0.5, miss_bits=2, miss_share=0.4),
    ],
)
@pytest.mark.parametrize(
    ("passes", "dram", "rows"), [(0, 8.0, 16), (1, 8.0, 16), (2, 8.0, 16), (0, 100.0, 1)]
)
def test_expectation_is_over_all_outcomes(
    small: Design, policy: ExpertPolicy, passes: int, dram: float, rows: int
) -> None:
    """Two experts, each read as ever, at low precision, or by the NPU from DRAM; the bytes of the
    first two may pass the DRAM as well, which is slow here so that it often decides. Beside a
    fast one, an NPU of few rows does."""
    design = replace(small, dram_gb_s=dram, dram_passes=passes, npu_rows=rows)
    found = {stage.time.name: stage.time for stage in _token(design, policy).stages}
    wide, narrow = pace_of(design, 8, 1), pace_of(design, policy.miss_bits or 8, 1)
    read = policy.outcomes(8, 2).read
    for stage in MIXTRAL.layers[0].stages:
        drawn = [matrix for matrix in stage.matrices if matrix.copies > 1]
        if not drawn:
            continue
        weights = sum(matrix.weights for matrix in drawn)
        wanted = 0.0
        for (full, low), likely in np.ndenumerate(read):
            times = [_read(drawn, n, pace, design) for n, pace in ((full, wide), (low, narrow))]
            passed = sum(time.passed_bytes for time in times)
            held = (2 - full - low) * weights
            moving = (held + passes * passed) / (dram * 1e9)
            npu = (held + sum(time.npu_weights for time in times)) / (rows * 16 * 4 * 1e9)
            wanted += likely * max(sum(time.body_seconds for time in times), moving, npu)
        assert found[stage.name].body_seconds == pytest.approx(wanted, rel=1e-12)


def _read(drawn: list[Matrix], count: int, pace: Pace, design: Design) -> StageTime:
    used = [replace(matrix, used=count) for matrix in drawn] if count else []
    return matrices_time("", shapes_of(used, MIXTRAL.hidden), pace, design)


@pytest.mark.parametrize("preset", ["cambricon-s", "cambricon-l", "aif", "ufs-4.0", "nvme"])
@pytest.mark.parametrize("miss_bits", [0, 4])
def test_copies_for_later_are_paid(preset: str, miss_bits: int) -> None:
    """Keeping the most recent experts reads what was missed once more, where it has not crossed the
    link already: no more passes in a token's time than channels, link and DRAM can pass."""
    design = read_preset(preset).design
    policy = ExpertPolicy(cached=2, keep="recent", miss_bits=miss_bits)
    found = _token(design, policy)
    moved = traffic_of(found)
    assert moved.channel_bytes <= design.channels * design.channel_gb_s * 1e9 * found.seconds
    if design.link_gb_s:
        assert moved.link_bytes <= design.link_gb_s * 1e9 * found.seconds
    assert moved.dram_bytes <= design.dram_gb_s * 1e9 * found.seconds
    pinned = _token(design, replace(policy, keep="popular"))
    if design.compute or miss_bits:
        assert found.total("ahead_weights") == pytest.approx(MIXTRAL.layer_count * 1.5 * EXPERT)
        assert found.seconds > pinned.seconds
    else:
        assert found.seconds == pytest.approx(pinned.seconds)
        assert moved.page_reads == pytest.approx(traffic_of(pinned).page_reads)


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


def test_prefetched_experts_are_written_beside_the_cache(small: Design) -> None:
    """To a DRAM that is slower than the channels, after what attention reads of it."""
    slow = replace(small, dram_gb_s=1.0)
    found = _token(slow, ExpertPolicy(prefetch=1.0))
    stage = next(stage.time for stage in found.stages if stage.time.attention_seconds)
    cache = (found.attention.read_bytes + found.attention.written_bytes) / 1e9
    assert stage.attention_seconds == pytest.approx(cache + 2 * EXPERT / 1e9)


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
