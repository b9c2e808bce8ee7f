"""What somebody is told whose board is gone, or cannot do what was asked for."""

from __future__ import annotations

import pytest

import edgesdk
from edgesdk.errors import LinkFailed, NoDevice, UsageError
from edgesdk.fit import refusal
from edgesdk_backends.mcu.emulator import Faults
from tests.backends_mcu.device.conftest import Board


def test_a_cut_that_the_address_asked_for_is_named(board: Board) -> None:
    bundle = board.bundle(2)
    with (
        edgesdk.connect(f"{board.address}&cut=5") as device,
        pytest.raises(LinkFailed) as lost,
    ):
        edgesdk.deploy(bundle, device)
    assert "cut=5" in lost.value.evidence
    assert lost.value.next_step.startswith("Leave cut=5 out of the address")


def test_an_emulated_board_that_is_gone_is_not_to_be_plugged_in(board: Board) -> None:
    device, emulator = board.connect(Faults())
    with device:
        emulator.kill()
        with pytest.raises(LinkFailed) as lost:
            device.models()
    assert "emulated board" in lost.value.evidence
    assert lost.value.next_step == "Repeat the command"


def test_a_bundle_in_place_is_refused_without_a_mismatch_that_there_is_not(board: Board) -> None:
    with board.connect()[0] as device, pytest.raises(UsageError) as refused:
        device.open_bundle(board.bundle(2))
    assert refused.value.evidence == ""
    assert "run it by its name, scale" in refused.value.next_step


def test_a_bundle_for_another_target_is_told_once_what_to_do(board: Board) -> None:
    onnx = board.folder / "scale-2.tflite"
    board.bundle(2)
    with edgesdk.compile(onnx, "cpu", name="scale") as bundle, board.connect()[0] as device:
        error = refusal(bundle.manifest, device.info, device.check(bundle.signed))
    assert str(error).lower().count("compile the model for it") == 1


@pytest.mark.parametrize("host", ["a..b", "a" * 70])
def test_a_host_that_no_name_server_could_know_is_not_there(host: str) -> None:
    with pytest.raises(NoDevice) as absent:
        edgesdk.connect(f"socket://{host}:4000")
    assert absent.value.id == "EDGE-0302"
