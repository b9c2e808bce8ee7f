"""A real agent at the other end of two pipes: calls, order, rules, and what it is spared."""

from __future__ import annotations

import os
import pty
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.metadata import packages_distributions
from pathlib import Path

import cbor2
import pytest

from edgesdk import Bundle
from edgesdk.address import Address
from edgesdk.agent.__main__ import main
from edgesdk.agent.board_lock import device_name
from edgesdk.version import __version__
from tests.agent.nursery import Nursery
from tests.agent.raw_deploy import MortalHost, deploy
from tests.agent.raw_host import Ended, RawHost, odd, started

Start = Callable[..., RawHost]
pytestmark = pytest.mark.usefixtures("board")


@pytest.fixture(scope="module")
def live(nurseries: Nursery, board: Path) -> Iterator[RawHost]:
    """A host whose agent is connected to this machine's CPU, for all tests of this file."""
    with closing(nurseries.agent("plain", 30.0)) as process:
        host = RawHost(process)
        host.hello()
        host.call("connect", address="cpu:?store=" + str(board / "live"))
        yield host


def test_it_says_who_it_is_and_ends_with_its_input(agent: Start) -> None:
    host = agent()
    hello = host.hello()
    assert hello["kind"] == "hello" and hello["protocol"] == 1
    assert hello["edgesdk"] == __version__ and hello["python"] and hello["machine"]
    assert host.end() == (0, "")


def test_the_command_line_starts_the_same_one_and_passes_its_end_on() -> None:
    with started(sys.executable, "-m", "edgesdk", "agent", "--stdio") as host:
        host.hello()
        assert "cpu:" in [info["address"] for info in host.call("discover")["devices"]]
        host.send({"kind": "nothing"})
        code, said = host.ended()
        assert code == 6 and said.count("\n") == 1


NEEDED = {"numpy", "cbor2", "_cbor2", "cryptography", "cffi", "_cffi_backend", "onnxruntime"}


def test_a_board_needs_little_for_it(bundles: list[Bundle], tmp_path: Path) -> None:
    """A deploy without any library but these; the last one is the runtime."""
    others = set(packages_distributions()) - NEEDED - set(sys.stdlib_module_names)
    others = {name for name in others if name.isidentifier() and not name.startswith("edgesdk")}
    assert {"click", "onnx"} <= others
    without = f"import sys; sys.modules.update(dict.fromkeys({sorted(others)}))"
    serve = "from edgesdk.agent.__main__ import main; sys.exit(main(['--stdio']))"
    with started(sys.executable, "-c", f"{without}; {serve}") as host:
        host.hello()
        host.call("connect", address=f"cpu:?store={tmp_path}/store")
        deploy(MortalHost(host), bundles[0])
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


def test_a_second_host_is_refused_and_the_first_not_disturbed(
    agent: Start, live: RawHost, board: Path
) -> None:
    second = agent()
    second.hello()
    address = f"cpu:?threads=1&store={board}/./live/"
    error = second.refused("connect", address=address)
    assert (error["type"], error["code"]) == ("DeviceUnavailable", 80)
    assert str(live.process.pid) in error["evidence"]
    assert second.call("discover")["devices"]
    assert live.call("models") == {"models": []}


SAME = [
    ("cpu:?store={0}/s", "cpu:?store={0}/./s/&threads=1"),
    ("cpu:", "cpu:?store={0}/local-store"),
    ("emu:nand?state={0}/n", "emu:nand?preset=cambricon-l&state={0}/./n"),
    ("emu:fpga?state={0}/f", "emu:fpga?state={0}/f/&name=board"),
    ("emu:mcu?state={0}/m", "emu:mcu?name=board&state={0}/m"),
    ("serial:{0}/port", "serial:{0}/link"),
    ("socket://a:1", "socket://a:1?deadline=2"),
    ("pynq:", "pynq:?store={0}/s"),
]
OTHER = [
    ("cpu:", "cpu:?store={0}/other"),
    ("emu:nand", "emu:nand?name=second"),
    ("emu:fpga", "emu:nand"),
    ("emu:mcu", "emu:mcu?engine=qemu"),
    ("serial:/dev/ttyACM0", "serial:/dev/ttyACM1"),
]


@pytest.mark.parametrize(("pair", "same"), [(p, True) for p in SAME] + [(p, False) for p in OTHER])
def test_a_device_has_one_name_however_it_is_spelled(
    board: Path, pair: tuple[str, str], same: bool
) -> None:
    if not (board / "link").is_symlink():
        (board / "link").symlink_to(board / "port")
    names = [device_name(Address.parse(text.format(board))) for text in pair]
    assert (names[0] == names[1]) is same and all(len(name) == 32 for name in names)


def test_an_address_of_nothing_leaves_nothing(agent: Start, board: Path) -> None:
    host = agent()
    host.hello()
    before = set(board.glob("state/agent/*"))
    for address in ("nosuch:", "cpu:?threads=many", "cpu:?store=%00"):
        assert host.refused("connect", address=address)["type"] == "UsageError"
    assert set(board.glob("state/agent/*")) == before


def test_a_link_that_leads_nowhere_is_no_fault(agent: Start, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    host = agent()
    host.hello()
    error = host.refused("connect", address=f"cpu:?store={tmp_path}/loop")
    assert error["type"] == "VerificationMismatch"


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


def test_a_person_is_told_what_it_is_for() -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "edgesdk", "agent", "--stdio"],
        check=False,
        stdin=theirs,
        capture_output=True,
        text=True,
        timeout=60,
    )
    os.close(ours), os.close(theirs)
    assert done.returncode == 2 and done.stdout == ""
    assert "EDGE-02290" in done.stderr and "ssh://" in done.stderr


def test_it_runs_over_streams_alone(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["--help"], ["--stdio", "more"]):
        assert main(arguments) == 2
        said = capsys.readouterr()
        assert said.out == "" and "--stdio" in said.err


@pytest.mark.parametrize("name", ["stdin", "stdout"])
def test_streams_that_are_closed_are_told(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, name, None)  # as Python has it where the descriptor is closed
    assert main(["--stdio"]) == 2
    assert "EDGE-02290" in capsys.readouterr().err
