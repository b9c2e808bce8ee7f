"""The confirmed model can no longer be used: the one before it runs, and no deploy gives it up."""

from __future__ import annotations

import pytest

import edgesdk
from edgesdk.bundle import Bundle, keys
from edgesdk.sensing.streaming import StreamingSession
from edgesdk_backends.mcu.device import McuDevice
from edgesdk_backends.mcu.smp.client import SmpClient
from edgesdk_backends.mcu.smp.model_group import MODEL
from tests.backends_mcu.device.conftest import ADDRESS, Board, answering
from tests.backends_mcu.device.test_sensing import signals
from tests.backends_mcu.device.test_way_back import InThisProcess, program, try_it


def damage(board: Board, bundle: Bundle) -> None:
    """Turn over one bit of a model's image in flash."""
    [part] = [part for part in bundle.manifest.parts if part.role == "model"]
    with bundle.open_part(part) as stream:
        start = stream.read(64)
    with board.flash.open("r+b") as flash:
        at = flash.read().index(start) + part.size // 2
        flash.seek(at)
        [byte] = flash.read(1)
        flash.seek(at)
        flash.write(bytes([byte ^ 1]))


@pytest.fixture
def damaged(board: Board) -> Board:
    """Version 3 was confirmed and is damaged; version 2, from before it, runs."""
    board.deploy(board.bundle(2))
    board.deploy(board.bundle(3))
    damage(board, board.bundle(3))
    return board


def test_a_deploy_that_fails_leaves_the_model_that_runs(damaged: Board) -> None:
    bundle = damaged.bundle(4)
    device, emulator = damaged.connect()
    assert answering(device) == 2
    device.begin(bundle.signed)
    announced, _ = [part for part in bundle.manifest.parts if device.wants(part)]
    with bundle.open_part(announced) as stream:
        device.stage(announced, stream, lambda done: None)
    emulator.close()  # the power goes
    assert damaged.factor() == 2


def test_a_trial_that_ends_leaves_the_model_that_runs(damaged: Board) -> None:
    with damaged.connect()[0] as device:
        try_it(device, damaged.bundle(4))
        device.revert()
        assert answering(device) == 2
    assert damaged.factor() == 2


def test_a_whole_deploy_takes_the_damaged_one_s_place(damaged: Board) -> None:
    with damaged.connect()[0] as device:
        edgesdk.deploy(damaged.bundle(4), device)
        [installed] = device.models()
        assert installed.previous_version == "2.0.0"
        assert answering(device) == 4
        device.rollback("scale")
        assert answering(device) == 2
    assert damaged.factor() == 2


def test_to_end_a_trial_is_no_harm_where_there_is_none(damaged: Board) -> None:
    with damaged.connect()[0] as device:
        device._group.decide(MODEL, "revert")
        assert answering(device) == 2


def test_a_model_whose_key_is_taken_back_gives_way_to_the_one_before(board: Board) -> None:
    """It still runs when the deploy begins: its place is taken, not that of the good one."""
    board.deploy(board.bundle(2))
    other = keys.create("other")
    with board.connect()[0] as device:
        device.trust(other.public)
        edgesdk.deploy(board.bundle(3, key=other), device)
        device.distrust(other.public)
        try_it(device, board.bundle(4))
        device.revert()
        assert answering(device) == 2
        edgesdk.deploy(board.bundle(4), device)
        assert answering(device) == 4


@pytest.mark.long  # half a minute
def test_a_minute_s_silence_does_not_begin_anew_what_runs(board: Board) -> None:
    """Its host opened it, and it is not confirmed: but it is on no trial that could end."""
    board.deploy(program(board, "1.0.0"))
    board.deploy(second := program(board, "2.0.0"))
    damage(board, second)
    link = InThisProcess(board.flash)
    client = SmpClient(link, seconds=1.0)
    with McuDevice(ADDRESS, client, on_close=link.close, seconds=10) as device:
        assert device.models()[0].version == "1.0.0"
        session = device.open("small")
        assert isinstance(session, StreamingSession)
        session.feed({"audio": signals(0.1)["audio"]}, wait=False)
        link.silence(61)
        assert session.status().streams["audio"].frames == 100
