"""A process that deploys is killed by SIGKILL; the device has the old model or the new one, whole.

Where the device is emulated it goes with the process, as if its power were cut in the same moment;
what is at the other end of ssh stays, and finds itself alone.
"""

from __future__ import annotations

import pytest

import edgesdk
from edgesdk import Device, DeviceUnavailable
from tests.conformance.bench import Bench
from tests.conformance.columns import KILLED, column
from tests.conformance.processes import doomed
from tests.waiting import once_free

pytestmark = column(KILLED)


@pytest.fixture
def ground(bench: Bench) -> Bench:
    """Version 1.0.0 (variant 2) is installed, and nobody is connected."""
    with bench.connect() as device:
        edgesdk.deploy(bench.bundle(2), device)
    return bench


def connect(bench: Bench) -> Device:
    """Connect anew; an agent at a distance takes a moment to find that it is alone."""
    bench.current = once_free(bench.connect, DeviceUnavailable)
    return bench.current


def served(bench: Bench) -> str:
    """The version that the device has, and whose answers it gives; it takes the next deploy."""
    with connect(bench) as device:
        [model] = device.models()
        assert bench.answers({"1.0.0": 2, "1.1.0": 3}[model.version])
        edgesdk.deploy(bench.bundle(2), device)
        assert bench.answers(2)
        return model.version


def test_a_host_that_is_killed_at_a_stage(ground: Bench) -> None:
    with doomed(ground) as kill:
        for moment in ["after begin", "at verify", "at trial", "at confirm", "after confirm"]:
            answer = kill(moment)
            assert answer["killed"], (moment, answer)
            assert served(ground) == ("1.1.0" if moment == "after confirm" else "1.0.0"), moment


@pytest.mark.long
def test_a_host_that_is_killed_at_every_event(ground: Bench) -> None:
    """An upload that goes on where another was cut may have fewer of them."""
    with doomed(ground) as kill:
        whole = kill("never")["seen"]
        events = whole[1 + whole.index("begun") : whole.index("ended")]
        assert served(ground) == "1.1.0"
        for number in range(len(events)):
            answer = kill(f"event {number}")
            confirmed = "confirm 0/1" in answer["seen"]
            assert answer["killed"] or confirmed, answer
            assert served(ground) == ("1.1.0" if confirmed else "1.0.0"), number
