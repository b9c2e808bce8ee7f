"""What each resource does, counted by hand from the schedule, and why it waits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edgesdk.predict.model import named_shape
from edgesdk_backends.nand.design.consistency import changed
from edgesdk_backends.nand.design.design import Design
from edgesdk_backends.nand.design.preset import preset_names, read_preset
from edgesdk_backends.nand.experts.policy import ExpertPolicy
from edgesdk_backends.nand.timing.occupancy import occupancy
from edgesdk_backends.nand.timing.prompt import prompt_schedule
from edgesdk_backends.nand.timing.resources import ARRAY, BUS, LINKED, core, resources
from edgesdk_backends.nand.timing.slot import pace_of
from edgesdk_backends.nand.timing.spent import Flow, Moment
from edgesdk_backends.nand.timing.token import TokenSchedule, token_schedule
from edgesdk_backends.nand.timing.token_traffic import traffic_of
from edgesdk_backends.nand.workload.decoder import workload

THIRTEEN = workload(named_shape("opt-13b").shape)
MIXTRAL = workload(named_shape("mixtral-8x7b").shape)


def _cores(design: Design) -> dict[str, float]:
    schedule = token_schedule(design, THIRTEEN, 1000)
    return dict(next(i.idle for i in occupancy(schedule) if i.resource == "cores"))


def test_cores_wait_for_what_sets_their_slot(small: Design) -> None:
    """The array; commands and results of 128 dies on a channel; results on a slow link."""
    assert _cores(small).keys() & {ARRAY, BUS, LINKED} == {ARRAY}
    many = _cores(changed(small, {"chips": 64}))
    pace = pace_of(changed(small, {"chips": 64}), 8, 1)
    assert pace.slot_seconds == pace.bus_seconds > 60e-6
    assert many[BUS] / many[ARRAY] == pytest.approx(
        (pace.slot_seconds - 30e-6) / (30e-6 - pace.core_seconds)
    )
    slow = _cores(changed(small, {"link_gb_s": 0.05}))
    assert slow[LINKED] > 0.5
    assert BUS not in slow


def test_pages_of_low_precision_are_as_short_as_they_are(small: Design) -> None:
    """Experts read with four bits: half the bytes on the channels, not the pages of eight bits."""
    found = token_schedule(small, MIXTRAL, 1000, policy=ExpertPolicy(miss_bits=4))
    rate = small.channels * small.channel_gb_s * 1e9
    for stage in found.stages:
        time = stage.time
        cycles = time.npu_pages * time.pace.page_cycles / small.channels
        pages = time.passed_bytes / rate + cycles + time.bus_seconds
        moment = Moment(found, time)
        spent = resources(small)["channels"](moment)
        worked = sum(spent.slots.works.values()) + sum(spent.after.works.values())
        assert worked == pytest.approx(pages)
        assert worked <= time.body_seconds


CHANGES: list[dict[str, Any]] = [
    {},
    {"slicing": False},
    {"npu_helps": False},
    {"chips": 64},
    {"link_gb_s": 1.0},
]


@pytest.mark.parametrize(
    ("preset", "values"),
    [
        (preset, values)
        for preset in preset_names()
        for values in CHANGES
        if read_preset(preset).design.compute or "npu_helps" not in values
    ],
)
def test_everything_that_moves_takes_its_time(preset: str, values: dict[str, Any]) -> None:
    """Bytes over rate, of the whole token: nothing is cut off to make the shares fit."""
    design = changed(read_preset(preset).design, values)
    schedule = token_schedule(design, THIRTEEN, 1000)
    busy = {item.resource: item.busy * schedule.seconds for item in occupancy(schedule)}
    traffic = traffic_of(schedule)
    assert busy["dram"] == pytest.approx((traffic.dram_bytes) / (design.dram_gb_s * 1e9), rel=1e-3)
    assert busy["npu"] == pytest.approx(_npu_seconds(schedule), rel=1e-6)
    if "link" in busy:
        assert busy["link"] >= (1 - 1e-9) * traffic.link_bytes / (design.link_gb_s * 1e9)
        assert busy["link"] <= schedule.seconds
    moved = traffic.channel_bytes / (design.channels * design.channel_gb_s * 1e9)
    assert moved <= busy["channels"] * (1 + 1e-9) <= schedule.seconds * (1 + 1e-6)


def _npu_seconds(schedule: TokenSchedule) -> float:
    """Products of one activation byte, as all weights of 8 bits have them here."""
    layers = schedule.attention.macs * schedule.workload.layer_count * schedule.design.cache_bytes
    weights = schedule.total("npu_weights") + schedule.total("dram_weights")
    return (weights + layers) / (schedule.design.npu_gmacs * 1e9)


@pytest.mark.parametrize(
    "policy",
    [
        ExpertPolicy(prefetch=0.5),
        ExpertPolicy(cached=3, keep="recent"),
        ExpertPolicy(hit=0.5, prefetch=0.5, miss_bits=4),
    ],
)
@pytest.mark.parametrize("preset", ["cambricon-s", "aif", "nvme"])
def test_experts_take_their_time(preset: str, policy: ExpertPolicy) -> None:
    """Those in DRAM, those that the NPU multiplies, and those read ahead: these pass channels, link
    and DRAM during attention."""
    design = changed(read_preset(preset).design, {"link_gb_s": 3.0})
    schedule = token_schedule(design, MIXTRAL, 1000, policy=policy)
    busy = {item.resource: item.busy * schedule.seconds for item in occupancy(schedule)}
    moved = traffic_of(schedule).dram_bytes
    assert busy["dram"] == pytest.approx(moved / (design.dram_gb_s * 1e9), rel=1e-3)
    assert busy["npu"] == pytest.approx(_npu_seconds(schedule))
    time = next(stage.time for stage in schedule.stages if stage.time.attention_seconds)
    attention = {
        name: spending(Moment(schedule, time)).attention.works
        for name, spending in resources(design).items()
    }
    if time.ahead_weights:
        copies = attention["link"]["experts read ahead"]
        assert copies == pytest.approx(time.ahead_weights / 3e9)
        pages = time.ahead_weights / design.page_bytes / design.channels
        wanted = pytest.approx(pages * time.pace.page_seconds)
        assert attention["channels"]["experts read ahead"] == wanted
    else:
        assert not attention["link"]
        assert policy.keep == "recent"
        assert not design.compute


def test_parts_are_as_long_as_their_stage(small: Design) -> None:
    """Of a token and of a prompt; work and waiting fill each of them."""
    for schedule in (token_schedule(small, MIXTRAL, 700), prompt_schedule(small, MIXTRAL, 3)):
        for stage in schedule.stages:
            for spending in resources(small).values():
                spent = spending(Moment(schedule, stage.time))
                assert sum(part.seconds for part in spent) == pytest.approx(stage.time.seconds)
                for part in spent:
                    whole = sum(part.works.values()) + sum(part.waits.values())
                    assert whole == pytest.approx(part.seconds, abs=1e-15)
                    assert min((*part.works.values(), *part.waits.values()), default=0) >= 0


def test_pages_between_slots_are_what_cores_wait_for(small: Design) -> None:
    schedule = token_schedule(replace(small, slicing=False), THIRTEEN, 1000)
    time = schedule.stages[0].time
    spent = core(Moment(schedule, time))
    assert spent.slots.waits["pages pass between slots"] == pytest.approx(
        time.body_seconds - time.flash_seconds
    )
    assert not spent.after.seconds


def test_a_flow_is_even_until_its_end(small: Design) -> None:
    """A third of the time of the slots is work of their own; pages go on after them, no more beside
    them than there is room."""
    schedule = token_schedule(small, THIRTEEN, 1000)
    time = replace(schedule.stages[0].time, flash_seconds=3.0, body_seconds=6.0)
    moment = Moment(schedule, time)
    assert moment.divided({"own": 1.0}, {"pages": Flow(2.0, 6.0)}) == (
        {"own": 1.0, "pages": 1.0},
        {"pages": 1.0},
    )
    assert moment.divided({"own": 1.0}, {"pages": Flow(2.5, 2.0)}) == (
        {"own": 1.0, "pages": 2.0},
        {"pages": 0.5},
    )
