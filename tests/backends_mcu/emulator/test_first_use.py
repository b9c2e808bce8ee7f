"""Boards that are made with the first connection: by several at once, and where nothing can be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import edgesdk
from edgesdk.errors import DeviceUnavailable, EdgeError, LinkFailed, NoDevice, UsageError
from edgesdk_backends.mcu.emulator import BOARDS, Emulator, provision
from tests.waiting import once_free

from .bench import needs_qemu


def test_processes_that_make_the_same_board_make_one(user_folder: Path) -> None:
    """Those that come second find it in use; none breaks, and none replaces it."""
    command = [sys.executable, "-m", "edgesdk", "devices", "--device", "emu:mcu"]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    told = [process.communicate(timeout=120)[1].decode() for process in started]
    codes = [process.returncode for process in started]
    assert 0 in codes
    assert set(codes) <= {0, 5}, told
    assert all("EDGE-0513" in text for text, code in zip(told, codes, strict=True) if code)
    flash = user_folder / "state" / "boards" / "board-unicorn.flash"
    assert sorted(flash.parent.iterdir()) == [flash, flash.with_suffix(".lock")]


@pytest.mark.parametrize("folder", ["file", "/proc/x"])
def test_a_folder_that_takes_no_files(user_folder: Path, folder: str) -> None:
    (user_folder / "file").write_bytes(b"")
    with pytest.raises(DeviceUnavailable) as refused:
        edgesdk.connect(f"emu:mcu?state={folder}")
    assert refused.value.id == "EDGE-0524"


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        provision(tmp_path / "flash", BOARDS["unicorn"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", ["state=%00", "state=", "baud=9600"])
def test_options_that_mean_nothing(user_folder: Path, option: str) -> None:
    with pytest.raises(UsageError) as refused:
        edgesdk.connect(f"emu:mcu?{option}")
    assert refused.value.id == "EDGE-0257"


def test_a_damaged_flash_names_its_file(user_folder: Path) -> None:
    flash = user_folder / "boards" / "board-unicorn.flash"
    flash.parent.mkdir()
    flash.write_bytes(bytes(1 << 20) + bytes(8))
    with pytest.raises(NoDevice) as dead:
        edgesdk.connect(f"emu:mcu?state={flash.parent}&deadline=0.05")
    assert dead.value.id == "EDGE-0305"
    assert str(flash) in dead.value.evidence


@needs_qemu
@pytest.mark.parametrize("crash", [True, False])
def test_qemu_ends_with_the_process_that_started_it(tmp_path: Path, crash: bool) -> None:
    """It shares the lock of the flash file, so that nobody gets the file before it has ended."""
    flash = tmp_path / "flash"
    provision(flash, BOARDS["qemu"])
    with Emulator.start(flash, engine="qemu") as board:
        if crash:
            os.kill(board._process.pid, signal.SIGKILL)
    once_free(lambda: Emulator.start(flash, engine="qemu"), DeviceUnavailable).close()


class Ports:
    """What pyserial lists."""

    def __init__(self, device: str, serial_number: str | None) -> None:
        self.device, self.serial_number, self.vid = device, serial_number, 1


@pytest.mark.parametrize(
    ("address", "error", "told"),
    [
        ("serial:id=NOBODY", "EDGE-0304", "serial:id=ABC"),
        ("serial:id=TWIN", "EDGE-0402", "serial:/dev/tty-b, serial:/dev/tty-c"),
        ("serial:id=", "EDGE-0252", ""),
        ("serial:", "EDGE-0252", ""),
        ("serial:id=ABC", "EDGE-0302", "/dev/tty-a"),  # found, and then it is not there
    ],
)
def test_a_port_by_its_serial_number(
    address: str, error: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = [("a", "ABC"), ("b", "TWIN"), ("c", "TWIN"), ("d", None)]
    listed = [Ports(f"/dev/tty-{name}", number) for name, number in ports]
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: listed)
    with pytest.raises(EdgeError) as refused:
        edgesdk.connect(address)
    assert refused.value.id == error
    assert told in str(refused.value)


def test_what_fails_in_the_emulator_s_process_is_told_by_its_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    provision(tmp_path / "flash", BOARDS["unicorn"])
    broken = tmp_path / "site" / "unicorn"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('no library')")
    monkeypatch.setenv("PYTHONPATH", str(broken.parent))
    with pytest.raises(LinkFailed, match="unicorn is not installed") as told:
        Emulator.start(tmp_path / "flash")
    assert told.value.id == "EDGE-0610"
    assert "Traceback" not in capfd.readouterr().err
