"""Deploys to an emulated board that fails: the old model stays, and the error says why."""

from __future__ import annotations

import pytest

import edgesdk
from edgesdk.bundle import Bundle
from edgesdk.errors import (
    DeviceReverted,
    DoesNotFit,
    EdgeError,
    LinkFailed,
    MissingExtra,
    NoDevice,
)
from edgesdk_backends.fpga.options import OpenOptions
from tests.backends_fpga.device.deployed import PROMPT, answer, deploy, rows


@pytest.mark.parametrize(
    ("fault", "kind", "identity"),
    [
        ("hang:1", LinkFailed, "EDGE-0631"),
        ("hang:3:99", LinkFailed, "EDGE-0631"),
        ("nothing:1", LinkFailed, "EDGE-0634"),
        ("bus:2", LinkFailed, "EDGE-0630"),
        ("identity", NoDevice, "EDGE-0310"),
        ("map", DoesNotFit, "EDGE-0942"),
        ("numerics", DoesNotFit, "EDGE-0942"),
        ("weights", DoesNotFit, "EDGE-0942"),
    ],
)
def test_a_faulty_accelerator_leaves_the_old_model(
    old: Bundle, new: Bundle, fault: str, kind: type[EdgeError], identity: str
) -> None:
    deploy(old)
    wanted = answer()
    with pytest.raises(kind) as caught:
        deploy(new, f"emu:fpga?fault={fault}&deadline=0.3")
    assert caught.value.id == identity
    assert answer() == wanted
    deploy(new)
    assert answer() != wanted


@pytest.mark.parametrize("fault", ["late:1", "interrupt:0:999"])
def test_what_only_takes_longer_is_no_fault(old: Bundle, fault: str) -> None:
    deploy(old, f"emu:fpga?fault={fault}")
    assert len(answer()) == 16


@pytest.mark.parametrize("engine", ["rtl", "ap_int"])
def test_an_engine_that_cannot_run_is_told_before_anything_is_erased(
    old: Bundle, new: Bundle, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of that kind a trial would say that the device has failed it."""

    def lacking(name: str) -> None:
        raise MissingExtra("hls4ml", "dev")

    deploy(old)
    with edgesdk.connect("emu:fpga") as device:
        before = device.models()
    with monkeypatch.context() as patch, pytest.raises(MissingExtra):
        patch.setattr("edgesdk_backends.fpga.places.open_engine", lacking)
        deploy(new, f"emu:fpga?engine={engine}")
    with edgesdk.connect("emu:fpga") as device:
        assert device.models() == before
        assert before[0].previous_version is None


def test_more_memory_than_this_machine_has(
    old: Bundle, new: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(old)
    wanted = answer()

    def none(size: int, dtype: object) -> None:
        raise MemoryError

    for call in (lambda: deploy(new), answer):
        with monkeypatch.context() as patch, pytest.raises(DoesNotFit) as caught:
            patch.setattr("edgesdk_backends.fpga.emulator.memory.np.zeros", none)
            call()
        assert caught.value.id == "EDGE-0941"
        assert caught.value.what.startswith("This machine has no memory")
    assert answer() == wanted  # and nobody has kept the board


@pytest.mark.parametrize("fault", ["flip", "flip:3"])
def test_weights_that_change_in_the_memory(old: Bundle, new: Bundle, fault: str) -> None:
    deploy(old)
    wanted = answer()
    with pytest.raises(DeviceReverted) as caught:
        deploy(new, f"emu:fpga?fault={fault}")
    assert caught.value.id == "EDGE-1001"
    assert answer() == wanted


def test_a_trial_takes_no_options_but_the_deadline(old: Bundle) -> None:
    """The golden vectors prove the bundle as it is compiled."""
    seen = []

    def looked(source: object, place: object, options: OpenOptions) -> None:
        seen.append(options)
        raise LinkFailed("enough", code=1)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(LinkFailed, match="enough"):
        patch.setattr("edgesdk_backends.fpga.device.open_source", looked)
        deploy(old, "emu:fpga?head=host&rescore=3&context=20&deadline=7")
    assert seen == [OpenOptions(deadline=7)]


def test_a_trial_ends_the_session_that_was_open(old: Bundle, new: Bundle) -> None:
    deploy(old)
    with edgesdk.connect("emu:fpga") as device:
        session = device.open("m")
        edgesdk.deploy(new, device)
        with pytest.raises(LinkFailed) as caught:
            session.prefill(PROMPT)  # type: ignore[attr-defined]
        assert caught.value.id == "EDGE-0639"


def test_what_runs_counts_as_free_on_a_board(old: Bundle) -> None:
    deploy(old)
    with edgesdk.connect("emu:fpga") as device:
        session = device.open("m")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(device._place, "needs_bitstream", True)  # type: ignore[attr-defined]
            patch.setattr(device._place, "memory", lambda: 5)  # type: ignore[attr-defined]
            available = rows(device.check(old.signed))["cma"][1]
        assert available == f"{5 + session.held_memory} bytes"  # type: ignore[attr-defined]
