"""What is refused leaves the model that runs alone."""

from __future__ import annotations

import pytest

from edgesdk.bundle.keys import development_key
from edgesdk_backends.mcu import announcement
from edgesdk_backends.mcu.device import McuDevice
from edgesdk_backends.mcu.image import Image, make_model_image
from edgesdk_backends.mcu.smp import image_group, os_group
from edgesdk_backends.mcu.smp.client import SmpRefused
from edgesdk_backends.mcu.smp.model_group import FIRMWARE, MODEL
from edgesdk_backends.mcu.smp.upload import upload
from tests.backends_mcu.device.conftest import TARGET, Board, X, answering

NOT_OPEN, BAD_PLAN, BAD_SIGNATURE = 17, 12, 4


def no_plan() -> Image:
    """Signed, and not a plan."""
    return make_model_image(
        b"\xff" * 4096,
        name="scale",
        version="9.0.0",
        security_counter=0,
        target=TARGET,
        key=development_key(),
    )


def answers(device: McuDevice) -> int:
    """What the open model makes of x, asked without opening anything."""
    found, _ = device._group.infer(X.tobytes(), X.size, 10)
    return found[1]


@pytest.fixture
def device(board: Board) -> McuDevice:
    board.deploy(board.bundle(2))
    connected, _ = board.connect()
    board.open_bundles.enter_context(connected)
    return connected


def refused(attempt: object) -> int:
    assert callable(attempt)
    with pytest.raises(SmpRefused) as no:
        attempt()
    return no.value.rc


def test_requests_that_are_refused(device: McuDevice) -> None:
    said = announcement.request(announcement.encode(no_plan()), bytes(32), MODEL)
    group = device._group
    assert answers(device) == 2
    assert refused(lambda: group.begin(said | {"sig": bytes(64)})) == BAD_SIGNATURE
    assert refused(lambda: group.open(1))
    assert refused(lambda: group.decide(MODEL, "rollback"))
    assert answers(device) == 2


def test_a_plan_that_is_refused_is_never_confirmed(device: McuDevice) -> None:
    image, group = no_plan(), device._group
    upload(device._client, MODEL, image.content)
    assert refused(lambda: group.open(1)) == BAD_PLAN
    assert answers(device) == 2
    group.decide(MODEL, "confirm")  # of the one that is active
    assert answering(device) == 2


def test_a_plan_that_is_refused_after_a_reset(device: McuDevice) -> None:
    """Other clients try a model by a reset: then its trial is over, and the old one runs."""
    image = no_plan()
    upload(device._client, MODEL, image.content)
    image_group.test(device._client, image.digest)
    os_group.reset(device._client)
    assert answers(device) == 2
    device._group.decide(MODEL, "confirm")
    os_group.reset(device._client)
    assert answers(device) == 2


def test_the_boot_stage_stays_when_it_is_asked_to(device: McuDevice) -> None:
    for _ in range(2):  # from the application, and from the boot stage itself
        os_group.reset(device._client, to_recovery=True)
        assert device._group.device().mode == "boot"
    os_group.reset(device._client)
    assert device._group.device().mode == "app"
    assert device._group.slot(FIRMWARE, 0).confirmed
