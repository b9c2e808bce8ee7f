"""A real agent at the other end of two pipes: calls, order, rules, and what it is spared."""

from __future__ import annotations

import os
import pty
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import cbor2
import pytest

from edgesdk.version import __version__
from tests.agent.raw_host import MAGIC, Ended, RawHost, started

Start = Callable[..., RawHost]
pytestmark = pytest.mark.usefixtures("board")


@pytest.fixture
def live(agent: Start) -> RawHost:
    """A host whose agent is connected to this machine's CPU."""
    host = agent()
    host.hello()
    host.call("connect", address="cpu:")
    return host


def odd(host: RawHost) -> RawHost:
    """The host, connected to the odd device."""
    host.hello()
    host.call("connect", address="odd:")
    return host


def test_it_says_who_it_is_and_ends_with_its_input(agent: Start) -> None:
    host = agent()
    hello = host.hello()
    assert hello["kind"] == "hello" and hello["protocol"] == 1
    assert hello["edgesdk"] == __version__ and hello["python"] and hello["machine"]
    assert host.end() == (0, "")


def test_the_command_line_starts_the_same_one() -> None:
    with started(sys.executable, "-m", "edgesdk.cli", "agent", "--stdio") as host:
        host.hello()
        assert "cpu:" in [info["address"] for info in host.call("discover")["devices"]]
        assert host.end() == (0, "")


def test_the_command_line_passes_its_end_on() -> None:
    with started(sys.executable, "-m", "edgesdk.cli", "agent", "--stdio") as host:
        host.hello()
        host.send({"kind": "nothing"})
        code, said = host.ended()
        assert code == 6 and said.count("\n") == 1


HEAVY = ["click", "platformdirs", "packaging", "fastjsonschema", "tomli"]


def test_a_board_needs_little_for_it() -> None:
    without = f"import sys; sys.modules.update(dict.fromkeys({HEAVY}))"
    serve = "from edgesdk.agent.__main__ import main; sys.exit(main(['--stdio']))"
    with started(sys.executable, "-c", f"{without}; {serve}") as host:
        host.hello()
        assert host.call("connect", address="cpu:")["info"]["target"] == "cpu"
        assert host.call("models") == {"models": []}
        assert host.end() == (0, "")


def test_nothing_happens_before_connect(agent: Start) -> None:
    host = agent()
    host.hello()
    for call in ("info", "models", "trial", "confirm", "revert", "log", "listening"):
        assert host.refused(call)["code"] == 291
    assert host.refused("run", session=1, inputs=[])["code"] == 291
    assert host.refused("have", sha256="0" * 64, size=1)["code"] == 291
    assert host.call("disconnect") == {}


def test_it_connects_once_and_to_this_board_only(agent: Start) -> None:
    host = agent()
    host.hello()
    assert host.refused("connect", address="ssh://somewhere/cpu:")["code"] == 291
    assert host.refused("connect", address="nothing")["code"] == 6
    assert host.refused("connect", address="cpu:?threads=many")["type"] == "UsageError"
    found = host.call("connect", address="cpu:")
    assert found["info"]["target"] == "cpu" and found["abilities"] == []
    assert host.refused("connect", address="cpu:")["code"] == 291
    assert host.refused("log")["code"] == 291
    host.call("disconnect")
    assert host.call("connect", address="cpu:?threads=1")["info"]["address"]


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("models", {"name": "scale"}),
        ("open", {}),
        ("open", {"name": 5}),
        ("open", {"name": ["scale"]}),
        ("__class__", {}),
        ("", {}),
        ("have", {"sha256": "../../etc/passwd", "size": 5}),
        ("have", {"sha256": "0" * 64, "size": -5}),
        ("upload", {"sha256": "0" * 64, "size": 5, "offset": 0}),
        ("stage", {"part": {"name": "a", "role": "b", "size": 1, "sha256": "0" * 64}}),
        ("begin", {}),
        ("run", {"session": 1, "inputs": []}),
        ("bench", {"session": 1, "inputs": [], "warmup": 0, "runs": 0, "seconds": 1.0}),
        ("write", {"session": 1, "sampling": {"colour": 1}, "maximum": 1, "ends": []}),
        ("close", {"session": "1"}),
    ],
)
def test_arguments_that_make_no_sense_are_refused(
    live: RawHost, call: str, arguments: dict[str, object]
) -> None:
    error = live.refused(call, **arguments)
    assert error["type"] == "UsageError" and error["code"] == 291
    assert live.call("models") == {"models": []}


def test_a_name_is_no_path(live: RawHost) -> None:
    assert live.refused("open", name="../../etc")["type"] == "ModelNotFound"
    assert live.refused("rollback", name="a\0b")["type"] == "ModelNotFound"
    assert live.refused("trust", key=b"short")["code"] == 62


def test_a_second_host_is_refused_and_the_first_not_disturbed(agent: Start, live: RawHost) -> None:
    second = agent()
    second.hello()
    error = second.refused("connect", address="cpu:?threads=1")
    assert (error["type"], error["code"]) == ("DeviceUnavailable", 80)
    assert str(live.process.pid) in error["evidence"]
    assert second.call("discover")["devices"]
    assert live.call("models") == {"models": []}


def test_requests_are_answered_in_their_order(live: RawHost) -> None:
    ids = [live.request("models") for _ in range(17)]
    assert [live.answer(id)[0]["id"] for id in ids] == ids


BAD = [
    {"kind": "request", "id": 5, "call": "info", "arguments": {}},
    {"kind": "data", "id": 1, "data": b"x"},
    {"kind": "hello", "protocol": 1, "edgesdk": "", "python": "", "machine": ""},
    {"kind": "result", "id": 1, "value": {}},
    {"kind": "no such kind"},
]


@pytest.mark.parametrize("frame", BAD, ids=lambda f: f["kind"])
def test_a_broken_rule_ends_the_connection(agent: Start, frame: dict[str, object]) -> None:
    host = agent()
    host.hello()
    host.send(frame)
    code, said = host.ended()
    assert code == 6 and "no frame of the agent's protocol" in said


def noise(seed: int) -> bytes:
    """Bytes of no meaning; every second time in a frame, every third behind a good request."""
    drawn = random.Random(seed)
    data = drawn.randbytes(drawn.randrange(4, 4000))
    if seed % 2:
        data = len(data).to_bytes(4, "big") + data
    request = {"kind": "request", "id": 1, "call": "discover", "arguments": {}}
    body = cbor2.dumps(request)
    return data if seed % 3 else len(body).to_bytes(4, "big") + body + data


def test_noise_ends_the_connection_in_one_line(agent: Start) -> None:
    for seed in range(24):
        host = agent()
        host.hello()
        host.raw(noise(seed))
        code, said = host.end()
        assert code == 6 and said.count("\n") == 1 and said.startswith("edgesdk agent: "), seed


def test_a_flood_ends_the_connection(agent: Start) -> None:
    host = agent("waits")
    odd(host)
    for _ in range(18):
        host.request("models")
    assert "requests with 0 bytes" in host.ended()[1]


def test_data_that_stops_halfway_keeps_the_next_request_out(agent: Start) -> None:
    host = agent()
    host.hello()
    host.send({"kind": "request", "id": 1, "call": "check", "arguments": {}, "blobs": [5, 5]})
    host.send({"kind": "data", "id": 1, "data": b"123"})
    host.send({"kind": "request", "id": 2, "call": "info", "arguments": {}})
    assert "before all data" in host.ended()[1]


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
    time.sleep(0.2)  # the answer fills the pipe
    for _ in range(50):
        host.send({"kind": "ping"})
    found = []
    while not found or found.count({"kind": "pong"}) < 16:
        found.append(host.frame())
    others = [frame for frame in found if frame["kind"] != "pong"]
    assert [len(frame["value"]["models"]) for frame in others] == [4000]
    assert host.call("info")


@pytest.mark.parametrize("silence", [30.0, 0.5])
def test_an_answer_that_nobody_fetches_holds_nothing_up(agent: Start, silence: float) -> None:
    host = agent("large", silence)
    odd(host).under_way("models")  # a tenth of a second later the answer fills the pipe
    code, said = host.end() if silence > 1 else host.ended()
    assert code == (0 if silence > 1 else 6) and "the device was closed" in said


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


@pytest.mark.parametrize(("kind", "code"), [("many", 53), ("wrong", 72)])
def test_an_answer_that_no_frame_takes_is_an_error(agent: Start, kind: str, code: int) -> None:
    host = agent(kind)
    assert odd(host).refused("models")["code"] == code
    assert host.call("info")


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


@pytest.mark.parametrize("kind", ["native", "stuck"])
def test_what_cannot_be_interrupted_is_given_up(agent: Start, kind: str) -> None:
    host = agent(kind)
    odd(host).under_way("models")
    code, said = host.end()
    assert code == 6 and "did not end within 0.5 seconds" in said


def test_an_interrupt_that_is_kept_does_not_keep_the_agent(agent: Start) -> None:
    host = agent("keeps")
    odd(host).under_way("models")
    assert host.end() == (0, "kept\nthe device was closed\n")


@pytest.mark.parametrize("last", [b"", b"\0", b"\0\0\0\x40\xa1"])
def test_silence_ends_it_also_within_a_frame(agent: Start, last: bytes) -> None:
    host = agent("waits", 0.5)
    odd(host).raw(last)
    code, said = host.ended()
    assert code == 6 and "heard nothing for 0.5 seconds" in said
    assert "the device was closed" in said


def test_a_host_that_pings_is_not_silent(agent: Start) -> None:
    host = agent("waits", 1.0)
    odd(host)
    for _ in range(8):
        time.sleep(0.25)
        host.send({"kind": "ping"})
        assert host.frame() == {"kind": "pong"}
    assert host.end()[0] == 0


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


def test_the_lock_goes_with_a_killed_agent(agent: Start) -> None:
    first, second = agent(), agent()
    first.hello()
    second.hello()
    first.call("connect", address="emu:fpga?name=one")
    assert second.refused("connect", address="emu:fpga?name=one&engine=numpy")["code"] == 80
    first.process.kill()
    first.process.wait(30)
    with pytest.raises(Ended):
        first.frame()
    assert second.call("connect", address="emu:fpga?name=one")["info"]["backend"] == "fpga"


@pytest.mark.parametrize("module", ["edgesdk.agent", "edgesdk.cli"])
def test_a_person_is_told_what_it_is_for(module: str) -> None:
    ours, theirs = pty.openpty()
    arguments = ["--stdio"] if module.endswith("agent") else ["agent", "--stdio"]
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        check=False,
        stdin=theirs,
        capture_output=True,
        text=True,
        timeout=60,
    )
    os.close(ours), os.close(theirs)
    assert done.returncode == 2 and done.stdout == ""
    assert "EDGE-02290" in done.stderr and "ssh://" in done.stderr


def test_it_runs_over_streams_alone() -> None:
    for arguments in ([], ["--help"], ["--stdio", "more"]):
        done = subprocess.run(
            [sys.executable, "-m", "edgesdk.agent", *arguments],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
        )
        assert done.returncode == 2 and MAGIC not in done.stdout and b"--stdio" in done.stderr
