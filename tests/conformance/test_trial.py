"""The staged model is tried while the active one stays what it is."""

from __future__ import annotations

import pytest

import edgesdk
from edgesdk import DeployEvent, Device, DeviceReverted, LinkFailed
from tests.conformance.bench import Bench, StillOld, equal
from tests.conformance.columns import TRIAL, column

pytestmark = column(TRIAL)


def test_events_tell_every_stage_in_order(bench: Bench, device: Device) -> None:
    events: list[DeployEvent] = []
    with bench.bundle(2) as bundle:
        edgesdk.deploy(bundle, device, on_event=events.append)
    stages = list(dict.fromkeys(event.stage for event in events))
    assert stages == ["check", "stage", "verify", "trial", "confirm"]
    for part in filter(device.wants, bundle.manifest.parts):
        counts = [e.done for e in events if e.stage == "stage" and e.part == part.name]
        assert counts == sorted(counts)
        assert counts[-1] == part.size


def test_a_model_that_does_not_load_reverts(
    bench: Bench, device: Device, installed: StillOld
) -> None:
    good = bench.bundle(3, version="1.1.0")
    model = good.manifest.part("model")
    data = b"\x00" * 8 + good.read_part(model)[8:]
    with pytest.raises(DeviceReverted):
        edgesdk.deploy(bench.with_parts(good, {model.name: data}), device)
    assert installed()


def test_a_session_and_the_next_deploys(bench: Bench, device: Device, installed: StillOld) -> None:
    with device.open("scale") as session:
        edgesdk.deploy(bench.bundle(3), device)
        edgesdk.deploy(bench.bundle(4), device)
        if bench.case.second_session:  # the trial took its place, and it says so
            with pytest.raises(LinkFailed):
                session.run(bench.case.inputs)
        else:
            assert equal(session.run(bench.case.inputs), bench.case.answer(2))
    assert bench.answers(4)


def test_the_staged_model_answers_and_the_active_one_stays(
    bench: Bench, device: Device, installed: StillOld
) -> None:
    bundle = bench.bundle(3, version="1.1.0")
    device.begin(bundle.signed)
    bench.stage(device, bundle, filter(device.wants, bundle.manifest.parts))
    with device.trial() as tried:
        assert equal(tried.run(bench.case.inputs), bench.case.answer(3))
    assert [model.version for model in device.models()] == ["1.0.0"]
    device.revert()
    assert installed()
