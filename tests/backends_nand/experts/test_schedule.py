"""Expected times of a schedule against tokens that are drawn one after the other."""

from __future__ import annotations

from functools import lru_cache

import pytest

from edgesdk_backends.nand.design.chosen import chosen_design
from edgesdk_backends.nand.design.design import Design
from edgesdk_backends.nand.experts.policy import ExpertPolicy
from edgesdk_backends.nand.experts.routing import Routing
from edgesdk_backends.nand.timing.token import token_schedule
from edgesdk_backends.nand.workload.workload import LayerKind, Matrix, Stage, Workload
from tests.backends_nand.experts.simulation import served

HIDDEN, INNER, LAYERS, EXPERTS = 2048, 5632, 3, 8


def experts(used: int) -> Workload:
    """Layers of nothing but experts, so that no other time is in the sums."""
    stages = (
        Stage("up", (Matrix("expert_up", 2 * INNER, HIDDEN, EXPERTS, used),)),
        Stage("down", (Matrix("expert_down", HIDDEN, INNER, EXPERTS, used),)),
    )
    return Workload("experts", (LayerKind(stages, LAYERS),), None, 1, 1, 1, 1, HIDDEN)


@lru_cache(maxsize=64)
def seconds(design: Design, used: int, hits: int) -> float:
    """Of one token whose routing is known: what DRAM holds, beside slots of the others."""
    total = 0.0
    for counted in token_schedule(design, experts(max(used - hits, 1)), 1).stages:
        time = counted.time
        weights = HIDDEN * INNER * (2 if time.name == "up" else 1)
        dram = hits * weights / (design.dram_gb_s * 1e9)
        flash = time.body_seconds if used > hits else 0.0
        loading = time.load_seconds if used > hits else 0.0
        total += counted.count * (loading + max(flash, dram))
    return total


@pytest.mark.parametrize("preset", ["cambricon-s", "cambricon-l", "ufs-4.0"])
@pytest.mark.parametrize(
    ("used", "cached", "keep", "skew"),
    [(2, 3, "popular", 0.0), (2, 4, "recent", 0.0), (4, 5, "recent", 0.8), (4, 5, "popular", 1.5)],
)
def test_expected_time(preset: str, used: int, cached: int, keep: str, skew: float) -> None:
    design = chosen_design({"preset": preset}).design
    found = served(Routing(EXPERTS, used, skew), cached, keep, 20_000)
    drawn = sum(share * seconds(design, used, hits) for hits, share in enumerate(found.tolist()))
    policy = ExpertPolicy(cached=cached, keep=keep, skew=skew)
    expected = token_schedule(design, experts(used), 1, policy=policy)
    assert expected.seconds == pytest.approx(drawn, rel=0.02)


def test_reading_ahead_takes_as_long_as_what_it_reads() -> None:
    """Without attention to hide behind, all of it is waited for; DRAM then serves it."""
    design = chosen_design({"preset": "cambricon-s"}).design
    stages = experts(2).layers[0].stages
    late = (Stage("input", (Matrix("query", HIDDEN, HIDDEN),), after_attention=True), *stages)
    model = Workload("late", (LayerKind(late, LAYERS),), None, 1, 1, 1, 1, HIDDEN)
    plain = token_schedule(design, model, 1)
    ahead = token_schedule(design, model, 1, policy=ExpertPolicy(prefetch=1.0))
    each = 3 * HIDDEN * INNER  # weights, a byte each
    reading = 2 * each / (design.channels * design.channel_gb_s * 1e9)  # s, without commands
    waiting = ahead.total("attention_seconds") - plain.total("attention_seconds")
    assert waiting / LAYERS == pytest.approx(reading, rel=0.15)
    assert waiting / LAYERS > reading * 0.99
    assert ahead.total("slots") < plain.total("slots")
