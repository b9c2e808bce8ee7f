"""A sensing program on this machine as a session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from edgesdk.errors import InputMismatch, UsageError
from edgesdk.sensing.description import read
from edgesdk.sensing.engine import Engine
from edgesdk.sensing.program import Program, build
from edgesdk.sensing.streaming import HostSession
from tests.sensing.engine.programs import MODEL, small

CALLS: list[Callable[[Any], object]] = [
    lambda session: session.start(),
    lambda session: session.feed({}),
    lambda session: session.feed({"audio": np.zeros(10, np.int16)}),
    lambda session: session.finish(),
    lambda session: session.decisions(),
    lambda session: session.status(),
]


@pytest.fixture(scope="module")
def program() -> Program:
    return build(read(small()), {"level": MODEL})


@pytest.mark.parametrize("call", CALLS)
def test_after_close_nothing_answers(program: Program, call: Callable[[Any], object]) -> None:
    with HostSession(program) as session:
        call(session)
    with pytest.raises(UsageError) as caught:
        call(session)
    assert caught.value.id == "EDGE-0207"


@pytest.mark.parametrize("tick", [2**63, 2**64 - 1, -1, 0.5, "0", None])
def test_first_ticks_that_no_device_takes(program: Program, tick: Any) -> None:
    for begin in (HostSession(program).start, lambda first_tick: Engine(program, first_tick=tick)):
        with pytest.raises(UsageError, match="from 0 to 9223372036854775807") as caught:
            begin(first_tick=tick)
        assert caught.value.id == "EDGE-0201"


def test_the_last_first_tick(program: Program) -> None:
    session = HostSession(program)
    session.start(first_tick=np.uint64(2**63 - 1))  # type: ignore[arg-type]
    session.feed({"imu": np.zeros((100, 2), np.int16)})
    assert session.decisions()[0].tick == 2**63 - 1


def test_a_stream_that_is_not_there_leaves_the_others_alone(program: Program) -> None:
    session = HostSession(program)
    with pytest.raises(UsageError, match="no stream named 'video'"):
        session.feed({"audio": np.zeros(10, np.int16), "video": np.zeros(10, np.int16)})
    assert session.status().streams["audio"].frames == 0


def test_samples_that_do_not_fit_leave_the_other_streams_alone(program: Program) -> None:
    session = HostSession(program)
    with pytest.raises(InputMismatch, match="shape"):
        session.feed({"audio": np.zeros(10, np.int16), "imu": np.zeros((10, 3), np.int16)})
    assert session.status().streams["audio"].frames == 0
