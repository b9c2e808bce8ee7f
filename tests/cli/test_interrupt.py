"""Stopping a deploy half-way, by hand and from outside, and two deploys at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from .conftest import COMMAND, Edge, save_scale

fcntl = pytest.importorskip("fcntl")

PIPE = 4096  # bytes: the smallest pipe; a writer of more waits for the reader


@pytest.fixture
def newer(edge: Edge, bundle: Path, home: Path) -> Path:
    """The old model is installed; the newer one has 300 golden vectors, an event for each."""
    assert edge("deploy", bundle, "-d", "cpu:").code == 0
    model = save_scale(home / "newer.onnx", 10.0)
    options = ["--name", "scale", "--version", "2.0.0", "--vectors", "300", "-o", "newer.edge"]
    assert edge("compile", model, "-t", "cpu", *options).code == 0
    return home / "newer.edge"


def start_deploy(bundle: Path) -> tuple[subprocess.Popen[bytes], int]:
    """A deploy whose events go into a pipe so small that it cannot finish while we do not read."""
    read, write = os.pipe()
    fcntl.fcntl(read, fcntl.F_SETPIPE_SZ, PIPE)
    command = [*COMMAND, "deploy", str(bundle), "-d", "cpu:", "--jsonl", "--quiet"]
    process = subprocess.Popen(command, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    return process, read


def read_event(descriptor: int) -> dict[str, object]:
    """One line, byte by byte, so that nothing more leaves the pipe."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(descriptor, 1)
        assert byte, "the deploy ended early"
        line += byte
    found = json.loads(line)
    assert isinstance(found, dict)
    return found


def read_until(descriptor: int, stage: str) -> None:
    while read_event(descriptor)["stage"] != stage:
        pass


def drain(descriptor: int) -> list[bytes]:
    with open(descriptor, "rb") as stream:
        return stream.read().splitlines()


@pytest.mark.skipif(not hasattr(fcntl, "F_SETPIPE_SZ"), reason="only Linux can shrink a pipe")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("stage", ["check", "stage", "trial"])
def test_an_interrupted_deploy_leaves_the_old_model(
    edge: Edge, newer: Path, sample: Path, number: signal.Signals, stage: str
) -> None:
    process, events = start_deploy(newer)
    read_until(events, stage)
    process.send_signal(number)
    last = json.loads(drain(events)[-1])
    assert process.wait(timeout=60) == 130
    assert last["error"]["id"] == "EDGE-1302"
    assert last["error"]["evidence"] == "The device keeps the model that it had"
    assert process.stderr is not None
    words = process.stderr.read().decode()
    process.stderr.close()
    assert "Traceback" not in words
    assert "[EDGE-1302]" in words
    answer = edge("run", "scale", "-d", "cpu:", "-i", sample, "--json").json
    assert answer["version"] == "1.0.0"
    assert answer["outputs"]["y"]["data"] == [2, 4, 8, 6]
    assert edge("deploy", newer, "-d", "cpu:").code == 0
    assert edge("run", "scale", "-d", "cpu:", "-i", sample, "--json").json["version"] == "2.0.0"


@pytest.mark.skipif(not hasattr(fcntl, "F_SETPIPE_SZ"), reason="only Linux can shrink a pipe")
def test_a_killed_deploy_leaves_the_old_model(edge: Edge, newer: Path, sample: Path) -> None:
    process, events = start_deploy(newer)
    read_until(events, "trial")
    process.kill()
    drain(events)
    assert process.wait(timeout=60) == -signal.SIGKILL
    assert process.stderr is not None
    process.stderr.close()
    answer = edge("run", "scale", "-d", "cpu:", "-i", sample, "--json").json
    assert answer["outputs"]["y"]["data"] == [2, 4, 8, 6]
    assert edge("deploy", newer, "-d", "cpu:").code == 0


@pytest.mark.skipif(not hasattr(fcntl, "F_SETPIPE_SZ"), reason="only Linux can shrink a pipe")
def test_two_deploys_at_once(edge: Edge, edge_process: Edge, newer: Path, sample: Path) -> None:
    process, events = start_deploy(newer)
    read_until(events, "trial")
    second = edge_process("deploy", newer, "-d", "cpu:", "--json")
    assert second.code == 5
    assert second.json["error"]["exit_code"] == 5
    answer = edge("run", "scale", "-d", "cpu:", "-i", sample, "--json").json
    assert answer["outputs"]["y"]["data"] == [2, 4, 8, 6]
    drain(events)
    assert process.wait(timeout=60) == 0
    assert process.stderr is not None
    process.stderr.close()


def test_a_model_that_answers_wrongly_is_reverted(
    edge: Edge, bundle: Path, newer: Path, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edgesdk.session import BaseSession
    from edgesdk_backends.cpu import device

    class Wrong(BaseSession):
        def __init__(self, inner: BaseSession) -> None:
            super().__init__(inner.inputs, inner.outputs)
            self._inner = inner

        def _run(self, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
            return {name: array + 1 for name, array in self._inner.run(arrays).items()}

    honest = device.open_model
    with monkeypatch.context() as patch:
        patch.setattr(device, "open_model", lambda *a, **k: Wrong(honest(*a, **k)))
        done = edge("deploy", newer, "-d", "cpu:")
    assert done.code == 10
    assert "golden vector 0" in done.err
    answer = edge("run", "scale", "-d", "cpu:", "-i", sample, "--json").json
    assert (answer["version"], answer["outputs"]["y"]["data"]) == ("1.0.0", [2, 4, 8, 6])


@pytest.mark.parametrize("end", [None, ImportError("half loaded")])
def test_ctrl_c_counts_although_a_library_swallows_it(
    edge: Edge, newer: Path, sample: Path, monkeypatch: pytest.MonkeyPatch, end: Exception | None
) -> None:
    from edgesdk_backends.cpu.device import CpuDevice

    check = CpuDevice.check

    def swallowing(self: CpuDevice, manifest: object) -> object:
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except KeyboardInterrupt:
            if end:
                raise end from None
        return check(self, manifest)

    with monkeypatch.context() as patch:
        patch.setattr(CpuDevice, "check", swallowing)
        done = edge("deploy", newer, "-d", "cpu:")
    assert done.code == 130
    answer = edge("run", "scale", "-d", "cpu:", "-i", sample, "--json").json
    assert answer["version"] == "1.0.0"


def test_ctrl_c_where_python_can_raise_nothing_is_not_printed(
    edge: Edge, newer: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from edgesdk_backends.cpu.device import CpuDevice

    class Interrupting:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGINT)

    class Failing:
        def __del__(self) -> None:
            raise ValueError("told as ever")

    check = CpuDevice.check

    def forgetting(self: CpuDevice, manifest: object) -> object:
        Interrupting()
        Failing()
        return check(self, manifest)

    with monkeypatch.context() as patch:
        patch.setattr(CpuDevice, "check", forgetting)
        patch.setattr(
            sys, "unraisablehook", lambda what: print(repr(what.exc_value), file=sys.stderr)
        )
        done = edge("deploy", newer, "-d", "cpu:")
    assert done.code == 130
    told = done.err + capfd.readouterr().err
    assert "told as ever" in told
    assert "KeyboardInterrupt" not in told
