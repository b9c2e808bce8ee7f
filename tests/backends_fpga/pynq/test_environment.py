"""``tools/test_pynq.sh``: whose environment it tests in, with a Python that only writes down."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "tools" / "test_pynq.sh"
NAMED = """#!/bin/sh
echo "{name}: $*" >>calls
case "$*" in
    "-m venv"*) rm -rf "$4"; mkdir -p "$4/bin"; cp "$0" "$4/bin/python" ;;
    "-m pip"*) [ ! -e no-network ] ;;
    *print*) echo "{name}" ;;
esac
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    if shutil.which("sh") is None:
        pytest.skip("there is no sh")
    for name in ("one", "other"):
        (tmp_path / name).write_text(NAMED.format(name=name))
        (tmp_path / name).chmod(0o755)
    return tmp_path


def calls(folder: Path, *arguments: str) -> list[str]:
    """What a run of the script asked of its Pythons."""
    (folder / "calls").unlink(missing_ok=True)
    subprocess.run(["sh", str(SCRIPT), *arguments], cwd=folder, check=False)
    return (folder / "calls").read_text().splitlines()


def made_by(lines: list[str]) -> list[str]:
    return [line.partition(":")[0] for line in lines if "-m venv" in line]


def test_an_environment_is_made_once(folder: Path) -> None:
    first, second = calls(folder, "./one"), calls(folder, "./one")
    assert (made_by(first), made_by(second)) == (["one"], [])
    assert "one: -m pytest" in second[-1]


def test_that_of_another_python_is_made_anew(folder: Path) -> None:
    calls(folder, "./one")
    lines = calls(folder, "./other")
    assert made_by(lines) == ["other"]
    assert "other: -m pytest" in lines[-1]


def test_that_of_another_pynq_is_made_anew(folder: Path) -> None:
    calls(folder, "./one")
    lines = calls(folder, "./one", "pynq==3.0.1")
    assert made_by(lines) == ["one"]
    assert any("pynq==3.0.1" in line for line in lines if "-m pip" in line)
    assert made_by(calls(folder, "./one", "pynq==3.0.1")) == []


def test_one_that_was_left_half_made_is_made_anew(folder: Path) -> None:
    (folder / "no-network").touch()
    assert not any("-m pytest" in line for line in calls(folder, "./one"))
    (folder / "no-network").unlink()
    assert made_by(calls(folder, "./one")) == ["one"]


def test_one_that_came_from_elsewhere_is_made_anew(folder: Path) -> None:
    """Such as one that an older form of the script made."""
    (folder / ".venv-pynq" / "bin").mkdir(parents=True)
    shutil.copy(folder / "other", folder / ".venv-pynq" / "bin" / "python")
    lines = calls(folder, "./one")
    assert made_by(lines) == ["one"]
    assert "one: -m pytest" in lines[-1]
