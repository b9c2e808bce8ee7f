"""Sensing programs on the emulated board: every decision is the host's, whatever the pace."""

from __future__ import annotations

import json
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgesdk
from edgesdk.bundle import Bundle
from edgesdk.errors import InputMismatch, ModelRefused, UsageError
from edgesdk.formats.sensing_program import read_sensing
from edgesdk.sensing.streaming import DECISIONS, EVENTS, StreamingSession
from edgesdk_backends.mcu.smp.client import SmpRefused
from tests.backends_mcu.device.conftest import TARGET, Board
from tests.backends_mcu.device.test_command_line import edge
from tests.sensing.engine.forests import level_forest
from tests.sensing.engine.programs import small

MODELS = Path(__file__).parents[3] / "models"
SOUND, COUGH = MODELS / "sound" / "sound_events.json", MODELS / "cough" / "cough.json"


def source(folder: Path, **more: Any) -> Path:
    """A cascade of two stages over two streams, with forests of a level each."""
    document = small(**more) | {"name": "small"}
    for stage in document["stages"]:
        stage["model"] = "level.forest"
    (folder / "level.forest").write_bytes(level_forest().content)
    path = folder / "small.json"
    path.write_text(json.dumps(document))
    return path


def signals(seconds: float, seed: int = 0) -> dict[str, Any]:
    """Both streams of ``small``: bursts of noise over silence."""
    random = np.random.default_rng(seed)
    loud = np.repeat(random.random(round(seconds * 10) + 1) < 0.4, 100)[: round(seconds * 1000)]
    audio = random.normal(0, 300, len(loud)) * (0.05 + loud)
    imu = random.normal(0, 80, (len(loud) // 10, 2)) * (0.1 + loud[::10, None])
    return {"audio": audio.astype(np.int16), "imu": imu.astype(np.int16)}


@pytest.fixture
def bundle(board: Board) -> Bundle:
    made = edgesdk.compile(source(board.folder), TARGET, name="small")
    return board.open_bundles.enter_context(made)


@pytest.fixture
def session(board: Board, bundle: Bundle) -> StreamingSession:
    device, _ = board.connect()
    board.open_bundles.enter_context(device)
    edgesdk.deploy(bundle, device)
    opened = board.open_bundles.enter_context(device.open("small"))
    assert isinstance(opened, StreamingSession)
    return opened


def on_host(bundle: Bundle, arrays: dict[str, Any]) -> Any:
    """What the same program answers on this machine."""
    from edgesdk.sensing.program import load
    from edgesdk.sensing.streaming import HostSession

    [image] = [bundle.read_part(p) for p in bundle.manifest.parts if p.role == "model"]
    program = image[image.index(b"EDSP") :]
    size = int.from_bytes(program[8:12], "little")
    with HostSession(load(program[:size])) as host:
        return host.run(arrays)


def test_every_decision_is_the_host_s(session: StreamingSession, bundle: Bundle) -> None:
    for seed in range(3):
        arrays = signals(8.0, seed)
        found, wanted = session.run(arrays), on_host(bundle, arrays)
        assert len(wanted[DECISIONS]) > 100
        assert {int(stage) for stage in wanted[DECISIONS][:, 1]} == {0, 1}
        np.testing.assert_array_equal(found[DECISIONS], wanted[DECISIONS])
        np.testing.assert_array_equal(found[EVENTS], wanted[EVENTS])


@pytest.mark.parametrize("wait", [True, False])
def test_pieces_of_any_size(session: StreamingSession, bundle: Bundle, wait: bool) -> None:
    arrays = signals(2.0)
    wanted = on_host(bundle, arrays)[DECISIONS]
    session.start()
    found = []
    for at in range(200):
        piece = {
            "imu": arrays["imu"][at : at + 1],
            "audio": arrays["audio"][10 * at : 10 * at + 10],
        }
        session.feed(piece, wait=wait)
        found += session.decisions()
    session.finish()
    found += session.decisions()
    assert [d.tick for d in found] == list(wanted[:, 0])
    assert session.status().streams["audio"].lost == 0


def test_samples_that_come_too_fast_are_counted(session: StreamingSession) -> None:
    """Nobody waits at a microphone: what has no room is lost, and everybody is told."""
    session.start()
    session.feed({"audio": signals(2.0)["audio"]}, wait=False)
    status = session.status().streams["audio"]
    assert status.overruns > 0
    assert 0 < status.lost < 2000


def test_positions_of_a_long_day(session: StreamingSession, bundle: Bundle) -> None:
    """A counter that starts just below 2^32 decides as one that starts at 0."""
    arrays = signals(2.0)
    wanted = on_host(bundle, arrays)[DECISIONS]
    first = 2**32 - 300
    session.start(first_tick=first)
    for name, data in arrays.items():
        session.feed({name: data})  # one ahead of the other
    session.finish()
    found = session.decisions()
    assert [d.tick - first for d in found] == list(wanted[: len(found), 0])
    assert found[-1].tick > 2**32


def test_a_start_that_is_refused_changes_nothing(session: StreamingSession) -> None:
    session.feed(signals(1.0))
    group = session._group  # type: ignore[attr-defined]
    for tick, facts in ((2**64 - 1, b""), (0, bytes(4))):
        with pytest.raises(SmpRefused):
            group.start(tick, facts)
    assert session.status().streams["audio"].frames == 1000


@pytest.mark.parametrize("sizes", [(1, 160), (2000, 7), (13, 1000)])
def test_streams_that_come_apart(
    session: StreamingSession, bundle: Bundle, sizes: tuple[int, int]
) -> None:
    """One ahead of the other, in pieces that are no whole frames of the other; one ends early."""
    arrays = signals(3.0)
    arrays["imu"] = arrays["imu"][:-40]
    wanted = on_host(bundle, arrays)[DECISIONS]
    session.start()
    found, at = [], {"imu": 0, "audio": 0}
    steps = dict(zip(("imu", "audio"), sizes, strict=True))
    while any(at[name] < len(arrays[name]) for name in at):
        for name, size in steps.items():
            session.feed({name: arrays[name][at[name] : at[name] + size]})
            at[name] += size
        found += session.decisions()
    session.finish()
    found += session.decisions()
    assert [d.tick for d in found] == list(wanted[:, 0])
    assert all(stream.lost == 0 for stream in session.status().streams.values())


def test_wrong_streams(session: StreamingSession) -> None:
    with pytest.raises(UsageError, match="no stream named"):
        session.feed({"video": np.zeros(3, np.int16)})
    with pytest.raises(InputMismatch):
        session.feed({"imu": np.zeros((3, 5), np.int16)})
    with pytest.raises(UsageError, match="asks for no fact"):
        session.start({"age": 7})


def test_samples_that_are_no_numbers_are_counted(session: StreamingSession) -> None:
    session.start()
    session.feed({"audio": np.array([np.nan, 2.0, -2.0, 0.5]), "imu": np.zeros((1, 2))})
    status = session.status().streams["audio"]
    assert (status.nan, status.clipped, status.frames) == (1, 2, 4)


def test_what_a_check_shows(board: Board, bundle: Bundle) -> None:
    with board.connect()[0] as device:
        rows = {row.resource: row for row in device.check(bundle.signed).rows}
    assert rows["sensing"].fits
    assert rows["ram"].needed == f"{bundle.manifest.requirements.memory['ram']} bytes"


def test_the_sound_program_names_what_it_hears(board: Board, tmp_path: Path) -> None:
    from tools.synthesise_sounds import synthesise

    names = ("rain", "rain", "rooster", "rooster")
    scene = b"".join(np.int16(32767 * synthesise(name, 0)).tobytes() for name in names)
    with wave.open("scene.wav", "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", "not compressed"))
        file.writeframes(scene)
    edge("compile", SOUND, "--target", TARGET, "-o", "sound.edge")
    edge("deploy", "sound.edge", "--device", board.address)
    out, _ = edge("run", "sound-events", "-d", board.address, "--stream", "scene.wav", "--jsonl")
    lines = [json.loads(line) for line in out.splitlines()]
    heard = [line["label"] for line in lines if line["event"] == "sensing"]
    assert heard == ["rain", "rooster"]
    assert lines[-1]["counters"]["streams"]["audio"]["frames"] == 320_000
    assert any(line["event"] == "status" for line in lines)


def test_the_cough_cascade_hears_a_scene(board: Board) -> None:
    """Coughs that were sketched, at known times; claps between them move nothing."""
    tools = Path(__file__).parents[3] / "tools"
    scene = [sys.executable, str(tools / "synthesise_scene.py"), "scene.wav", "scene.csv"]
    subprocess.run(scene, check=True)
    edge("compile", COUGH, "--target", TARGET, "-o", "cough.edge")
    edge("deploy", "cough.edge", "--device", board.address)
    streams = ("--stream", "scene.wav", "--imu", "scene.csv")
    out, _ = edge("run", "cough", "-d", board.address, *streams, "--json")
    found = json.loads(out)
    starts = [event["start_s"] for event in found["events"]]
    assert starts == pytest.approx([4.0, 4.6, 13.0, 21.5, 22.2], abs=0.1)
    stages = found["counters"]["stages"]
    assert stages["audio"]["windows"] < 0.3 * 30 / 0.4, "the microphone's model sleeps mostly"


def test_no_decision_is_lost_where_there_are_many(board: Board) -> None:
    """A window every millisecond: one request could bring more than the device's log holds."""
    document = small() | {"name": "dense"}
    sound = {"name": "sound", "stream": "audio", "window": 8, "step": 1, "labels": ["cough"]}
    sound |= {"features": ["rms@0"], "model": "level.forest", "threshold": 0.3}
    document |= {"streams": document["streams"][:1], "stages": [sound]}
    (board.folder / "level.forest").write_bytes(level_forest().content)
    path = board.folder / "dense.json"
    path.write_text(json.dumps(document))
    arrays = {"audio": signals(0.6)["audio"]}
    with edgesdk.compile(path, TARGET) as bundle, board.connect()[0] as device:
        edgesdk.deploy(bundle, device)
        with device.open("dense") as session:
            assert len(session.run(arrays)[DECISIONS]) == 600 - 8 + 1


def test_files_that_do_not_fit(board: Board) -> None:
    edge("compile", source(board.folder), "--target", TARGET, "-o", "small.edge")
    edge("deploy", "small.edge", "--device", board.address)
    np.save("audio.npy", np.zeros(1000, np.int16))
    np.save("imu.npy", np.zeros((500, 2), np.int16))
    run = ("run", "small", "--device", board.address)
    _, said = edge(*run, "--stream", "audio.npy", "--imu", "imu.npy", code=2)
    assert "not of the same length" in said
    assert "audio 1.00 s, imu 5.00 s" in said
    _, said = edge(*run, "--stream", "audio.npy", "--input", "imu=imu.npy", code=2)
    assert "EDGE-0267" in said
    with wave.open("fast.wav", "wb") as file:
        file.setparams((1, 2, 48000, 0, "NONE", "not compressed"))
        file.writeframes(bytes(96000))
    _, said = edge(*run, "--stream", "fast.wav", "--imu", "imu.npy", code=2)
    assert "48000 Hz" in said and "1000 Hz" in said
    np.save("imu.npy", np.zeros((100, 2), np.int16))
    out, said = edge(*run, "--stream", "audio.npy", "--imu", "imu.npy")
    assert out == "no events\n"


def test_models_without_streams(board: Board) -> None:
    board.deploy(board.bundle(2))
    np.save("x.npy", np.zeros(10, np.int8))
    _, said = edge("run", "scale", "-d", board.address, "--stream", "x.npy", code=2)
    assert "EDGE-0266" in said


def test_descriptions_that_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text('{"learner": {}}')
    with pytest.raises(ModelRefused, match="XGBoost model is one part"):
        read_sensing(tmp_path / "model.json")
    path = source(tmp_path)
    path.write_text(path.read_text().replace("level.forest", "../level.forest"))
    with pytest.raises(ModelRefused, match="not a file beside it"):
        read_sensing(path)


def test_somebody_who_looks_on(board: Board, bundle: Bundle) -> None:
    """A second host, while the board stays on: it sees counters, and events that nobody fetched."""
    from tests.backends_mcu.device.test_other_programs import served

    arrays = signals(4.0)
    with served(board, "socket://127.0.0.1:0") as address:
        with edgesdk.connect(address) as device:
            edgesdk.deploy(bundle, device)
            with device.open("small") as session:
                session.feed(arrays)  # type: ignore[attr-defined]
        out, _ = edge("monitor", "--device", address, "--json")
        shown = json.loads(out)["sensing"]
        assert shown["streams"]["audio"]["frames"] == 4000
        assert shown["stages"]["motion"]["windows"] > 10
        out, _ = edge("monitor", "--device", address)
        assert "waits for" in out
        assert "overruns" in out
