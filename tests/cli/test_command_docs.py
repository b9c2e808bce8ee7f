"""The examples of ``docs/commands.md`` run as written, and print what they show."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper

from edgesdk.cli import COMMANDS
from tests.docs.examples import ROOT, blocks, examples, matches
from tests.models import onnx_models

from .conftest import Outcome

PAGE = "docs/commands.md"
TEXT = (ROOT / PAGE).read_text()


def save_listener(path: Path) -> None:
    """scores = mean of |audio| times four weights; float32[1, 16000] at 16 kHz."""
    nodes = [
        helper.make_node("Abs", ["audio"], ["size"]),
        helper.make_node("ReduceMean", ["size", "axes"], ["mean"]),
        helper.make_node("MatMul", ["mean", "w"], ["scores"]),
    ]
    onnx_models.save(
        path.parent,
        path.stem,
        nodes,
        [("audio", "float32", [1, 16000])],
        [("scores", "float32", [1, 4])],
        {"axes": np.array([1]), "w": np.float32([[4, 3, 2, 1]])},
        {
            "edgesdk.labels": json.dumps(["rain", "clock", "dog", "sea"]),
            "edgesdk.units": json.dumps({"audio": "samples at 16000 Hz"}),
        },
    )


@pytest.fixture
def folder(home: Path) -> Path:
    save_listener(home / "listener.onnx")
    shutil.copytree(ROOT / "models" / "story", home / "story")
    with wave.open(str(home / "clip.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        tone = np.sin(np.arange(12000) * 0.2) * 9000
        file.writeframes(tone.astype("<i2").tobytes())
    return home


def test_every_example(edge: Callable[..., Outcome], folder: Path) -> None:
    for command, code, shown in examples(PAGE):
        program, *arguments = shlex.split(command)
        assert program == "edgesdk"
        done: Any = edge(*arguments)
        assert done.code == code, f"{command}\n{done.err}"
        lines = (done.err if code else done.out).splitlines()
        for line in shown:
            assert any(matches(line, real) for real in lines), f"{command}\n{line}\n{lines}"


def test_every_command_has_a_section_and_an_example() -> None:
    sections = re.findall(r"^## (\w+)$", TEXT, re.MULTILINE)
    used = {shlex.split(command)[1] for command, _, _ in examples(PAGE)}
    assert set(COMMANDS) <= set(sections)
    assert set(COMMANDS) == used


def test_the_matcher_can_say_no() -> None:
    assert matches("a ... c", "a   b c")
    assert not matches("a ... c", "a b d")
    assert not matches("a", "a b")


def test_the_bench_record_is_as_specified(edge: Callable[..., Outcome], folder: Path) -> None:
    page = (ROOT / "docs/bench-record.md").read_text()
    example = json.loads(blocks("docs/bench-record.md", "json")[0])
    edge("compile", "listener.onnx", "-t", "cpu")
    record = edge("bench", "listener.edge", "-d", "cpu:", "--runs", "5", "--json").json
    assert set(record) == set(example)
    assert set(record["settings"]) == set(example["settings"])
    assert set(record["host"]) == set(example["host"])
    (result,) = record["results"]
    assert set(result) == set(example["results"][0])
    for name, figure in result["figures"].items():
        assert set(figure) == {"value", "unit", "how", "note", "band"}
        assert f"`{name}`" in page or f"`_{name.removeprefix('latency_')}`" in page
