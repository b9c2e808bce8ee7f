"""A language model on a board, through PYNQ: deployed, proven there, and as on ``emu:fpga``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import edgesdk
from edgesdk.bundle import Bundle
from edgesdk.decoder.session import DecoderSession
from edgesdk.errors import DeviceReverted, DoesNotFit, LinkFailed, NoDevice
from edgesdk_backends.fpga.driver.patience import NATIVE
from edgesdk_backends.fpga.emulator.engines import open_engine
from edgesdk_backends.fpga.emulator.faults import Faults
from edgesdk_backends.fpga.pynq import board_lock
from tests.backends_fpga.pynq.board import design

pynq = pytest.importorskip("pynq", reason="the package pynq is not installed: pynq[numpy<2]")

FOLDER = Path(__file__).resolve().parents[3] / "models" / "story"
MEMORY = 64 << 20  # bytes
PROMPT = [1, 300, 5, 77, 12, 9, 41, 256, 3, 18]
COUNT = 12
SwitchOn = Callable[[Faults], None]


@pytest.fixture
def switch_on(user_folder: Path, monkeypatch: pytest.MonkeyPatch) -> SwitchOn:
    """PYNQ's board from now on, with all of its memory free."""
    monkeypatch.setattr(board_lock, "SYSTEM", user_folder / "locks")

    def switch(faults: Faults) -> None:
        from edgesdk_backends.fpga.emulator.pynq_device import EmulatedDevice

        board = EmulatedDevice("story", open_engine(NATIVE), MEMORY, faults)
        monkeypatch.setattr(pynq.Device, "_devices", [board], raising=False)
        pynq.Device.active_device = board
        memory = "edgesdk_backends.fpga.pynq.hal.cma_free"
        monkeypatch.setattr(memory, lambda: board.memory.free_bytes)

    return switch


@pytest.fixture
def compiled(user_folder: Path) -> Iterator[Callable[..., Bundle]]:
    with ExitStack() as bundles:

        def compile_story(version: str, **options: str) -> Bundle:
            found = edgesdk.compile(
                FOLDER, "fpga:kv260", name="story", version=version, vectors=1, options=options
            )
            return bundles.enter_context(found)

        yield compile_story


def says(session: DecoderSession) -> tuple[list[int], bytes]:
    """A few tokens, and every bit of the last logits."""
    logits = session.prefill(PROMPT)
    found = []
    for _ in range(COUNT):
        found.append(int(logits.argmax()))
        logits = session.decode(found[-1])
    return found, np.asarray(logits).tobytes()


def test_the_same_words_as_on_the_emulator(
    user_folder: Path, switch_on: SwitchOn, compiled: Callable[..., Bundle]
) -> None:
    switch_on(Faults())
    bundle = compiled("1.0.0", bitstream=str(design(user_folder)), clock="250")
    answers = []
    for address in ("pynq:", "emu:fpga"):
        with edgesdk.connect(address) as device:
            edgesdk.deploy(bundle, device)
            with device.open("story") as session:
                answers.append(says(session))
    assert answers[0] == answers[1]


def test_a_board_that_hangs_keeps_its_old_model(
    user_folder: Path, switch_on: SwitchOn, compiled: Callable[..., Bundle]
) -> None:
    bitstream = str(design(user_folder))
    switch_on(Faults())
    with edgesdk.connect("pynq:") as device:
        edgesdk.deploy(compiled("1.0.0", bitstream=bitstream), device)
    switch_on(Faults("hang", after=1))
    with edgesdk.connect("pynq:?deadline=1") as device:
        with pytest.raises((LinkFailed, DeviceReverted)):
            edgesdk.deploy(compiled("2.0.0", bitstream=bitstream), device)
        assert [model.version for model in device.models()] == ["1.0.0"]
        with device.open("story") as session:
            assert len(says(session)[0]) == COUNT


def test_a_bundle_without_a_bitstream(switch_on: SwitchOn, compiled: Callable[..., Bundle]) -> None:
    switch_on(Faults())
    with edgesdk.connect("pynq:") as device, pytest.raises(DoesNotFit) as raised:
        edgesdk.deploy(compiled("1.0.0"), device)
    assert "bitstream" in str(raised.value)


def test_no_board_is_told_before_anything_is_asked_of_it(
    user_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PYNQ can be installed anywhere."""
    monkeypatch.setattr(pynq.Device, "_devices", [], raising=False)
    with pytest.raises(NoDevice) as raised:
        edgesdk.connect("pynq:")
    assert raised.value.id == "EDGE-0311"
    plug_in = import_module("edgesdk_backends.fpga.backend")
    monkeypatch.setattr(plug_in, "_FABRIC", user_folder)
    assert not [info for info in edgesdk.devices() if info.backend == "fpga"]


def test_the_board_says_who_it_is(switch_on: SwitchOn) -> None:
    switch_on(Faults())
    with edgesdk.connect("pynq:") as device:
        assert device.info.description.startswith("KV260-emulated, through PYNQ, taken for an AMD")


def test_a_bundle_s_clock_and_handoff_file_reach_the_board(
    user_folder: Path, switch_on: SwitchOn, compiled: Callable[..., Bundle]
) -> None:
    switch_on(Faults())
    bitstream = design(user_folder)
    bundle = compiled("1.0.0", bitstream=str(bitstream), clock="187.5")
    pynq.ps.Clocks.fclk0_mhz = 100
    with edgesdk.connect("pynq:") as device:
        edgesdk.deploy(bundle, device)
        assert pynq.ps.Clocks.fclk0_mhz == pytest.approx(187.5, rel=1e-4)
        with device.open("story") as session:
            handoff = bitstream.with_suffix(".hwh").read_bytes()
            hal = session._accelerator._hal  # type: ignore[attr-defined]
            assert hal._sha256 == hashlib.sha256(handoff).hexdigest()
