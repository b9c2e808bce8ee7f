"""What a schedule moves, part by part: over the link, through the DRAM, beside attention."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgesdk.predict.model import named_shape
from edgesdk_backends.nand.cost.energy import energy
from edgesdk_backends.nand.design.design import Design
from edgesdk_backends.nand.design.preset import read_preset
from edgesdk_backends.nand.experts.policy import ExpertPolicy
from edgesdk_backends.nand.timing.token import token_schedule
from edgesdk_backends.nand.timing.token_traffic import traffic_of
from edgesdk_backends.nand.workload.decoder import workload
from tools.nand_paper import (
    paper_schedule,
)

MIXTRAL = workload(named_shape("mixtral-8x7b").shape)
CACHE = 2 * MIXTRAL.kv_width * 1001 * MIXTRAL.layer_count  # elements, read and written


def test_the_link_takes_energy_for_all_that_crosses_it() -> None:
    """AiF: inputs and results at 7.5 pJ a bit; UFS: every weight."""
    aif = read_preset("aif").design
    found = paper_schedule(aif, "llama-2-7b")
    parts = {part.name: part.joules for part in energy(aif, traffic_of(found))}
    assert parts["link"] == pytest.approx(found.total("moved_bytes") * 8 * 7.5e-12)
    assert parts["link"] > 0
    ufs = read_preset("ufs-4.0").design
    found = paper_schedule(ufs, "llama-2-7b")
    parts = {part.name: part.joules for part in energy(ufs, traffic_of(found))}
    assert parts["link"] == pytest.approx(found.workload.token_bytes * 8 * 7.5e-12)


@pytest.mark.parametrize("preset", ["cambricon-s", "aif", "ufs-4.0"])
def test_experts_read_ahead_pass_channels_link_and_dram(preset: str) -> None:
    """Those that are used pass the DRAM a second time, on their way to the NPU."""
    design = read_preset(preset).design
    found = token_schedule(design, MIXTRAL, 1000, policy=ExpertPolicy(prefetch=0.5, wrong=0.3))
    traffic = traffic_of(found)
    ahead, held = found.total("ahead_weights"), found.total("dram_weights")
    passed = found.total("passed_bytes")
    assert ahead > held > 0
    assert traffic.dram_bytes == pytest.approx(
        CACHE * design.cache_bytes + ahead + held + design.dram_passes * passed
    )
    assert traffic.link_bytes == pytest.approx(passed + found.total("moved_bytes") + ahead)


def test_reading_ahead_waits_for_the_slowest_of_its_ways(small: Design) -> None:
    """The DRAM takes the cache as well; then the link; then the planes of all dies."""
    policy = ExpertPolicy(prefetch=1.0)
    for values in ({"dram_gb_s": 2.0}, {"link_gb_s": 1.0}, {"read_us": 400.0}):
        design = replace(small, **values)  # type: ignore[arg-type]
        found = token_schedule(design, MIXTRAL, 1000, policy=policy)
        stage = next(stage.time for stage in found.stages if stage.time.attention_seconds)
        cache = 2 * MIXTRAL.kv_width * 1001 * design.cache_bytes
        ways = [(stage.ahead_weights + cache) / (design.dram_gb_s * 1e9)]
        ways.append(stage.ahead_weights / (design.link_gb_s * 1e9) if design.link_gb_s else 0.0)
        ways.append(stage.ahead_weights / (64 * 16384) * design.read_us * 1e-6)
        assert stage.attention_seconds == pytest.approx(max(ways))
