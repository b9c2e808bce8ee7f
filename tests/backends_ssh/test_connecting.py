"""Everything that can be in the way before the first call."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import edgesdk
from edgesdk import AmbiguousDevice, DeviceUnavailable, EdgeError, NoDevice, UsageError
from edgesdk.agent.wire.frames import encode
from edgesdk.agent.wire.messages import MAGIC, NOISE, PROTOCOL
from edgesdk_backends.ssh import backend, connection
from edgesdk_backends.ssh.connection.process import BoardProcess
from tests.backends_ssh.conftest import HELLO
from tests.backends_ssh.small import interrupt

ADDRESS = "ssh://me@there/cpu:"
Plays = Callable[[str], None]


def refusal(address: str = ADDRESS) -> EdgeError:
    with pytest.raises(EdgeError) as caught:
        edgesdk.connect(address)
    return caught.value


def test_a_board_without_edgesdk(plays: Plays) -> None:
    plays("echo 'sh: 1: edgesdk: not found' >&2; exit 127")
    error = refusal()
    assert isinstance(error, NoDevice)
    assert error.id == "EDGE-0340"
    assert "edgesdk: not found" in error.evidence
    assert "pip install 'edgesdk[cpu]'" in error.next_step
    assert "agent=" in error.next_step


def test_ssh_s_own_words_are_the_evidence(plays: Plays) -> None:
    plays("echo 'me@there: Permission denied (publickey).' >&2; exit 255")
    error = refusal()
    assert error.id == "EDGE-0341"
    assert error.evidence == "me@there: Permission denied (publickey)."


def test_words_are_kept_to_the_last_of_them_and_printable(plays: Plays) -> None:
    plays("head -c 100000 /dev/zero | tr '\\0' 'x' >&2; printf '\\033[31mlast\\n' >&2; exit 255")
    evidence = refusal().evidence
    assert len(evidence) <= 4096
    assert evidence.endswith("[31mlast")


def test_an_older_edgesdk_that_knows_no_agent(plays: Plays) -> None:
    plays("echo \"Error: No such command 'agent'.\" >&2; exit 2")
    error = refusal()
    assert error.id == "EDGE-0343"
    assert "No such command" in error.evidence


def test_something_else_that_only_talks(plays: Plays) -> None:
    plays("echo 'Welcome to the fridge'")
    error = refusal()
    assert error.id == "EDGE-0343"
    assert "Welcome to the fridge" in error.evidence


def test_a_shell_that_never_stops_talking(plays: Plays) -> None:
    plays("exec yes 'Have a nice day'")
    assert refusal().id == "EDGE-0343"


def test_a_board_that_says_nothing(plays: Plays, monkeypatch: pytest.MonkeyPatch) -> None:
    plays("exec sleep 60")
    monkeypatch.setattr(connection, "_GREETING", 0.2)
    monkeypatch.setattr(connection, "_LOOK", 0.05)
    begun = time.monotonic()
    assert refusal().id == "EDGE-0344"
    assert time.monotonic() - begun < 30


def test_ssh_may_give_the_terminal_its_echo_back(
    plays: Plays, user_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It took it to ask for a password, and does so when it is asked to end."""
    plays(f"trap 'kill $!; echo on >{user_folder}/echo; exit' TERM; sleep 60 & wait")
    monkeypatch.setattr(connection, "_GREETING", 0.5)
    monkeypatch.setattr(connection, "_LOOK", 0.05)
    assert refusal().id == "EDGE-0344"
    assert (user_folder / "echo").read_text() == "on\n"


def test_ctrl_c_while_connecting_leaves_nothing_behind(plays: Plays, user_folder: Path) -> None:
    pid = user_folder / "pid"
    plays(f"echo $$ >{pid}; exec sleep 60")
    interrupt(lambda: pid.exists() and pid.read_text())
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        edgesdk.connect(ADDRESS)
    assert time.monotonic() - begun < 30
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


@pytest.mark.parametrize(("protocol", "where"), [(2, "on this machine"), (0, "on me@there")])
def test_another_protocol(plays: Plays, user_folder: Path, protocol: int, where: str) -> None:
    """Whatever else its hello may have learnt to say."""
    hello = {"kind": "hello", "protocol": protocol, "edgesdk": "9.8.7", "moon": "full"}
    (user_folder / "hello").write_bytes(MAGIC + encode(hello))
    plays(f"cat {user_folder}/hello; cat >/dev/null")
    error = refusal()
    assert isinstance(error, DeviceUnavailable)
    assert error.id == "EDGE-0583"
    assert f"edgesdk 9.8.7, protocol {protocol}" in error.evidence
    assert f"protocol {PROTOCOL}" in error.evidence
    assert where in error.next_step


def test_no_ssh_here(user_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGESDK_SSH", str(user_folder / "nothing"))
    error = refusal()
    assert error.id == "EDGE-0582"
    assert "openssh-client" in error.next_step
    [(what, there, _)] = backend.doctor()
    assert (what, there) == ("OpenSSH client", False)


def test_a_talkative_login_shell_is_no_hindrance(board: Path) -> None:
    """It may print as much as the protocol allows, and lines that look almost like the agent's."""
    program = board / "bin" / "edgesdk"
    lines = program.read_text().splitlines()
    noise = f"echo EDGESDK-AGENTS; echo; head -c {NOISE - 100} /dev/zero; echo"
    program.write_text("\n".join([lines[0], noise, *lines[1:]]))
    with edgesdk.connect(ADDRESS) as device:
        assert device.info.backend == "cpu"


def test_a_device_that_the_board_does_not_know(board: Path) -> None:
    error = refusal("ssh://there/abacus:")
    assert error.id == "EDGE-0212"
    assert "abacus:" in error.what


def test_an_option_that_the_board_s_device_does_not_know(board: Path) -> None:
    error = refusal("ssh://there/cpu:?surprise=1")
    assert isinstance(error, UsageError)
    assert "surprise" in error.what


def test_the_one_device_of_a_board_needs_no_name(board: Path) -> None:
    with edgesdk.connect("ssh://there") as device:
        assert device.info.address == "ssh://there/cpu:"
        assert not device.info.local


def test_several_devices_are_listed_ready_to_paste(
    board: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The third-party plug-in brings another device to the board."""
    site = board / "site" / "edgesdk_second-1.dist-info"
    site.mkdir(parents=True)
    (site / "METADATA").write_text("Metadata-Version: 2.1\nName: edgesdk-second\nVersion: 1\n")
    (site / "entry_points.txt").write_text("[edgesdk.backends]\nsecond = second_backend:backend\n")
    (site.parent / "second_backend.py").write_text(SECOND)
    monkeypatch.setenv("PYTHONPATH", str(site.parent))
    error = refusal("ssh://me@there")
    assert isinstance(error, AmbiguousDevice)
    assert error.evidence.split() == [
        "--device",
        "ssh://me@there/cpu:",
        "--device",
        "'ssh://me@there/second:1?mode=fast'",
    ]


SECOND = """
from edgesdk.backend import DeviceInfo
class backend:
    name, schemes, targets = "second", ("second",), ()
    def discover(self):
        return [DeviceInfo("second:1?mode=fast", "second", "second", "")]
    def connect(self, address): ...
    def compile(self, model, target, options): ...
    def doctor(self): return []
"""


def test_what_is_ready_to_paste_is_one_word_to_a_shell(plays: Plays, user_folder: Path) -> None:
    evil = "cpu:x'; touch /tmp/x; '"
    infos = [{"backend": "cpu", "target": "cpu", "description": "", "address": evil}] * 2
    there = user_folder / "there"
    there.write_bytes(encode({"kind": "result", "id": 1, "value": {"devices": infos}, "blobs": []}))
    (user_folder / "hello").write_bytes(HELLO)
    plays(f"cat {user_folder}/hello; head -c 1 >/dev/null; cat {there}; cat >/dev/null")
    error = refusal("ssh://me@there")
    assert isinstance(error, AmbiguousDevice)
    assert shlex.split(error.evidence) == ["--device", f"ssh://me@there/{evil}"] * 2


def test_a_second_host_is_refused_and_disturbs_nobody(board: Path) -> None:
    with edgesdk.connect(ADDRESS) as first:
        error = refusal()
        assert isinstance(error, DeviceUnavailable)
        assert error.id == "EDGE-0580"
        assert first.models() == ()
    with edgesdk.connect(ADDRESS) as second:
        assert second.models() == ()


def test_ssh_is_always_reaped(board: Path, plays: Plays, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a close, after a refused address, and when it ended by itself."""
    made: list[BoardProcess] = []
    start = BoardProcess.__init__

    def noted(self: BoardProcess, *given: object) -> None:
        made.append(self)
        start(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(BoardProcess, "__init__", noted)
    device = edgesdk.connect(ADDRESS)
    device.close()
    device.close()
    refusal("ssh://there/abacus:")
    plays("exit 3")
    refusal()
    assert [process._child.returncode is not None for process in made] == [True] * 3


def test_there_is_nothing_to_compile_for_ssh() -> None:
    with pytest.raises(UsageError) as caught:
        backend.compile(None, "ssh", {})  # type: ignore[arg-type]
    assert caught.value.id == "EDGE-02296"
    assert backend.discover() == ()
