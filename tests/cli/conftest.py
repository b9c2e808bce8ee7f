"""A home of its own for each test, tiny models, and two ways to run the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from edgesdk.cli import program
from tests.models import onnx_models
from tests.own_user import own_user

COMMAND = [sys.executable, "-m", "edgesdk"]


@dataclass(frozen=True)
class Outcome:
    """What a command left: exit code and the two streams."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object on stdout."""
        document = json.loads(self.out)
        assert document["v"] == 1
        return document

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The events on stdout."""
        return [json.loads(line) for line in self.out.splitlines()]


Edge = Callable[..., Outcome]


def outputs(edge: Edge, *arguments: object) -> list[float]:
    """The values of output ``y`` of a run."""
    done = edge("run", *arguments, "--json", "-q")
    assert done.code == 0, done.err
    values = done.json["outputs"]["y"]["data"]
    assert isinstance(values, list)
    return values


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, with keys and store beside it."""
    own_user(monkeypatch, tmp_path)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


@pytest.fixture
def edge(home: Path) -> Callable[..., Outcome]:
    """Run a command in this process."""

    def run(*arguments: object, stdin: bytes | None = None) -> Outcome:
        done = CliRunner().invoke(program, [str(a) for a in arguments], input=stdin)
        assert "Traceback" not in done.stderr or "--verbose" in arguments
        return Outcome(done.exit_code, done.stdout, done.stderr)

    return run


@pytest.fixture
def edge_process(home: Path) -> Callable[..., Outcome]:
    """Run a command in a process of its own."""

    def run(*arguments: object, **extra: Any) -> Outcome:
        done = subprocess.run(
            [*COMMAND, *map(str, arguments)],
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
            **extra,
        )
        assert "Traceback" not in done.stderr
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run


def save_scale(path: Path, factor: float, labels: Sequence[str] = ()) -> Path:
    """An ONNX model: y = factor * x, float32[1, 4]."""
    properties = {"edgesdk.labels": json.dumps(labels)} if labels else {}
    return onnx_models.scale(path, factor, (1, 4), properties)


def save_sum(path: Path) -> Path:
    """An ONNX model of two inputs: c = a + b, float32[n] each."""
    a, b, c = ((name, "float32", ["n"]) for name in "abc")
    node = onnx_models.helper.make_node("Add", ["a", "b"], ["c"])
    return onnx_models.save(path.parent, path.stem, [node], [a, b], [c])


@pytest.fixture
def model(home: Path) -> Path:
    """``scale.onnx``: y = 2 x, with labels."""
    return save_scale(home / "scale.onnx", 2.0, ["rain", "clock", "dog", "sea"])


@pytest.fixture
def bundle(edge: Callable[..., Outcome], model: Path) -> Path:
    """``scale.edge``, version 1.0.0."""
    assert edge("compile", model, "--target", "cpu").code == 0
    return model.with_suffix(".edge")


@pytest.fixture
def sample(home: Path) -> Path:
    """``x.npy``: float32[1, 4]."""
    path = home / "x.npy"
    np.save(path, np.array([[1, 2, 4, 3]], np.float32))
    return path
