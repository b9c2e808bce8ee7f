"""What a session promises: its cache, its errors, its threads, its end."""

from __future__ import annotations

import os
import resource
import signal
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgesdk.decoder.session import DecoderSession
from edgesdk.errors import DoesNotFit, UsageError, VerificationMismatch
from edgesdk_backends.cpu.decoder import session as session_module
from tests.decoder.models import random_model
from tests.waiting import until

from .opened import drawn_tokens, opened, pack

TOKENS = drawn_tokens(50, 96)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return pack(random_model(1), tmp_path / "decoder.bin")


def test_it_is_a_decoder_session(path: Path) -> None:
    with opened(path) as session:
        assert isinstance(session, DecoderSession)
        assert (session.vocabulary, session.context, session.position) == (96, 64, 0)
        assert session.prefill(TOKENS).shape == (96,)
        assert session.prefill([1, 2], every=True).shape == (2, 96)
        assert session.position == 52


def test_run_takes_the_likeliest_tokens(path: Path) -> None:
    with opened(path, continuation=12) as session:
        found = session.run({"tokens": TOKENS})["continuation"]
        session.rewind(0)
        logits, wanted = session.prefill(TOKENS), []
        for _ in range(12):
            wanted.append(int(logits.argmax()))
            logits = session.decode(wanted[-1])
        assert found.tolist() == wanted
        assert found.dtype == np.int32


@pytest.mark.parametrize(
    ("tokens", "code"),
    [([], 130), ([96], 131), ([-1], 131), ([1] * 65, 132), (["a"], 131)],
)
def test_tokens_are_checked_first(path: Path, tokens: Any, code: int) -> None:
    with opened(path) as session:
        session.prefill([1, 2, 3])
        with pytest.raises(UsageError) as caught:
            session.prefill(tokens)
        assert caught.value.code == code
        assert session.position == 3


def test_the_context_has_an_end(path: Path) -> None:
    with opened(path, context=10) as session:
        wanted = session.prefill(range(10))
        with pytest.raises(UsageError) as caught:
            session.decode(1)
        assert caught.value.code == 132
        session.rewind(9)
        assert np.array_equal(session.decode(9), wanted)
        with pytest.raises(UsageError):
            session.rewind(11)
        with pytest.raises(UsageError):
            session.run({"tokens": np.arange(4, dtype=np.int32)})
    for context in (65, 1 << 31):
        with pytest.raises(UsageError) as caught:
            opened(path, context=context)
        assert caught.value.code == 133


def test_a_cache_that_does_not_fit(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "free_memory", lambda: 1000)
    with pytest.raises(DoesNotFit) as caught:
        opened(path)
    assert caught.value.code == 10


def test_a_system_that_gives_no_memory(tmp_path: Path) -> None:
    path = pack(random_model(1, context=1 << 20), tmp_path / "decoder.bin")
    limits = resource.getrlimit(resource.RLIMIT_AS)
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + (64 << 20), limits[1]))
    try:
        with pytest.raises(DoesNotFit) as caught:
            opened(path)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)
    assert caught.value.code == 11


def test_numbers_that_overflow(tmp_path: Path) -> None:
    model = random_model(1, ternary=False)
    layer = model.weights.layer(1)
    layer.gate.weights[:] = 3e38  # type: ignore[union-attr]
    object.__setattr__(model.weights, "layer", lambda index: layer)
    with opened(pack(model, tmp_path / "decoder.bin")) as session:
        with pytest.raises(VerificationMismatch) as caught:
            session.prefill([1, 2])
        assert caught.value.code == 62
        assert session.position == 0


def test_a_closed_session(path: Path) -> None:
    session = opened(path)
    session.close()
    session.close()
    calls = (
        lambda: session.prefill([1]),
        lambda: session.decode(1),
        lambda: session.rewind(0),
        lambda: session.position,
        lambda: session.run({"tokens": TOKENS[:2]}),
    )
    for call in calls:
        with pytest.raises(UsageError) as caught:
            call()
        assert caught.value.code == 7


def test_callers_wait_for_one_another(path: Path) -> None:
    with opened(path, threads=2) as session:
        wanted = session.run({"tokens": TOKENS})["continuation"]
        found: list[Any] = [None] * 4

        def run(index: int) -> None:
            found[index] = session.run({"tokens": TOKENS})["continuation"]

        callers = [threading.Thread(target=run, args=(i,)) for i in range(4)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        assert all(np.array_equal(one, wanted) for one in found)


def test_two_sessions_do_not_meet(path: Path) -> None:
    with opened(path) as one, opened(path, threads=2) as other:
        first = one.prefill(TOKENS[:9])
        other.prefill(TOKENS[20:40])
        one.rewind(0)
        assert np.array_equal(one.prefill(TOKENS[:9]), first)


def test_ctrl_c_is_answered_between_blocks(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(path) as session:
        session.prefill([5])
        wanted = session.prefill([6])
        session.rewind(1)
        step, steps = session._step, []

        def interrupted(*arguments: Any) -> None:
            step(*arguments)
            steps.append(1)
            if len(steps) == 2:
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0)

        monkeypatch.setattr(session, "_step", interrupted)
        monkeypatch.setattr(session, "block", 4)
        with pytest.raises(KeyboardInterrupt):
            session.prefill(TOKENS)
        monkeypatch.undo()
        assert session.position == 1
        assert np.array_equal(session.prefill([6]), wanted)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_process_runs_it_too(path: Path) -> None:
    with opened(path, threads=3) as session:
        wanted = session.prefill(TOKENS)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            session.rewind(0)
            os.write(writer, b"y" if np.array_equal(session.prefill(TOKENS), wanted) else b"n")
            session.close()
            os._exit(0)
        assert os.read(reader, 1) == b"y"
        assert os.waitpid(child, 0)[1] == 0
        session.rewind(0)
        assert np.array_equal(session.prefill(TOKENS), wanted)


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def entries(folder: str) -> int:
    return len(list(Path("/proc/self", folder).iterdir()))


def test_nothing_is_kept(path: Path) -> None:
    def use(times: int) -> None:
        for _ in range(times):
            with opened(path, threads=2, cache="int8") as session:
                session.prefill(TOKENS[:5])

    use(50)
    before, files, threads = resident(), entries("fd"), entries("task")
    use(1000)
    assert entries("fd") == files
    assert entries("task") == threads
    assert resident() - before < 4 << 20


def test_context_costs_nothing_until_it_is_used(tmp_path: Path) -> None:
    path = pack(random_model(1, context=1 << 20), tmp_path / "decoder.bin")
    before = resident()
    with opened(path, threads=1, cache="float32") as session:  # 512 MB when it is full
        session.prefill(TOKENS)
        assert resident() - before < 8 << 20


def states() -> set[str]:
    """Of this process's other threads: R runs, S sleeps."""
    own = str(threading.get_native_id())
    tasks = [task for task in Path("/proc/self/task").iterdir() if task.name != own]
    return {(task / "stat").read_text().rpartition(")")[2].split()[0] for task in tasks}


def test_idle_threads_sleep(path: Path) -> None:
    with opened(path, threads=3) as session:
        session.prefill(TOKENS)
        until(lambda: states() == {"S"}, why="a thread runs while nothing is to do")


def test_a_run_tells_its_speeds(tmp_path: Path) -> None:
    path = pack(random_model(3), tmp_path / "decoder.bin")
    with opened(path, continuation=4) as session:
        assert session.figures() == {}
        session.run({"tokens": np.array([1, 2, 3], np.int32)})
        found = session.figures()
    assert {name: figure.how for name, figure in found.items()} == {
        "prefill_rate": "measured",
        "decode_rate": "measured",
    }
    assert all(figure.value and figure.value > 0 for figure in found.values())
