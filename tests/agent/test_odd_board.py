"""A real agent on an odd board: what it answers, what interrupts it, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import cbor2
import pytest

from edgesdk.agent.agent import SIGN
from tests.agent.raw_host import RawHost, odd

Start = Callable[..., RawHost]
pytestmark = pytest.mark.usefixtures("board")


def test_a_ping_is_answered_while_it_computes(agent: Start) -> None:
    host = agent("native")
    odd(host)
    host.under_way("models")
    for _ in range(3):
        host.send({"kind": "ping"})
        assert host.frame() == {"kind": "pong"}


def test_a_host_that_asks_before_it_reads_is_answered_all_the_same(agent: Start) -> None:
    host = agent("large")
    odd(host).request("models")
    host.is_full()
    for _ in range(50):
        host.send({"kind": "ping"})
    host.is_read()
    last = host.request("info")
    found = [host.frame()]
    while found[-1].get("id") != last:
        found.append(host.frame())
    # 16 wait; while these go, the last one of the 50 may come.
    assert 16 <= found.count({"kind": "pong"}) <= 18
    others = [frame for frame in found if frame["kind"] != "pong"]
    assert len(others[0]["value"]["models"]) == 4000 and len(others) == 2


@pytest.mark.parametrize("silence", [30.0, 2.0])
def test_an_answer_that_nobody_fetches_holds_nothing_up(agent: Start, silence: float) -> None:
    host = agent("large", silence)
    odd(host).under_way("models")  # a tenth of a second later the answer fills the pipe
    code, said = host.end() if silence > 2 else host.ended()
    assert code == (0 if silence > 2 else 6) and "the device was closed" in said


def test_descriptors_that_do_not_wait_are_made_to(agent: Start) -> None:
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "edgesdk.agent", "--stdio"]
    theirs, ours = os.pipe()
    os.set_blocking(theirs, False)
    with subprocess.Popen(command, stdin=theirs, stdout=pipe, stderr=pipe) as process:
        os.close(theirs)
        process.stdin = os.fdopen(ours, "wb", 0)
        host = RawHost(process)
        host.hello()
        assert host.call("discover")["devices"]
        assert host.end() == (0, "")


def test_what_prints_does_not_write_between_frames(agent: Start) -> None:
    host = agent("prints")
    odd(host)
    assert host.call("models") == {"models": []}
    code, said = host.end()
    assert code == 0
    for line in ("from Python", "from C", "from C's buffer", "from a child"):
        assert f"{line}\n" in said


@pytest.mark.parametrize(
    ("kind", "evidence"),
    [("fails", "ZeroDivisionError: an odd number at _fails"), ("exits", "SystemExit: 3")],
)
def test_what_is_none_of_our_errors_is_a_fault_that_names_it(
    agent: Start, kind: str, evidence: str
) -> None:
    host = agent(kind)
    error = odd(host).refused("models")
    assert (error["type"], error["code"]) == ("InternalFault", 72)
    assert error["evidence"].startswith(evidence)
    assert host.call("info")["info"]["backend"] == "odd"
    code, said = host.end()
    assert code == 0 and "Traceback" in said


def test_too_little_memory_is_told_as_such(agent: Start) -> None:
    host = agent("exhausts")
    assert odd(host).refused("models")["type"] == "DoesNotFit"


@pytest.mark.parametrize(
    ("kind", "call", "code", "evidence"),
    [
        ("many", "models", 53, "more than 65536 items"),
        ("loud", "update_firmware", 53, "2097"),
        ("wrong", "models", 72, "more than 64 bits"),
    ],
)
def test_an_answer_that_no_frame_takes_is_an_error(
    agent: Start, kind: str, call: str, code: int, evidence: str
) -> None:
    host = agent(kind)
    error = odd(host).refused(call)
    assert error["code"] == code and evidence in error["evidence"]
    assert host.call("info")


def test_a_text_that_is_no_unicode_is_shown(agent: Start) -> None:
    host = agent("bytes")
    assert odd(host).call("models")["models"][0]["problem"] == "/s\\udcff"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_closes_the_device(agent: Start, number: int) -> None:
    host = agent("waits")
    odd(host).under_way("models")
    host.process.send_signal(number)
    code, said = host.ended()
    assert code == 6 and "the device was closed" in said
    assert signal.Signals(number).name in said


def test_an_ignored_interrupt_is_taken_up_again(agent: Start) -> None:
    host = agent("ignores")
    host.hello()
    host.process.send_signal(signal.SIGINT)
    assert host.ended()[0] == 6


def test_the_end_of_input_interrupts_what_is_computed(agent: Start) -> None:
    host = agent("waits")
    odd(host).under_way("models")
    begun = time.monotonic()
    assert host.end() == (0, "the device was closed\n")
    assert time.monotonic() - begun < 20


def test_a_close_under_way_is_not_interrupted(agent: Start) -> None:
    """Its host has lost patience: half closed, the device would stay so."""
    host = agent("unhurried")
    odd(host).under_way("disconnect")
    assert host.end() == (0, "the device was closed\n")


def test_an_interrupt_that_is_lost_is_sent_again(agent: Start) -> None:
    host = agent("lost")
    odd(host).under_way("models")
    assert host.end() == (0, "the device was closed\n")


@pytest.mark.parametrize("kind", ["native", "stuck"])
def test_what_cannot_be_interrupted_is_given_up(agent: Start, kind: str) -> None:
    host = agent(kind)
    odd(host).under_way("models")
    code, said = host.end()
    assert code == 6 and "did not end within 0.1 seconds" in said


def test_an_interrupt_that_is_kept_does_not_keep_the_agent(agent: Start) -> None:
    host = agent("keeps")
    odd(host).under_way("models")
    assert host.end() == (0, "kept\nthe device was closed\n")


def test_a_host_whose_data_is_slow_to_come_hears_something(agent: Start) -> None:
    host = agent()
    host.hello()
    host.send({"kind": "request", "id": 1, "call": "info", "arguments": {}, "blobs": [2]})
    host.send({"kind": "data", "id": 1, "data": b"a"})
    time.sleep(SIGN + 0.05)
    host.send({"kind": "data", "id": 1, "data": b"b"})
    assert host.frame() == {"kind": "pong"}
    assert host.frame()["kind"] == "error"


@pytest.mark.parametrize("last", [b"", b"\0", b"\0\0\0\x40\xa1"])
def test_silence_ends_it_also_within_a_frame(agent: Start, last: bytes) -> None:
    host = agent("waits", 1.0)
    odd(host).raw(last)
    code, said = host.ended()
    assert code == 6 and "heard nothing for 1 seconds" in said
    assert "the device was closed" in said


def test_a_host_that_pings_is_not_silent(agent: Start) -> None:
    host = agent("waits", 1.5)
    odd(host)
    for _ in range(6):
        time.sleep(0.3)
        host.send({"kind": "ping"})
        assert host.frame() == {"kind": "pong"}
    assert host.end()[0] == 0


def test_a_host_whose_frame_is_slow_to_come_is_not_silent(agent: Start) -> None:
    host = agent("waits", 1.5)
    odd(host)
    body = cbor2.dumps({"kind": "ping"})
    for byte in len(body).to_bytes(4, "big") + body:
        time.sleep(0.15)
        host.raw(bytes([byte]))
    assert host.frame() == {"kind": "pong"}


def test_a_host_that_reads_no_more_is_gone(agent: Start) -> None:
    host = agent("many")
    odd(host)
    assert host.process.stdout is not None
    host.process.stdout.close()
    host.request("info")
    code, said = host.ended()
    assert code == 6 and "the device was closed" in said


def test_a_host_that_takes_its_ears_along_leaves_a_closed_device(agent: Start) -> None:
    host = agent("closes")
    odd(host).under_way("models")
    host.process.stderr.close()
    host.process.stdout.close()
    host.process.stdin.close()
    assert host.process.wait(30) == 0
