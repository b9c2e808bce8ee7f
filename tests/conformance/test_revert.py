"""What is interrupted leaves the old model, or the new one when it was committed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import edgesdk
from edgesdk import DeployEvent, Device, LinkFailed
from tests.conformance.bench import Bench, StillOld
from tests.conformance.columns import REVERT, column

pytestmark = column(REVERT)


STAGES = ["check", "stage", "verify", "trial", "confirm"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, BrokenPipeError])
def test_what_the_caller_raises_leaves_the_old_model(
    bench: Bench, device: Device, installed: StillOld, error: type[BaseException]
) -> None:
    """An interrupt, or an error that is no fault of the device."""
    for stop in STAGES:
        with bench.bundle(3) as bundle, pytest.raises(error):
            edgesdk.deploy(bundle, device, on_event=_raise_at_first(stop, error))
        assert installed(), stop


def _raise_at_first(stop: str, error: type[BaseException]) -> Callable[[DeployEvent], None]:
    def tell(event: DeployEvent) -> None:
        if event.stage == stop:
            raise error

    return tell


@pytest.mark.parametrize("stage", ["begun", "half staged", "staged", "on trial"])
def test_closing_in_the_middle_reverts(
    bench: Bench, device: Device, installed: StillOld, stage: str
) -> None:
    with bench.bundle(3) as bundle:
        device.begin(bundle.signed)
        parts = list(filter(device.wants, bundle.manifest.parts))
        kept = {"begun": 0, "half staged": len(parts) // 2}.get(stage, len(parts))
        bench.stage(device, bundle, parts[:kept])
        if stage == "on trial":
            device.trial().run(bench.case.inputs)
        device.close()
        device.close()
        with bench.connect() as again:
            bench.current = again
            assert installed()
            edgesdk.deploy(bundle, again)
            assert bench.answers(3)


def test_revert_is_safe_at_any_moment(device: Device, installed: StillOld) -> None:
    device.revert()
    device.revert()
    assert installed()


def test_a_confirm_whose_answer_is_lost_is_found_out(
    bench: Bench, device: Device, installed: StillOld, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirm = device.confirm

    def lost() -> None:
        confirm()
        raise LinkFailed("the answer was lost")

    monkeypatch.setattr(device, "confirm", lost)
    report = edgesdk.deploy(bench.bundle(3, version="1.1.0"), device)
    assert report.version == "1.1.0"
    assert bench.answers(3)


def test_a_confirm_that_never_arrived_is_found_out(
    bench: Bench, device: Device, installed: StillOld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost() -> None:
        raise LinkFailed("the cable is out")

    monkeypatch.setattr(device, "confirm", lost)
    with pytest.raises(LinkFailed):
        edgesdk.deploy(bench.bundle(3, version="1.1.0"), device)
    assert installed()
