"""A process that deploys is killed by SIGKILL; the device has the old model or the new one, whole.

Where the device is emulated it goes with the process, as if its power were cut in the same moment;
what is at the other end of ssh stays, and finds itself alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import edgesdk
from edgesdk import Device, DeviceUnavailable
from tests.conformance.bench import Bench
from tests.conformance.columns import KILLED, column

pytestmark = column(KILLED)

ROOT = Path(__file__).parents[2]
MOMENTS = 12  # spread over the time of a deploy
MOST = 12  # events to be killed at
PATIENCE = 20.0  # seconds
Kill = Callable[[str], dict[str, Any]]
Kills = Callable[[int], None]


@pytest.fixture
def kills(record_property: Callable[[str, object], None]) -> Kills:
    """Count the processes that were killed, for this test's cell of the table."""
    return lambda number: record_property("kills", number)


@pytest.fixture
def ground(bench: Bench) -> Bench:
    """Version 1.0.0 (variant 2) is installed, and nobody is connected."""
    if bench.case.in_process:
        pytest.skip("does not apply: this device is in the memory of the process that is killed")
    with bench.connect() as device:
        edgesdk.deploy(bench.bundle(2), device)
    return bench


@contextmanager
def doomed(bench: Bench) -> Iterator[Kill]:
    """A process that deploys version 1.1.0 (variant 3), and is killed at a moment, again and again.

    It is a process of its own: it forks, which one with threads must not.
    """
    path = bench.folder / "doomed.edge"
    bench.compile(3, version="1.1.0", output=path).close()
    command = [sys.executable, "-W", "error", "-W", "ignore::ResourceWarning"]
    command += [str(ROOT / "tests" / "conformance" / "doomed.py")]
    command += [bench.case.name, str(bench.folder), str(path)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=bench.folder,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        lines, answers = process.stdin, process.stdout

        def kill(moment: str) -> dict[str, Any]:
            lines.write(f"{moment}\n")
            lines.flush()
            answer = answers.readline()
            assert answer, f"the doomed process ended before {moment}"
            return dict(json.loads(answer))

        yield kill
        lines.close()
        assert process.wait(60) == 0


def connect(bench: Bench) -> Device:
    """Connect anew; an agent at a distance takes a moment to find that it is alone."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            bench.current = bench.connect()
        except DeviceUnavailable:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return bench.current


def served(bench: Bench) -> str:
    """The version that the device has, and whose answers it gives; it takes the next deploy."""
    with connect(bench) as device:
        [model] = device.models()
        assert bench.answers({"1.0.0": 2, "1.1.0": 3}[model.version])
        edgesdk.deploy(bench.bundle(2), device)
        assert bench.answers(2)
        return model.version


def test_a_host_that_is_killed_at_a_stage(ground: Bench, kills: Kills) -> None:
    with doomed(ground) as kill:
        for moment in ["after begin", "at verify", "at trial", "at confirm", "after confirm"]:
            answer = kill(moment)
            assert answer["killed"], (moment, answer)
            assert served(ground) == ("1.1.0" if moment == "after confirm" else "1.0.0"), moment
    kills(5)


@pytest.mark.long
def test_a_host_that_is_killed_at_every_event(ground: Bench, kills: Kills) -> None:
    """An upload that goes on where another was cut may have fewer of them."""
    done = 0
    with doomed(ground) as kill:
        whole = kill("never")["seen"]
        events = whole[1 + whole.index("begun") : whole.index("ended")]
        assert served(ground) == "1.1.0"
        for number in _spread(len(events)):
            answer = kill(f"event {number}")
            confirmed = "confirm 0/1" in answer["seen"]
            assert answer["killed"] or confirmed, answer
            assert served(ground) == ("1.1.0" if confirmed else "1.0.0"), number
            done += answer["killed"]
    kills(done)


@pytest.mark.long
def test_a_host_that_is_killed_at_any_moment(ground: Bench, kills: Kills) -> None:
    """Moments spread evenly over the time of a deploy."""
    done = 0
    with doomed(ground) as kill:
        seconds = float(kill("never")["seen"][-1].removeprefix("took "))
        for number in range(MOMENTS):
            served(ground)
            done += kill(f"seconds {seconds * number / MOMENTS:.4f}")["killed"]
        served(ground)
    assert done  # how many are done before their time depends on the machine
    kills(done)


def _spread(count: int) -> list[int]:
    """All of them, or some with the first and the last."""
    return sorted({round(number * (count - 1) / (MOST - 1)) for number in range(MOST)})
