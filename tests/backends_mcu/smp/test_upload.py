"""Uploads to the firmware's image group: clean, damaged, cut, resumed."""

from __future__ import annotations

from typing import Any

import pytest

from edgesdk.errors import LinkFailed
from edgesdk_backends.mcu.smp import image_group
from edgesdk_backends.mcu.smp.client import SmpClient, SmpRefused
from edgesdk_backends.mcu.smp.header import WRITE
from edgesdk_backends.mcu.smp.refused import Reason
from edgesdk_backends.mcu.smp.upload import Pace, upload
from tests.backends_mcu.smp.device import Device, client
from tests.backends_mcu.smp.images import digest, image
from tests.counting import Count

MODEL = 1
CONTENT = image(100_000)
LARGE = image(350_000, seed=3)
CLEAN_FRAMES = 171  # of LARGE, 2048 bytes each


def announce(speaker: SmpClient, content: bytes) -> None:
    body = {"image": MODEL, "len": len(content), "sha": digest(content)}
    speaker.request(WRITE, 64, 1, body)


def test_a_clean_upload() -> None:
    device, told = Device(), list[int]()
    speaker, _ = client(device)
    sent = upload(speaker, MODEL, CONTENT, on_progress=told.append)
    assert device.slot(MODEL, 0, len(CONTENT)) == CONTENT
    assert device.valid(MODEL, 0)
    assert (sent.frames, sent.retreats, sent.resumed_at) == (49, 0, 0)
    assert told == [*range(2048, len(CONTENT), 2048), len(CONTENT)]


@pytest.mark.parametrize("size", [1, 3, 2047, 2048, 2049, 4096, 6145])
def test_sizes_around_chunks(size: int) -> None:
    device = Device()
    speaker, _ = client(device)
    content = image(size)
    upload(speaker, MODEL, content, pace=Pace(chunk=512, smallest=256))
    assert device.slot(MODEL, 0, len(content)) == content


@pytest.mark.parametrize("seed", range(8))
def test_bit_errors_of_1e_5_cost_less_than_twice_the_frames(seed: int) -> None:
    device = Device()
    speaker, link = client(device, seed=seed, bit_errors=1e-5)
    sent = upload(speaker, MODEL, LARGE)
    assert link.flipped > 10
    assert sent.frames <= 2 * CLEAN_FRAMES
    assert device.slot(MODEL, 0, len(LARGE)) == LARGE


@pytest.mark.parametrize("seed", range(4))
def test_bit_errors_of_1e_3_end_in_link_failed_and_a_whole_device(seed: int) -> None:
    device = Device()
    clean, _ = client(device)
    running = image(20_000)
    upload(clean, MODEL, running)
    image_group.test(clean, digest(running))
    device.reboot()
    image_group.confirm(clean, digest(running))

    noisy, _ = client(device, seed=seed, bit_errors=1e-3)
    with pytest.raises(LinkFailed) as caught:
        upload(noisy, MODEL, CONTENT)
    assert caught.value.id in ("EDGE-0602", "EDGE-0608")
    assert caught.value.exit_code == 6

    (kept,) = image_group.images(clean)
    assert (kept.hash, kept.active, kept.confirmed) == (digest(running), True, True)
    assert device.slot(MODEL, 0, len(running)) == running
    upload(clean, MODEL, CONTENT)
    assert device.slot(MODEL, 1, len(CONTENT)) == CONTENT


FAULTS: list[dict[str, Any]] = [
    {"drop": 0.1},
    {"double": 0.3},
    {"delay": 0.2, "late": 3.0},
    {"stall": 5.0, "stall_every": 7},
    {"drop": 0.05, "double": 0.1, "delay": 0.05, "late": 2.1, "bit_errors": 5e-6},
]


@pytest.mark.parametrize("faults", FAULTS)
@pytest.mark.parametrize("seed", range(3))
def test_an_upload_survives(faults: dict[str, Any], seed: int) -> None:
    device = Device()
    speaker, _ = client(device, seed=seed, **faults)
    told = list[int]()
    upload(speaker, MODEL, CONTENT, on_progress=told.append, pace=Pace(attempts=20))
    assert device.slot(MODEL, 0, len(CONTENT)) == CONTENT
    assert told == sorted(set(told))
    assert device.count("begun", MODEL) == 1


@pytest.mark.parametrize("announced", [False, True])
def test_a_host_that_dies_at_any_frame_goes_on(announced: bool, count: Count) -> None:
    total = upload(client(Device())[0], MODEL, CONTENT).frames
    for frames in range(total + 1):
        device = Device()
        if announced:
            announce(client(device)[0], CONTENT)
        dying, _ = client(device, cut_after=frames + 1)  # one asks for the device's buffers
        try:
            upload(dying, MODEL, CONTENT)
        except LinkFailed as error:
            assert error.id == "EDGE-0603"
        second, _ = client(device)
        if announced:
            announce(second, CONTENT)
        sent = upload(second, MODEL, CONTENT)
        assert device.slot(MODEL, 0, len(CONTENT)) == CONTENT
        nothing_lost = announced and frames == 0  # then it may as well begin again
        assert device.count("begun", MODEL) == (2 if nothing_lost else 1)
        assert sent.resumed_at == (0 if frames < 2 else min(frames * 2048, len(CONTENT)))
        assert sent.frames <= total - frames + 2
    count("hosts killed during an upload", total + 1)


def test_another_image_begins_anew() -> None:
    device = Device()
    dying, _ = client(device, cut_after=20)
    with pytest.raises(LinkFailed):
        upload(dying, MODEL, CONTENT)
    speaker, _ = client(device)
    other = image(100_000, seed=9)
    assert upload(speaker, MODEL, other).resumed_at == 0
    assert device.slot(MODEL, 0, len(other)) == other


def test_an_image_that_is_there_already_is_not_sent_again() -> None:
    device = Device()
    speaker, _ = client(device)
    upload(speaker, MODEL, CONTENT)
    assert upload(speaker, MODEL, CONTENT).frames == 1
    image_group.erase(speaker, MODEL, 0)
    assert upload(speaker, MODEL, CONTENT).frames == 49
    image_group.test(speaker, digest(CONTENT))
    device.reboot()
    image_group.confirm(speaker, digest(CONTENT))
    assert upload(speaker, MODEL, CONTENT).frames == 49  # into the other slot
    assert device.slot(MODEL, 1, len(CONTENT)) == CONTENT


def test_a_reset_during_an_upload_is_told() -> None:
    device = Device()
    speaker, _ = client(device)

    def reset_half_way(offset: int) -> None:
        if offset == 51200:
            device.reboot()

    with pytest.raises(SmpRefused) as caught:
        upload(speaker, MODEL, CONTENT, on_progress=reset_half_way)
    assert caught.value.rc == Reason.BAD_OFFSET
    upload(speaker, MODEL, CONTENT)
    assert device.slot(MODEL, 0, len(CONTENT)) == CONTENT


@pytest.mark.parametrize("content", [b"no image" * 1000, bytes(400_000)])
def test_refusals(content: bytes) -> None:
    device = Device()
    speaker, _ = client(device)
    with pytest.raises(SmpRefused) as caught:
        upload(speaker, MODEL, content)
    assert caught.value.rc == (Reason.TOO_LARGE if len(content) > 360_448 else Reason.BAD_FORMAT)
    with pytest.raises(SmpRefused) as nowhere:
        upload(speaker, 2, CONTENT)
    assert nowhere.value.rc == Reason.WRONG_DEVICE


def test_upgrade_takes_only_what_is_newer() -> None:
    device = Device()
    speaker, _ = client(device)
    running = image(5000, (1, 2, 3, 0))
    upload(speaker, 0, running)
    image_group.test(speaker, digest(running))
    device.reboot()

    def offer(version: tuple[int, int, int, int]) -> None:
        content = image(1000, version)
        body = {"image": 0, "off": 0, "len": len(content), "data": content[:64], "upgrade": True}
        speaker.request(WRITE, 1, 1, body)

    offer((1, 2, 4, 0))
    offer((2, 0, 0, 0))
    for version in ((1, 2, 3, 9), (1, 2, 2, 0), (0, 255, 65535, 0)):
        with pytest.raises(SmpRefused) as caught:
            offer(version)
        assert caught.value.rc == Reason.DOWNGRADE


def test_nothing_to_upload_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no bytes"):
        upload(client(Device())[0], MODEL, b"")
