"""``edgesdk serve`` as a program: its output, signals, exit codes and refusals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from edgesdk.cli import main, serve
from edgesdk.cli.serve_access import allowed_hosts, is_local, read_keys
from edgesdk.errors import UsageError
from edgesdk.serving.server import listen
from tests.waiting import until

from .fakes import FakeSession, expected
from .running import body

ROOT = Path(__file__).parents[2]
Start = Callable[..., "Program"]


class Other:
    """A session that is no decoder."""

    inputs = ()


class Silent(FakeSession):
    """A decoder without a tokenizer."""

    def __init__(self) -> None:
        super().__init__()
        self.text = None


class Program:
    """A running ``edgesdk serve``; ``url`` once it says that it is ready."""

    def __init__(self, *arguments: str, delay: float = 0.0) -> None:
        command = [sys.executable, "-W", "error", "-m", "tests.serving.program", str(delay)]
        self.process = subprocess.Popen(
            [*command, "serve", "table", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def end(self, number: int | None = None) -> tuple[int, str, str]:
        """Send a signal; returns exit code and what it still wrote."""
        if number is not None:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out, err


@pytest.fixture
def start(user_folder: Path) -> Iterator[Start]:
    """Starts programs; ends those that a test left."""
    with ExitStack() as stack:

        def started(*arguments: str, delay: float = 0.0) -> Program:
            program = Program(*arguments, delay=delay)
            stack.callback(program.process.wait, 10)
            stack.callback(program.process.kill)
            stack.callback(program.process.communicate)
            stack.callback(program.process.kill)
            return program

        yield started


def client(url: str, **options: Any) -> openai.OpenAI:
    inner = openai.DefaultHttpxClient(verify=False)
    return openai.OpenAI(base_url=url, http_client=inner, **{"api_key": "none", **options})


def test_the_official_client_against_the_program_and_sigterm(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text("first\n\n  second\n")
    program = start("--port", "0", "--api-key-file", str(file))
    url = program.line()
    assert url.startswith("http://127.0.0.1:") and url.endswith("/v1")
    with client(url) as asking, pytest.raises(openai.AuthenticationError):
        asking.models.list()
    with client(url, api_key="second") as asking:
        done = asking.completions.create(**body("a", max_tokens=5))
        answer = asking.chat.completions.create(
            model="table", messages=[{"role": "user", "content": "x"}], max_tokens=3
        )
    assert done.choices[0].text == expected("a", 5)
    assert answer.choices[0].message.role == "assistant"
    code, out, err = program.end(signal.SIGTERM)
    assert (code, out) == (0, "")
    assert "POST /v1/completions 200" in err
    assert "2 + 5 tokens" in err
    assert "Traceback" not in err


def test_events_and_a_stream_that_ends_after_sigterm(start: Start) -> None:
    program = start("--port", "0", "--jsonl", delay=0.02)
    ready = json.loads(program.line())
    assert ready["event"] == "ready" and ready["model"] == "table"
    with client(ready["url"]) as asking:
        stream = iter(asking.completions.create(**body("a", max_tokens=40), stream=True))
        texts = [next(stream).choices[0].text]
        program.process.send_signal(signal.SIGTERM)
        texts += [choice.text for chunk in stream for choice in chunk.choices]
    assert "".join(texts) == expected("a", 40)
    code, out, _ = program.end()
    assert code == 0
    request, result = map(json.loads, out.splitlines())
    assert request["path"] == "/v1/completions"
    assert (request["event"], request["written"], request["left"]) == ("request", 40, False)
    assert result["event"] == "result"


def test_control_c_with_no_grace_cuts_a_stream(start: Start) -> None:
    program = start("--port", "0", "--grace", "0", "--json", delay=0.02)
    with client(json.loads(program.line())["url"]) as asking:
        stream = iter(asking.completions.create(**body("a", max_tokens=5000), stream=True))
        next(stream)
        program.process.send_signal(signal.SIGINT)
        with pytest.raises((openai.APIError, httpx.HTTPError)):
            list(stream)
    code, _, err = program.end()
    assert code == 130
    assert "The server was stopped [EDGE-1304]" in err
    assert "Traceback" not in err


def test_control_c_with_no_request_at_work(start: Start) -> None:
    program = start("--port", "0")
    program.line()
    program.process.send_signal(signal.SIGINT)
    assert program.end() == (130, "", "error: The server was stopped [EDGE-1304]\n")


@pytest.mark.long
def test_a_second_control_c_does_not_wait(start: Start) -> None:
    program = start("--port", "0", "--grace", "3600", delay=0.02)
    with client(program.line()) as asking:
        stream = iter(asking.completions.create(**body("a", max_tokens=90_000), stream=True))
        next(stream)
        program.process.send_signal(signal.SIGINT)
        assert program.process.stderr is not None
        assert "Ctrl-C again" in program.process.stderr.readline()
        program.process.send_signal(signal.SIGINT)
        with pytest.raises((openai.APIError, httpx.HTTPError)):
            list(stream)
    assert program.end()[0] == 130


def edgesdk(*arguments: str) -> int:
    """Run a command in this process; its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_a_port_in_use(user_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with listen("0.0.0.0", 0) as taken:
        port = str(taken.getsockname()[1])
        assert edgesdk("serve", "table", "--port", port) == 5
        quiet = capsys.readouterr()
        assert edgesdk("serve", "table", "--port", port, "--host", "0.0.0.0") == 5
    assert "EDGE-0530" in quiet.err and quiet.out == ""
    assert "warning" not in quiet.err
    assert "anybody who can reach" in capsys.readouterr().err


@pytest.mark.parametrize(("session", "identity"), [(Other(), "02147"), (Silent(), "02148")])
def test_a_model_that_cannot_be_served(
    user_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    session: Any,
    identity: str,
) -> None:
    monkeypatch.setattr(serve, "opened", lambda model, device: nullcontext((None, session)))
    assert edgesdk("serve", "other", "-d", "cpu:", "--port", "0") == 2
    said = capsys.readouterr()
    assert f"EDGE-{identity}" in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.3.2.1", True),
        ("::1", True),
        ("LocalHost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.0.2.7", False),
        ("board.example", False),
    ],
)
def test_names_that_a_server_answers_to(host: str, local: bool) -> None:
    assert is_local(host) == local
    assert bool(allowed_hosts(host, ())) == local
    named = allowed_hosts(host, ("Board.Example",))
    assert {"localhost", "board.example", host.lower()} <= set(named)


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xff\xfe", b"two words\n", b"caf\xc3\xa9"])
def test_keys_that_are_none(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "keys"
    file.write_bytes(content)
    with pytest.raises(UsageError) as refused:
        read_keys(None, file)
    assert refused.value.id in {"EDGE-02158", "EDGE-02159"}


@pytest.mark.parametrize("key", ["", " ", "a b", "ключ", "a\n"])
def test_a_key_that_is_none(key: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_keys(key, None)
    assert refused.value.id == "EDGE-02159"


def test_a_key_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        read_keys(None, tmp_path / "none")
    assert refused.value.id == "EDGE-02158"
    assert "none" in refused.value.evidence


def test_a_model_that_is_not_there(user_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert edgesdk("serve", "nothing", "-d", "cpu:", "--port", "0") == 2
    said = capsys.readouterr()
    assert "EDGE-0203" in said.err
    assert said.out == ""


def test_starting_and_stopping_leaves_no_thread(user_folder: Path) -> None:
    from .running import serving

    before = threading.active_count()
    for _ in range(3):
        with serving() as running:
            running.post(json=body(max_tokens=2))
    until(lambda: threading.active_count() <= before)
