"""What takes several requests is one thing: no other thread's model gets in between."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest

import edgesdk
from edgesdk.errors import LinkFailed
from edgesdk_backends.mcu import opening
from edgesdk_backends.mcu.device import McuDevice
from edgesdk_backends.mcu.smp.client import SmpClient
from edgesdk_backends.mcu.smp.model_group import MODEL, ModelGroup
from edgesdk_backends.mcu.smp.sensing_group import SensingGroup
from tests.backends_mcu.device.conftest import TARGET, Board, X
from tests.backends_mcu.device.test_sensing import signals, source


class Intruder:
    """Comes between two requests, and is still there half a second later if it has to wait."""

    def __init__(self, device: McuDevice) -> None:
        reply = device._group.device()
        self.thread = Thread(target=lambda: device._running.open(0, reply))
        self.waited = False

    def before(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **settings: Any) -> Any:
            if not self.thread.ident:
                self.thread.start()
                self.thread.join(0.5)
                self.waited = self.thread.is_alive()
            return call(*args, **settings)

        return wrapped


def test_another_model_is_opened_after_a_run(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    board.deploy(board.bundle(2))
    with board.connect()[0] as device:
        session = device.open("scale")
        intruder = Intruder(device)
        monkeypatch.setattr(ModelGroup, "infer", intruder.before(ModelGroup.infer))
        assert session.run({"x": X})["y"][0, 1] == 2
        intruder.thread.join()
        assert intruder.waited
        with pytest.raises(LinkFailed, match="another model"):
            session.run({"x": X})


def test_another_program_is_opened_after_samples_are_fed(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = edgesdk.compile(source(board.folder), TARGET, name="small", version="1.0.0")
    board.deploy(board.open_bundles.enter_context(program))
    with board.connect()[0] as device:
        session = device.open("small")
        intruder = Intruder(device)
        monkeypatch.setattr(SensingGroup, "results", intruder.before(SensingGroup.results))
        session.feed(signals(0.1))  # type: ignore[attr-defined]
        intruder.thread.join()
        assert intruder.waited
        with pytest.raises(LinkFailed, match="another model"):
            session.feed(signals(0.1))  # type: ignore[attr-defined]


def test_a_trial_s_session_ends_with_the_trial(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a silence it looks first: the device may have gone back by itself."""
    monkeypatch.setattr(opening, "_SILENCE", 0.0)
    board.deploy(board.bundle(2))
    device, emulator = board.connect()
    bundle = board.bundle(3)
    with device:
        device.begin(bundle.signed)
        for part in filter(device.wants, bundle.manifest.parts):
            with bundle.open_part(part) as stream:
                device.stage(part, stream, lambda done: None)
        session = device.trial()
        assert session.run({"x": X})["y"][0, 1] == 3
        ModelGroup(SmpClient(emulator.link, seconds=1.0)).decide(MODEL, "revert")
        with pytest.raises(LinkFailed) as ended:
            session.run({"x": X})
        assert ended.value.id == "EDGE-0620"
