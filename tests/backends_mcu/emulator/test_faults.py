"""What goes wrong on purpose, and what must not go wrong for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from edgesdk.errors import (
    DeviceUnavailable,
    EdgeError,
    LinkFailed,
    MissingExtra,
    NoDevice,
    UsageError,
)
from edgesdk_backends.mcu.emulator import BOARDS, TEARS, Emulator, Faults, provision
from tests.waiting import once_free

from .bench import bench, needs_qemu
from .stand_in import told

FREE_PAGE = 0x10000
TORN = {"none": 0xFFFFFFFF, "half": 0xFFFF0F0F, "almost": 0xFFFF0F0F}


def word(flash: Path) -> int:
    return int.from_bytes(flash.read_bytes()[FREE_PAGE : FREE_PAGE + 4], "little")


def lost(read: object) -> bool:
    try:
        assert callable(read)
        read()
    except LinkFailed:
        return True
    return False


@pytest.mark.parametrize("tear", TEARS)
def test_power_is_cut_at_an_operation_of_the_flash(tmp_path: Path, tear: str) -> None:
    with told(tmp_path, faults=Faults(cut=1, tear=tear, seed=3)) as board:
        board.tell("1")
        assert lost(board.line)
        counts = board.emulator.counts()
        assert (counts.on, counts.operations) == (False, 1)
        found = word(tmp_path / "flash")
        # Of the bits that were to be cleared some are; no other is.
        assert found & 0xFFFF0F0F == 0xFFFF0F0F
        assert found == TORN.get(tear, found)
        if tear == "noise":
            assert found not in (0xFFFFFFFF, 0xFFFF0F0F)
        board.emulator.restart()
        assert board.line() == ("reset", 0)
        board.tell("1")
        assert board.line() == ("programmed", 0xFFFF0F0F)


@pytest.mark.parametrize("tear", TEARS)
def test_an_erase_tears_too(tmp_path: Path, tear: str) -> None:
    with told(tmp_path, faults=Faults(seed=3)) as board:
        board.tell("1")
        board.line()
        board.emulator.cut(2, tear, seed=9)
        board.tell("0")
        assert lost(board.line)
        assert (word(tmp_path / "flash") == 0xFFFFFFFF) == (tear in ("half", "almost"))


def test_the_same_seed_tears_alike(tmp_path: Path) -> None:
    found = set()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        faults = Faults(cut=1, tear="noise", seed=5)
        with told(tmp_path / name, faults=faults) as board:
            board.tell("1")
            assert lost(board.line)
        found.add(word(tmp_path / name / "flash"))
    assert len(found) == 1


def test_bits_that_flip_are_read_and_not_stored(tmp_path: Path) -> None:
    with told(tmp_path, faults=Faults(flip=0.01, seed=1)) as board:
        before = (tmp_path / "flash").read_bytes()
        board.tell("1")
        _, seen = board.line()
        assert word(tmp_path / "flash") == 0xFFFF0F0F
        reads = {seen}
        for _ in range(8):
            board.emulator.restart()
            board.line()
            board.tell("1")
            reads.add(board.line()[1])
        assert len(reads) > 1
        after = (tmp_path / "flash").read_bytes()
        assert after[:FREE_PAGE] == before[:FREE_PAGE]


def test_a_stalled_board_answers_late(tmp_path: Path) -> None:
    with told(tmp_path, faults=Faults(stall_after=1, stall_seconds=0.5)) as board:
        board.tell("t")
        board.line()
        board.tell("t")
        assert board.emulator.link.read(0.2) == b""
        assert board.line()[0] == "milliseconds"


def test_a_board_has_one_user(tmp_path: Path) -> None:
    with told(tmp_path) as board:
        with pytest.raises(DeviceUnavailable) as refused:
            Emulator.start(tmp_path / "flash")
        assert refused.value.id == "EDGE-0513"
        board.tell("t")
        assert board.line()[0] == "milliseconds"
    Emulator.start(tmp_path / "flash").close()


def test_a_killed_emulator_is_a_lost_link(tmp_path: Path) -> None:
    with told(tmp_path) as board:
        board.emulator.kill()
        assert lost(board.line)
        with pytest.raises(LinkFailed) as failed:
            board.emulator.counts()
        assert failed.value.id == "EDGE-0610"
    Emulator.start(tmp_path / "flash").close()


def test_every_board_has_an_identity_of_its_own(tmp_path: Path) -> None:
    found = []
    for name in ("a", "b"):
        with bench(tmp_path / name, "unicorn") as board:
            found.append(board.group.device().id)
            board.emulator.restart()
            board.greet()
            assert board.group.device().id == found[-1]
    assert found[0] != found[1]


def test_it_can_be_closed_twice(tmp_path: Path) -> None:
    with told(tmp_path) as board:
        assert not board.emulator.power_off().on
        board.emulator.close()
        board.emulator.close()


def test_no_emulator_outlives_its_owner(tmp_path: Path) -> None:
    flash = tmp_path / "flash"
    provision(flash, BOARDS["unicorn"])
    script = f"""
import pathlib, sys, time
from edgesdk_backends.mcu.emulator import Emulator
Emulator.start(pathlib.Path({str(flash)!r}))
print("up", flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"up\n"
        os.kill(owner.pid, signal.SIGKILL)
    once_free(lambda: Emulator.start(flash), DeviceUnavailable).close()


def test_an_upload_survives_a_cut(tmp_path: Path) -> None:
    """The boot stage that is shipped, cut in the middle of taking its first application."""
    with bench(tmp_path, "unicorn") as board:
        board.emulator.cut(board.emulator.counts().operations + 5000, "noise", seed=2)
        with pytest.raises(EdgeError):
            board.install_application()
        board.emulator.restart()
        board.greet()
        assert board.group.device().mode == "boot"
    with Emulator.start(tmp_path / "unicorn.flash") as emulator:
        board.emulator = emulator
        board.greet()
        board.group.decide(0, "revert")
        board.install_application()


@needs_qemu
def test_qemu_takes_no_faults(tmp_path: Path) -> None:
    provision(tmp_path / "flash", BOARDS["qemu"])
    with pytest.raises(UsageError) as refused:
        Emulator.start(tmp_path / "flash", engine="qemu", faults=Faults(cut=1))
    assert refused.value.id == "EDGE-0238"
    with told(tmp_path, "qemu") as board:
        with pytest.raises(UsageError):
            board.emulator.cut(1)
        board.emulator.kill()
        assert lost(board.line)  # QEMU has ended with the process that started it


def test_without_qemu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    provision(tmp_path / "flash", BOARDS["qemu"])
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoDevice) as missing:
        Emulator.start(tmp_path / "flash", engine="qemu")
    assert missing.value.id == "EDGE-0303"


def test_without_unicorn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    provision(tmp_path / "flash", BOARDS["unicorn"])
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="unicorn") as missing:
        Emulator.start(tmp_path / "flash")
    assert "edgesdk[emulator]" in str(missing.value)


@pytest.mark.parametrize("content", [None, b"short"])
def test_a_flash_file_that_is_none(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "flash").write_bytes(content)
    with pytest.raises(DeviceUnavailable) as refused:
        Emulator.start(tmp_path / "flash")
    assert refused.value.id == "EDGE-0514"


def test_what_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        provision(tmp_path / "flash", "nrf9999")
    assert refused.value.id == "EDGE-0236"
    with pytest.raises(UsageError) as refused:
        Emulator.start(tmp_path / "flash", engine="renode")
    assert refused.value.id == "EDGE-0237"
    with pytest.raises(UsageError) as refused:
        provision(tmp_path / "flash", "nrf5340", bytes(100_000))
    assert refused.value.id == "EDGE-0239"
    with pytest.raises(ValueError, match="tear"):
        Faults(tear="some")
