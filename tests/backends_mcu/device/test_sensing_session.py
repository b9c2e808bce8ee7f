"""A session of a sensing program: whose it is, when it ends, and what it asks of the device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import edgesdk
from edgesdk.bundle import Bundle
from edgesdk.errors import DeviceUnavailable, LinkFailed, UsageError
from edgesdk.sensing.streaming import StreamingSession
from edgesdk_backends.mcu import sensing_session
from edgesdk_backends.mcu.device import McuDevice
from edgesdk_backends.mcu.smp.client import SmpClient, SmpRefused
from edgesdk_backends.mcu.smp.refused import Reason
from edgesdk_backends.mcu.smp.sensing_group import START, STREAM, SensingGroup
from tests.backends_mcu.device.conftest import TARGET, Board
from tests.backends_mcu.device.test_sensing import signals, source

CALLS: list[Callable[[Any], object]] = [
    lambda session: session.start(),
    lambda session: session.feed({}),
    lambda session: session.feed(signals(0.1)),
    lambda session: session.finish(),
    lambda session: session.decisions(),
    lambda session: session.status(),
    lambda session: session.figures(),
    lambda session: session.run(signals(0.1)),
]


@pytest.fixture
def bundle(board: Board) -> Bundle:
    made = edgesdk.compile(source(board.folder), TARGET, name="small")
    return board.open_bundles.enter_context(made)


@pytest.fixture
def device(board: Board, bundle: Bundle) -> McuDevice:
    connected, _ = board.connect()
    board.open_bundles.enter_context(connected)
    edgesdk.deploy(bundle, connected)
    return connected


def opened(device: McuDevice) -> StreamingSession:
    session = device.open("small")
    assert isinstance(session, StreamingSession)
    return session


def looking_on(device: McuDevice) -> StreamingSession:
    session = device.listening()
    assert session is not None
    return session


def error_of(call: Callable[[Any], object], session: StreamingSession) -> str:
    with pytest.raises(edgesdk.EdgeError) as caught:
        call(session)
    return caught.value.id


def test_after_close_nothing_answers(device: McuDevice) -> None:
    """Neither for who opened it nor for who looks on, and whatever runs meanwhile."""
    first = opened(device)
    first.close()
    onlooker = looking_on(device)
    onlooker.close()
    with opened(device):
        for session in (first, onlooker):
            assert {error_of(call, session) for call in CALLS} == {"EDGE-0207"}


def test_another_model_ends_the_session(board: Board, device: McuDevice) -> None:
    session = opened(device)
    with edgesdk.compile(source(board.folder), TARGET, name="small", version="2.0.0") as newer:
        edgesdk.deploy(newer, device)
    assert {error_of(call, session) for call in CALLS} == {"EDGE-0620"}


def test_looking_on_takes_nobody_s_session(device: McuDevice) -> None:
    session = opened(device)
    session.feed(signals(1.0))
    with pytest.raises(DeviceUnavailable) as refused:
        device.listening()
    assert refused.value.id == "EDGE-0522"
    assert session.status().streams["audio"].frames == 1000
    session.close()
    assert looking_on(device).status().streams["audio"].frames == 1000


def test_who_looks_on_gives_way(device: McuDevice) -> None:
    first, second = looking_on(device), looking_on(device)
    with pytest.raises(LinkFailed) as ended:
        first.feed({})
    assert ended.value.id == "EDGE-0620"
    second.feed({})
    with opened(device) as session, pytest.raises(LinkFailed):
        second.feed({})
        session.status()  # type: ignore[attr-defined]


def test_memory_is_told_by_who_opened_it(device: McuDevice) -> None:
    """The device says it in its answer to that, and to nobody who only looks on."""
    with opened(device) as session:
        figures = session.figures()  # type: ignore[attr-defined]
    assert figures["peak_memory"].value > 0
    seen = looking_on(device).figures()  # type: ignore[attr-defined]
    assert set(seen) == {"flash"} and seen["flash"] == figures["flash"]


def test_a_loaded_program_is_a_streaming_session(board: Board, device: McuDevice) -> None:
    device.close()
    for _ in range(2):  # each lets go of the board
        with edgesdk.load("small", board.address) as session:
            assert isinstance(session, StreamingSession)
            assert session.run(signals(0.5))["decisions"].size


@pytest.mark.parametrize("tick", [2**63, 2**64 - 1, -1, 1.0])
def test_first_ticks_that_no_device_takes(device: McuDevice, tick: Any) -> None:
    session = opened(device)
    session.feed(signals(1.0))
    with pytest.raises(UsageError) as caught:
        session.start(first_tick=tick)
    assert caught.value.id == "EDGE-0201"
    assert session.status().streams["audio"].frames == 1000


def test_the_last_first_tick(device: McuDevice) -> None:
    session = opened(device)
    session.start(first_tick=2**63 - 1)
    session.feed(signals(0.5))
    assert session.decisions()[0].tick == 2**63 - 1


def test_what_the_device_refuses_is_told_in_words(device: McuDevice) -> None:
    group = SensingGroup(device._client)
    with opened(device), pytest.raises(SmpRefused) as malformed:
        group.start(2**63, b"")
    assert malformed.value.rc == Reason.BAD_REQUEST
    assert "the request was malformed" in str(malformed.value)


def test_many_decisions_that_nobody_takes(
    device: McuDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest are kept."""
    monkeypatch.setattr(sensing_session, "DECISIONS", 5)
    session = opened(device)
    session.feed(signals(2.0))
    ticks = [decision.tick for decision in session.decisions()]
    assert len(ticks) == 5 and ticks[0] > 1500
    assert session.decisions() == []


def test_what_a_run_asks_of_the_device(device: McuDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is begun once, and asked for room only where the last answer told of none."""
    asked: list[int] = []
    rooms: dict[int, int] = {}
    usual = SmpClient.request

    def request(client: SmpClient, *header: Any, **more: Any) -> dict[str, Any]:
        _, _, command, body = header
        answer = usual(client, *header, **more)
        if command == STREAM:
            assert len(body["data"]) or not rooms.get(body["stream"]), "there was room"
            rooms[body["stream"]] = answer["room"]
        asked.append(command)
        return answer

    monkeypatch.setattr(SmpClient, "request", request)
    session = opened(device)
    assert START not in asked
    session.run({name: np.asarray(data) for name, data in signals(2.0).items()})
    assert asked.count(START) == 1 and asked.count(STREAM) > 20
