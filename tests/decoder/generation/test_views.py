"""What a reader sees: text at once, a terminal that cannot be commanded, and readers that leave."""

from __future__ import annotations

import io
import os
import pty
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from edgesdk.cli.generate.view import StatusLine, TextView, printable
from edgesdk.cli.output import Output

ROOT = Path(__file__).parents[3]
TALKER = [sys.executable, "-m", "tests.decoder.generation.talker"]


def talker(delay: float, *arguments: str, **more: object) -> subprocess.Popen[bytes]:
    """The command line on a slow table."""
    command = [*TALKER, str(delay), *arguments]
    return subprocess.Popen(command, cwd=ROOT, **more)  # type: ignore[call-overload, no-any-return]


def read_until(descriptor: int, wanted: bytes, seconds: float = 60) -> bytes:
    """Bytes up to and with what is waited for. Raises ``AssertionError`` when it does not come."""
    found, end = b"", time.monotonic() + seconds
    while wanted not in found:
        ready, _, _ = select.select([descriptor], [], [], max(end - time.monotonic(), 0))
        assert ready, found
        found += os.read(descriptor, 1)
    return found


def interrupt_line(terminal: int) -> bytes:
    """Ctrl-C while a line is read; what is said to that, up to the next prompt.

    Python hears a signal that comes between two waits of readline only with the next key, so, like
    a user, this presses again where nothing happens.
    """
    for _ in range(5):
        os.write(terminal, b"\x03")
        with suppress(AssertionError):
            return read_until(terminal, b"> ", 5)
    raise AssertionError("Ctrl-C is not heard")


def test_a_terminal_is_given_no_commands() -> None:
    assert printable("a\x1b[2Jb\x07\x9b\n\tcafé\r") == "a[2Jb\n\tcafé"


def test_text_that_the_terminal_cannot_show(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, "ascii"))
    view = TextView(Output())
    view.write("café 😀")
    view.end()
    assert raw.getvalue() == b"caf? ?\n"


def test_no_status_line_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    line = StatusLine(Output())
    line.show("working")
    line.clear()
    assert capsys.readouterr() == ("", "")


def test_text_comes_at_once_and_ctrl_c_ends_it() -> None:
    arguments = ("generate", "m", "Say", "--temperature", "0", "-n", "4000", "--json")
    for json in (False, True):
        process = talker(
            0.05, *arguments[: None if json else -1], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stderr is not None
        read_until(process.stderr.fileno(), b"at work\n")
        seen = b"" if json else read_until(process.stdout.fileno(), b"defg")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 130
        assert b"EDGE-1301" in err
        assert b"Traceback" not in err
        whole = seen + out
        assert whole.startswith(b'{"v": 1, "ok": false' if json else b"defg")
        assert whole.endswith(b"\n")
        assert whole.count(b"\n") == 1


def test_a_reader_that_leaves_ends_the_work() -> None:
    process = talker(
        0.02,
        *("generate", "m", "Say", "--temperature", "0", "-n", "4000"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    read_until(process.stdout.fileno(), b"de")
    process.stdout.close()
    assert process.stderr is not None
    assert process.wait(timeout=60) == 0  # 4000 tokens would take longer
    assert process.stderr.read() == b"at work\n"
    process.stderr.close()


def test_a_full_disk_is_told() -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        process = talker(0, "generate", "m", "Say", stdout=full, stderr=subprocess.PIPE)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert b"EDGE-0235" in err


def test_a_chat_at_a_terminal() -> None:
    """Ctrl-C stops an answer and then a line, neither ends the program; Ctrl-D does."""
    ours, theirs = pty.openpty()
    process = talker(
        0.05,
        *("chat", "m", "--temperature", "0", "--stop", "never"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=_take_terminal,
    )
    os.close(theirs)
    try:
        greeting = read_until(ours, b"> ")
        assert b"no chat template" in greeting
        os.write(ours, b"hello\n")
        read_until(ours, b"yzabc")  # the answer is under way
        os.write(ours, b"\x03")
        stopped = read_until(ours, b"> ")
        assert b"tokens/s" in stopped
        os.write(ours, b"half a line")
        read_until(ours, b"a line")  # its echo
        assert b"Ctrl-D or /quit ends" in interrupt_line(ours)
        os.write(ours, b"\x04")
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def test_sigterm_ends_a_chat_at_a_terminal() -> None:
    ours, theirs = pty.openpty()
    process = talker(
        0.05,
        *("chat", "m", "--temperature", "0"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=_take_terminal,
    )
    os.close(theirs)
    try:
        read_until(ours, b"> ")
        os.write(ours, b"hello\n")
        read_until(ours, b"yzabc")
        process.terminate()
        read_until(ours, b"EDGE-1301")
        assert process.wait(timeout=60) == 130
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def _take_terminal() -> None:
    """The new session's terminal is its stdin, so that Ctrl-C there reaches it."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
