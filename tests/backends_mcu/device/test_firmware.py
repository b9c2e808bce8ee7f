"""Firmware updates that end in the middle: the next one works all the same."""

from __future__ import annotations

import pytest

from edgesdk_backends.mcu.emulator import Emulator
from tests.backends_mcu.device.conftest import Board


class Gone(BaseException):
    """The host ends here, as by Ctrl-C."""


def stop_at(stage: str, board: Emulator | None = None) -> object:
    """A progress function that ends the host when a stage begins."""

    def progress(name: str, done: int, total: int) -> None:
        if name == stage and (done or stage != "stage"):
            raise Gone

    return progress


@pytest.mark.parametrize("stage", ["stage", "verify", "trial", "confirm"])
def test_a_host_that_goes_leaves_the_next_one_a_board(board: Board, stage: str) -> None:
    """``served`` in one process, so that the board stays on while hosts come and go."""
    board.deploy(board.bundle(2))
    device, _ = board.connect()
    with device:
        with pytest.raises(Gone):
            device.update_firmware(stop_at(stage))  # type: ignore[arg-type]
        report = device.update_firmware(lambda name, done, total: None)
        assert report.version == report.previous_version
    assert board.factor() == 2


def test_a_trial_that_a_killed_host_has_left(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the host's own is done any more: the board runs firmware on trial."""
    board.deploy(board.bundle(2))
    device, _ = board.connect()
    with device:
        with monkeypatch.context() as patch:
            patch.setattr("edgesdk_backends.mcu.firmware_update.suppress", _dead)
            with pytest.raises(Gone):
                device.update_firmware(stop_at("confirm"))  # type: ignore[arg-type]
        states = [device._group.slot(0, slot) for slot in (0, 1)]
        assert [state.active and not state.confirmed for state in states] in ([0, 1], [1, 0])
        device.update_firmware(lambda name, done, total: None)
    assert board.factor() == 2


class _dead:
    def __init__(self, *errors: object) -> None:
        raise Gone
