"""The time line of a token: whole, without overlaps, and small enough to open."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from edgesdk.predict import ask
from edgesdk.predict_model import named_shape
from edgesdk_backends.nand.design.design import Design
from edgesdk_backends.nand.design.preset import read_preset
from edgesdk_backends.nand.experts.policy import ExpertPolicy
from edgesdk_backends.nand.timing.timeline import CORES, READ_COMPUTE
from edgesdk_backends.nand.timing.token import TokenSchedule, token_schedule
from edgesdk_backends.nand.timing.trace import MOST_EVENTS, token_trace, trace_nand
from edgesdk_backends.nand.workload.decoder import workload

Events = dict[tuple[int, int], list[Mapping[str, Any]]]


def _schedule(design: Design, model: str = "opt-13b") -> TokenSchedule:
    policy = ExpertPolicy(cached=2, prefetch=0.5) if model == "mixtral-8x7b" else None
    return token_schedule(design, workload(named_shape(model).shape), 1000, policy=policy)


def _tracks(trace: Mapping[str, Any]) -> Events:
    tracks: Events = defaultdict(list)
    for event in trace["traceEvents"]:
        if event["ph"] == "X":
            tracks[event["pid"], event["tid"]].append(event)
    return tracks


@pytest.mark.parametrize("slicing", [True, False])
@pytest.mark.parametrize("model", ["opt-13b", "mixtral-8x7b"])
@pytest.mark.parametrize("preset", ["cambricon-s", "cambricon-l", "aif", "ufs-4.0"])
def test_every_track_is_full_from_start_to_end(preset: str, model: str, slicing: bool) -> None:
    """Work or a reason to wait at every moment, one thing at a time."""
    schedule = _schedule(replace(read_preset(preset).design, slicing=slicing), model)
    for events in _tracks(token_trace(schedule, "a token")).values():
        end = 0.0
        for event in sorted(events, key=lambda event: event["ts"]):
            assert abs(event["ts"] - end) < 0.01
            assert event["dur"] > 0
            end = event["ts"] + event["dur"]
        assert end == pytest.approx(schedule.seconds * 1e6, abs=0.01)


def test_tracks_have_names(small: Design) -> None:
    trace = token_trace(_schedule(small), "a token")
    named = {
        (event["pid"], event["tid"]): event["args"]["name"]
        for event in trace["traceEvents"]
        if event["ph"] == "M" and event["name"] == "thread_name"
    }
    assert set(named) == set(_tracks(trace))
    assert list(named.values()) == [
        "cores and arrays",
        *(f"channel {n}" for n in range(8)),
        "NPU",
        "DRAM",
    ]


def test_first_layer_is_slot_by_slot(small: Design) -> None:
    schedule = _schedule(small)
    first = schedule.stages[0].time
    tracks = _tracks(token_trace(schedule, "a token"))
    slots = [e for e in tracks[CORES] if e["name"].startswith(f"{first.name}: slot ")]
    assert len(slots) == first.slots
    assert {e["dur"] for e in slots} == {30.0}
    begun = [e for e in tracks[1, 1] if e["name"] == READ_COMPUTE]
    assert len(begun) >= first.slots
    assert begun[0]["dur"] == pytest.approx(first.pace.bus_seconds * 1e6)


def test_cores_work_as_long_as_their_slots(small: Design) -> None:
    schedule = _schedule(small)
    work = [e["dur"] for e in _tracks(token_trace(schedule, ""))[CORES] if e["cat"] == "work"]
    assert sum(work) == pytest.approx(schedule.total("flash_seconds") * 1e6)


def test_large_models_stay_small_files() -> None:
    """400 layers, 64 channels: below 10 MB, with the last layers as one event."""
    base = read_preset("cambricon-l").design
    shape = replace(named_shape("llama-2-70b").shape, layers=400)
    schedule = token_schedule(replace(base, channels=64), workload(shape), 1000)
    trace = token_trace(schedule, "a token")
    assert len(trace["traceEvents"]) <= MOST_EVENTS
    assert len(json.dumps(trace)) < 10_000_000
    assert any("layers like those before" in e["name"] for e in trace["traceEvents"])


def test_a_question_is_traced_at_its_first_context() -> None:
    question = ask(
        named_shape("opt-6.7b"), "nand:cambricon-s", {"slicing": "no"}, contexts=(700, 900)
    )
    trace = trace_nand(question)
    assert trace["otherData"]["context"] == 700
    assert "modelled" in trace["otherData"]["how"]
    json.dumps(trace, allow_nan=False)
