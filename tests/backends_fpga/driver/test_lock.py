"""One program at a time on a board."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from edgesdk.errors import DeviceUnavailable
from edgesdk.store import Files
from edgesdk_backends.fpga.pynq.board_lock import BoardLock, SharedFiles, system_lock

REMEDY = "Make room there"
HOLDS = """
import sys
from pathlib import Path
from edgesdk_backends.fpga.pynq.board_lock import BoardLock
lock = BoardLock(Path(sys.argv[1]), "board", "make room")
print("held", flush=True)
sys.stdin.read()
"""


def test_two_in_one_program(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "board.lock"
    first = BoardLock(path, "KV260", REMEDY)
    with pytest.raises(DeviceUnavailable) as raised:
        BoardLock(path, "KV260", REMEDY)
    assert raised.value.id == "EDGE-0560"
    assert "KV260" in raised.value.what
    assert f"(process {os.getpid()})" in raised.value.evidence
    first.close()
    first.close()
    BoardLock(path, "KV260", REMEDY).close()


def test_a_killed_program_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "board.lock"
    command = [sys.executable, "-c", HOLDS, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(DeviceUnavailable, match=r"using the KV260") as raised:
            BoardLock(path, "KV260", REMEDY)
        assert f"(process {other.pid})" in raised.value.evidence
        other.kill()
        other.wait(10)
    BoardLock(path, "KV260", REMEDY).close()


def test_what_is_in_the_file_is_no_matter(tmp_path: Path) -> None:
    path = tmp_path / "board.lock"
    path.write_bytes(b"\xff" * 100)
    first = BoardLock(path, "KV260", REMEDY)
    assert path.read_bytes() == b"%d\n" % os.getpid()
    first.close()


def test_no_folder_for_locks(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DeviceUnavailable) as raised:
        BoardLock(tmp_path / "file" / "board.lock", "KV260", REMEDY)
    assert (raised.value.id, raised.value.next_step) == ("EDGE-0561", REMEDY)


def test_a_child_that_is_forked_meanwhile_keeps_nothing(tmp_path: Path) -> None:
    """It has the descriptor, and a lock that goes only with the last of them."""
    lock = BoardLock(tmp_path / "board.lock", "KV260", REMEDY)
    descriptor = lock._handle
    assert descriptor is not None
    kept = os.dup(descriptor)  # as a child has it
    try:
        lock.close()
        BoardLock(tmp_path / "board.lock", "KV260", REMEDY).close()
    finally:
        os.close(kept)


def test_a_full_disk_is_no_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    lock = BoardLock(tmp_path / "board.lock", "KV260", REMEDY)
    with pytest.raises(DeviceUnavailable) as raised:
        BoardLock(tmp_path / "board.lock", "KV260", REMEDY)
    assert raised.value.id == "EDGE-0560"
    lock.close()


def test_nothing_but_a_plain_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for files in (Files(), SharedFiles()):
        for name in ("link", "pipe", "folder"):
            with pytest.raises(DeviceUnavailable) as raised:
                BoardLock(tmp_path / name, "KV260", REMEDY, files)
            assert raised.value.id == "EDGE-0561"
    assert not (tmp_path / "elsewhere").exists()


def test_another_user_s_file_can_be_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may only be read, and nobody may open it for creation: so Linux has it in /run/lock."""
    path = tmp_path / "board.lock"
    path.write_text("1234")
    opens = os.open

    def theirs(name: Path, flags: int, mode: int = 0o777) -> int:
        if flags & (os.O_RDWR | os.O_CREAT):
            raise PermissionError(errno.EACCES, "Permission denied")
        return opens(name, flags, mode)

    monkeypatch.setattr(os, "open", theirs)
    lock = BoardLock(path, "KV260", REMEDY, SharedFiles())
    with pytest.raises(DeviceUnavailable) as raised:
        BoardLock(path, "KV260", REMEDY, SharedFiles())
    assert raised.value.id == "EDGE-0560"
    lock.close()
    BoardLock(path, "KV260", REMEDY, SharedFiles()).close()


@pytest.mark.parametrize(("files", "mode"), [(Files(), 0o644), (SharedFiles(), 0o666)])
def test_who_may_sign_it(tmp_path: Path, files: Files, mode: int) -> None:
    before = os.umask(0o022)
    try:
        BoardLock(tmp_path / "board.lock", "KV260", REMEDY, files).close()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "board.lock").stat().st_mode) == mode


def test_a_real_board_s_lock_is_the_same_for_every_user(monkeypatch: pytest.MonkeyPatch) -> None:
    found = set()
    for user in ("root", "xilinx"):
        for name in ("EDGESDK_STATE", "HOME", "TMPDIR"):
            monkeypatch.setenv(name, f"/home/{user}")
        found.add(system_lock("xrt0"))
    assert found == {Path("/run/lock/edgesdk-xrt0.lock")}
