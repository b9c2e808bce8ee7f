"""stdout has the data, stderr the words, and both survive odd readers and odd numbers."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edgesdk.cli.output import plain

from .conftest import COMMAND, Outcome


def strict(text: str) -> object:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize(
    ("value", "want"),
    [
        (float("nan"), "NaN"),
        (np.float32("inf"), "Infinity"),
        (-np.inf, "-Infinity"),
        (1 + 2j, [1.0, 2.0]),
        (np.array([[1, 2]], np.int8), [[1, 2]]),
        (b"\x01\xff", "01ff"),
        (np.True_, True),
        ({"a": (1, None)}, {"a": [1, None]}),
        (Path("x"), "x"),
    ],
)
def test_everything_has_a_form_in_json(value: object, want: object) -> None:
    assert plain(value) == want
    assert strict(json.dumps(plain(value), allow_nan=False)) == want


def test_data_and_words_are_apart(edge: Callable[..., Outcome], bundle: Path, sample: Path) -> None:
    deployed = edge("deploy", bundle, "-d", "cpu:", "--json")
    assert deployed.json["report"]["name"] == "scale"
    assert "staging" in deployed.err
    ran = edge("run", "scale", "-d", "cpu:", "-i", sample, "--json")
    assert strict(ran.out) == ran.json
    assert edge("run", "scale", "-d", "cpu:", "-i", sample, "--json", "--quiet").err == ""
    assert edge("deploy", bundle, "-d", "cpu:", "--quiet").err == ""


def test_events_end_with_the_result_or_the_error(
    edge: Callable[..., Outcome], bundle: Path
) -> None:
    lines = edge("deploy", bundle, "-d", "cpu:", "--jsonl").lines
    assert all(line["v"] == 1 for line in lines)
    assert [line["event"] for line in lines[:-1]] == ["progress"] * (len(lines) - 1)
    stages = list(dict.fromkeys(line["stage"] for line in lines[:-1]))
    assert stages == ["check", "stage", "verify", "trial", "confirm"]
    assert lines[-1]["event"] == "result"
    assert lines[-1]["ok"] is True
    failed = edge("deploy", "none.edge", "-d", "cpu:", "--jsonl").lines
    assert [line["event"] for line in failed] == ["error"]
    assert failed[0]["ok"] is False


def test_nan_and_infinity_in_a_result(
    edge: Callable[..., Outcome], bundle: Path, home: Path
) -> None:
    np.save(home / "odd.npy", np.array([[np.nan, np.inf, -np.inf, 0]], np.float32))
    done = edge("run", bundle, "-d", "cpu:", "-i", "odd.npy", "--json")
    assert strict(done.out) == done.json
    assert done.json["outputs"]["y"]["data"] == ["NaN", "Infinity", "-Infinity", 0.0]


@pytest.mark.parametrize("setting", [{"NO_COLOR": "1"}, {}])
def test_no_colours_without_a_terminal(
    edge_process: Callable[..., Outcome], setting: dict[str, str]
) -> None:
    done = edge_process("rollback", "none", "-d", "tpu:", env={**os.environ, **setting})
    assert done.code == 2
    assert "\x1b" not in done.err


def test_colours_on_a_terminal_unless_no_color(home: Path) -> None:
    pty = pytest.importorskip("pty")
    for setting, coloured in (({"NO_COLOR": "1"}, False), ({}, True)):
        ours, theirs = pty.openpty()
        subprocess.run(
            [*COMMAND, "rollback", "none", "-d", "tpu:"],
            stderr=theirs,
            env={**os.environ, "TERM": "xterm", **setting},
            check=False,
            timeout=60,
        )
        os.close(theirs)
        assert (b"\x1b[" in os.read(ours, 4096)) == coloured
        os.close(ours)


def test_progress_bars_on_a_terminal_only(home: Path, bundle: Path) -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    process = subprocess.run(
        [*COMMAND, "deploy", str(bundle), "-d", "cpu:"],
        stderr=theirs,
        stdout=subprocess.PIPE,
        env={**os.environ, "TERM": "xterm"},
        check=True,
        timeout=60,
    )
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert "100%" in shown
    assert b"%" not in process.stdout


@pytest.mark.parametrize("arguments", [["doctor"], ["doctor", "--json"], ["--help"]])
def test_a_reader_that_goes_away_is_no_failure(home: Path, arguments: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*COMMAND, *arguments], stdout=write, stderr=subprocess.PIPE, check=False, timeout=60
    )
    os.close(write)
    assert done.stderr == b""
    assert done.returncode in ({1} if arguments == ["--help"] else {0})


def test_a_deploy_outlives_its_reader(
    home: Path, bundle: Path, sample: Path, edge: Callable[..., Outcome]
) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [*COMMAND, "deploy", str(bundle), "-d", "cpu:", "--jsonl", "-q"]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, check=False, timeout=60)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")
    assert edge("run", "scale", "-d", "cpu:", "-i", sample).code == 0
