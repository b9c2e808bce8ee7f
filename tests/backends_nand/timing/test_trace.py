"""The time line of a token: whole, without overlaps, small, and as busy as the occupancy says."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from edgesdk.predict import ask
from edgesdk.predict.model import named_shape
from edgesdk_backends.nand.design.consistency import changed
from edgesdk_backends.nand.design.design import Design
from edgesdk_backends.nand.design.preset import read_preset
from edgesdk_backends.nand.experts.policy import ExpertPolicy
from edgesdk_backends.nand.timing.occupancy import occupancy
from edgesdk_backends.nand.timing.timeline import WORK
from edgesdk_backends.nand.timing.token import TokenSchedule, token_schedule
from edgesdk_backends.nand.timing.trace import MOST_EVENTS, token_trace, trace_nand
from edgesdk_backends.nand.workload.decoder import workload

Events = Mapping[str, list[Mapping[str, Any]]]
DESIGNS: list[tuple[str, dict[str, Any]]] = [
    ("cambricon-s", {}),
    ("cambricon-s", {"slicing": False}),
    ("cambricon-s", {"npu_helps": False}),
    ("cambricon-s", {"chips": 64}),
    ("cambricon-s", {"link_gb_s": 1.0}),
    ("cambricon-l", {}),
    ("cambricon-l", {"slicing": False, "npu_rows": 1}),
    ("aif", {}),
    ("ufs-4.0", {}),
    ("nvme", {}),
]


def _schedule(design: Design, model: str = "opt-13b") -> TokenSchedule:
    routed = model == "mixtral-8x7b"
    policy = ExpertPolicy(cached=2, prefetch=0.5, miss_bits=4) if routed else None
    return token_schedule(design, workload(named_shape(model).shape), 1000, policy=policy)


def _design(preset: str, values: Mapping[str, Any]) -> Design:
    return changed(read_preset(preset).design, values)


def _tracks(trace: Mapping[str, Any]) -> Events:
    """The events of every track, by its name."""
    tracks, names = defaultdict(list), {}
    for event in trace["traceEvents"]:
        if event["ph"] == "X":
            tracks[names[event["tid"]]].append(event)
        elif event["name"] == "thread_name":
            names[event["tid"]] = event["args"]["name"]
    return tracks


def _resource(track: str) -> str:
    return "channels" if track.startswith("channel ") else track


@pytest.mark.parametrize("model", ["opt-13b", "mixtral-8x7b"])
@pytest.mark.parametrize(("preset", "values"), DESIGNS)
def test_every_track_is_full_from_start_to_end(
    preset: str, values: dict[str, Any], model: str
) -> None:
    """Work or a reason to wait at every moment, one thing at a time."""
    schedule = _schedule(_design(preset, values), model)
    for events in _tracks(token_trace(schedule, "a token")).values():
        end = 0.0
        for event in events:
            assert abs(event["ts"] - end) < 0.01
            assert event["dur"] > 0
            end = event["ts"] + event["dur"]
        assert end == pytest.approx(schedule.seconds * 1e6, abs=0.01)


@pytest.mark.parametrize("model", ["opt-13b", "mixtral-8x7b"])
@pytest.mark.parametrize(("preset", "values"), DESIGNS)
def test_tracks_are_as_busy_as_the_occupancy_says(
    preset: str, values: dict[str, Any], model: str
) -> None:
    """Every resource, and every reason to wait."""
    schedule = _schedule(_design(preset, values), model)
    _compare(schedule, token_trace(schedule, "a token"))


def _compare(schedule: TokenSchedule, trace: Mapping[str, Any]) -> None:
    tracks = _tracks(trace)
    found = {item.resource: item for item in occupancy(schedule)}
    assert {_resource(name) for name in tracks} == set(found)
    for name, events in tracks.items():
        shares: dict[str, float] = defaultdict(float)
        for event in events:
            reason = "" if event["cat"] == WORK else event["name"]
            shares[reason] += event["dur"] / schedule.seconds / 1e6
        item = found[_resource(name)]
        wanted = {"": item.busy, **item.idle}
        for reason in wanted.keys() | shares.keys():
            assert shares[reason] == pytest.approx(wanted.get(reason, 0.0), abs=1e-4), reason


def test_tracks_are_the_resources(small: Design) -> None:
    channels = [f"channel {n}" for n in range(8)]
    assert list(_tracks(token_trace(_schedule(small), ""))) == [*channels, "cores", "npu", "dram"]
    linked = _tracks(token_trace(_schedule(read_preset("ufs-4.0").design), ""))
    assert [name for name in linked if not name.startswith("channel ")] == ["npu", "dram", "link"]


def test_first_layer_is_slot_by_slot(small: Design) -> None:
    schedule = _schedule(small)
    first = schedule.stages[0].time
    tracks = _tracks(token_trace(schedule, "a token"))
    begun = [e["ts"] for e in tracks["cores"] if e["name"].startswith(f"{first.name} ")]
    slots = {e["name"]: e for e in tracks["channel 0"] if e["name"].startswith(f"{first.name} ")}
    for slot in range(int(first.slots)):
        event = slots[f"{first.name} {slot}: read-compute"]
        assert event["ts"] == pytest.approx(begun[0] + slot * 30)
        assert event["dur"] == pytest.approx(first.pace.bus_seconds * 1e6)


def test_large_models_stay_small_files() -> None:
    """400 layers, 64 channels: below 10 MB, with the last layers together, as busy as they are."""
    base = read_preset("cambricon-l").design
    shape = replace(named_shape("llama-2-70b").shape, layers=400)
    schedule = token_schedule(replace(base, channels=64), workload(shape), 1000)
    trace = token_trace(schedule, "a token")
    assert len(trace["traceEvents"]) <= MOST_EVENTS
    assert len(json.dumps(trace)) < 10_000_000
    assert any("layers like those before" in e["name"] for e in trace["traceEvents"])
    _compare(schedule, trace)


def test_a_question_is_traced_at_its_first_context() -> None:
    question = ask(
        named_shape("opt-6.7b"), "nand:cambricon-s", {"slicing": "no"}, contexts=(700, 900)
    )
    trace = trace_nand(question)
    assert trace["otherData"]["context"] == 700
    assert "modelled" in trace["otherData"]["how"]
    json.dumps(trace, allow_nan=False)
