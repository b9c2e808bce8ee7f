"""A microphone as a stream, with a library that stands for the real one."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from edgesdk.cli.output import Output
from edgesdk.cli.stream import Feeding, run_streams
from edgesdk.errors import MissingExtra, UsageError
from edgesdk.sensing.description import read
from edgesdk.sensing.program import build
from edgesdk.sensing.streaming import HostSession
from tests.sensing.engine.programs import AUDIO, MODEL, cough_e, document, stage


def one_stream() -> HostSession:
    described = read(document([stage("listen", "audio", 1600, threshold=0.3)], streams=[AUDIO]))
    return HostSession(build(described, {"level": MODEL}))


class Microphone:
    """Ten blocks of noise, the third after an overflow; then somebody presses Ctrl-C."""

    def __init__(self, rate: int, block: int, **settings: Any) -> None:
        assert (rate, block, settings) == (16000, 1600, {"channels": 1, "dtype": "int16"})
        self.read_blocks = 0

    def __enter__(self) -> Microphone:
        return self

    def __exit__(self, *exc: object) -> None:
        return

    def read(self, frames: int) -> tuple[Any, bool]:
        self.read_blocks += 1
        if self.read_blocks > 10:
            raise KeyboardInterrupt
        noise = np.random.default_rng(self.read_blocks).normal(0, 9000, (frames, 1))
        return noise.astype(np.int16), self.read_blocks == 3


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("sounddevice")
    module.InputStream = Microphone  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sounddevice", module)


LISTEN = Feeding(["audio=microphone"], {}, real_time=False)


def test_it_listens_until_ctrl_c(library: None, capsys: pytest.CaptureFixture[str]) -> None:
    found = run_streams(Output(events=True), one_stream(), LISTEN)
    assert found["counters"]["streams"]["audio"]["frames"] == 16000
    assert found["counters"]["stages"]["listen"]["windows"] == 10
    shown = capsys.readouterr()
    assert "ran over" in shown.err
    assert [json.loads(line)["event"] for line in shown.out.splitlines()][-1] == "status"


def test_an_event_that_is_open_at_ctrl_c_is_told(
    library: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [{"kind": "smooth", "stage": "listen", "windows": 1, "on": 0.1}]
    described = document([stage("listen", "audio", 1600, threshold=0.3)], streams=[AUDIO])
    session = HostSession(build(read({**described, "events": events}), {"level": MODEL}))
    out = Output(events=True)

    def pressed(self: Microphone, frames: int) -> tuple[Any, bool]:
        self.read_blocks += 1
        if self.read_blocks > 10:
            out.interrupted = True  # as the program's own handler says it
            raise KeyboardInterrupt
        tone = 20000 * (-1) ** np.arange(frames)[:, None]
        return tone.astype(np.int16), False

    monkeypatch.setattr(Microphone, "read", pressed)
    found = run_streams(out, session, LISTEN)
    assert [event.label for event in found["events"]] == ["cough"]


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(MissingExtra, match="edgesdk\\[microphone\\]"):
        run_streams(Output(), one_stream(), LISTEN)


def test_a_program_that_needs_motion_too(library: None) -> None:
    session = HostSession(build(read(cough_e()), {"level": MODEL}))
    with pytest.raises(UsageError, match="one stream of sound"):
        run_streams(Output(), session, LISTEN)


def test_a_stream_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no stream 'imu'"):
        run_streams(Output(), one_stream(), Feeding(["imu=motion.csv"], {}, real_time=False))


def test_a_signal_that_is_too_short(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "short.npy", np.zeros(100, np.int16))
    feeding = Feeding([str(tmp_path / "short.npy")], {}, real_time=True)
    run_streams(Output(), one_stream(), feeding)
    assert "nothing was looked at" in capsys.readouterr().err


def test_what_a_sensor_does_that_is_not_connected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "dead.npy", np.full(32000, 7, np.int16))
    run_streams(Output(), one_stream(), Feeding([str(tmp_path / "dead.npy")], {}, real_time=False))
    assert "is its sensor connected?" in capsys.readouterr().err
