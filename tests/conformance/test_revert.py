"""What is interrupted leaves the old model, or the new one when it was committed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import edgesdk
from edgesdk import DeployEvent, Device, LinkFailed
from tests.conformance.bench import Bench, StillOld
from tests.conformance.columns import REVERT, column

pytestmark = column(REVERT)


def test_an_interrupt_in_the_middle_leaves_the_old_model(
    bench: Bench, device: Device, installed: StillOld
) -> None:
    for stop in ["check", "stage", "verify", "trial", "confirm"]:
        with bench.bundle(3) as bundle, pytest.raises(KeyboardInterrupt):
            edgesdk.deploy(bundle, device, on_event=_at_first(stop))
        assert installed(), stop


def _at_first(stop: str) -> Callable[[DeployEvent], None]:
    def tell(event: DeployEvent) -> None:
        if event.stage == stop:
            raise KeyboardInterrupt

    return tell


def test_closing_in_the_middle_reverts(bench: Bench, device: Device, installed: StillOld) -> None:
    with bench.bundle(3) as bundle:
        device.begin(bundle.signed)
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


def test_what_the_caller_raises_is_not_the_device_s_fault(
    bench: Bench, device: Device, installed: StillOld
) -> None:
    def broken(event: DeployEvent) -> None:
        if event.stage == "trial":
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        edgesdk.deploy(bench.bundle(3), device, on_event=broken)
    assert installed()
