"""Addresses: what ssh is told, and what the board is told."""

from __future__ import annotations

import shlex

import pytest

from edgesdk import DeviceInfo, UsageError
from edgesdk.address import Address
from edgesdk_backends.ssh.address import BoardAddress, read
from edgesdk_backends.ssh.connection.process import arguments


def parse(text: str) -> BoardAddress:
    return read(Address.parse(text))


@pytest.mark.parametrize(
    ("text", "destination", "inner"),
    [
        ("ssh://me@board/cpu:", "me@board", "cpu:"),
        ("ssh://board/cpu:?threads=2&store=/x", "board", "cpu:?threads=2&store=/x"),
        ("ssh://board:2222/serial:/dev/ttyACM0", "board", "serial:/dev/ttyACM0"),
        (
            "ssh://me@[fe80::1%eth0]:22/emu:mcu?engine=qemu",
            "me@fe80::1%eth0",
            "emu:mcu?engine=qemu",
        ),
        ("ssh://board/socket://127.0.0.1:4000", "board", "socket://127.0.0.1:4000"),
    ],
)
def test_the_board_gets_its_own_address(text: str, destination: str, inner: str) -> None:
    board = parse(text)
    assert (board.destination, str(board.inner)) == (destination, inner)
    assert board.of(inner) == text


def test_options_of_ssh_stay_here_and_come_back_with_the_device_s_address() -> None:
    board = parse("ssh://me@board/cpu:?agent=/opt/edgesdk&ssh_config=/tmp/c&store=/x")
    assert str(board.inner) == "cpu:?store=/x"
    assert board.of("cpu:?store=/x") == (
        "ssh://me@board/cpu:?store=/x&agent=/opt/edgesdk&ssh_config=/tmp/c"
    )


@pytest.mark.parametrize("text", ["ssh://board", "ssh://me@board/"])
def test_without_a_device_the_board_is_asked(text: str) -> None:
    assert parse(text).inner is None


def test_what_ssh_is_told() -> None:
    told = arguments(parse("ssh://me@board:2222/cpu:?ssh_config=/tmp/c"))
    assert told[0] == "-T"
    assert told[-7:] == ["-F", "/tmp/c", "-p", "2222", "--", "me@board", "edgesdk agent --stdio"]


@pytest.mark.parametrize(
    ("agent", "program"),
    [
        ("~/venv/bin/edgesdk", "~/venv/bin/edgesdk"),
        ("/a b/edgesdk", "'/a b/edgesdk'"),
        ("x;reboot", "'x;reboot'"),
        ("~/x$(reboot)", "~/'x$(reboot)'"),
    ],
)
def test_the_board_s_shell_reads_a_path_as_a_path(agent: str, program: str) -> None:
    board = BoardAddress("board", options={"agent": agent})
    assert board.program == program
    assert arguments(board)[-1] == f"{program} agent --stdio"
    assert shlex.split(board.to_try) == ["ssh", "--", "board", f"{program} --version"]


def test_the_command_to_try_goes_the_same_way() -> None:
    board = parse("ssh://pi@board:2222/cpu:?agent=/a;touch&ssh_config=/tmp/c")
    assert board.to_try == (
        "ssh -F /tmp/c -p 2222 -- pi@board " + shlex.quote(f"{shlex.quote('/a;touch')} --version")
    )


@pytest.mark.parametrize("option", ["agent=/x", "ssh_config=/x", "threads=1&agent=x"])
def test_a_board_does_not_say_which_programs_run(option: str) -> None:
    with pytest.raises(UsageError):
        parse("ssh://board").of(f"cpu:?{option}")


@pytest.mark.parametrize(
    "text",
    [
        "ssh:board",
        "ssh://",
        "ssh:///cpu:",
        "ssh://-oProxyCommand=x/cpu:",
        "ssh://-l@board/cpu:",
        "ssh://@board/cpu:",
        "ssh://$HOME@board/cpu:",
        "ssh://a b/cpu:",
        "ssh://me@board;x/cpu:",
        "ssh://me@bo`ard/cpu:",
        "ssh://board:0/cpu:",
        "ssh://board:65536/cpu:",
        "ssh://board:x/cpu:",
        "ssh://board:/cpu:",
        "ssh://[::1/cpu:",
        "ssh://board/cpu:?agent=",
        "ssh://board/cpu:?ssh_config=%00",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert caught.value.id == "EDGE-02293"


def test_a_second_jump_is_openssh_s() -> None:
    with pytest.raises(UsageError) as caught:
        parse("ssh://a/ssh://b/cpu:")
    assert caught.value.id == "EDGE-02294"
    assert "ProxyJump" in caught.value.next_step


def test_an_option_of_no_device_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        parse("ssh://board?threads=2")
    assert caught.value.id == "EDGE-0209"


@pytest.mark.parametrize(
    ("address", "emulated"),
    [
        ("emu:mcu", True),
        ("ssh://me@board/emu:mcu?engine=qemu", True),
        ("ssh://emu:22/cpu:", False),
        ("ssh://board/cpu:", False),
        ("socket://127.0.0.1:4000", False),
        ("socket://127.0.0.1/emu:", False),
        ("cpu:?store=s3://x/emu:y", False),
        ("ssh://emu:", False),
    ],
)
def test_an_emulator_stays_one_at_a_distance(address: str, emulated: bool) -> None:
    assert DeviceInfo(address, "", "", "").emulated is emulated
