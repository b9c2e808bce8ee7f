"""Output that cannot be written, folders that are gone, plug-ins that fail: never a stack trace."""

from __future__ import annotations

import os
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from onnx import helper

from edgesdk import UsageError, registry
from edgesdk.cli.inputs.audio import read_audio
from tests.cli.conftest import COMMAND, Edge
from tests.models import onnx_models


def shell(command: str) -> subprocess.CompletedProcess[str]:
    line = command.replace("edgesdk", f"'{sys.executable}' -m edgesdk")
    return subprocess.run(line, shell=True, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("arguments", ["version", "version --json", "devices", "doctor"])
def test_a_full_disk_behind_stdout(home: Path, arguments: str) -> None:
    done = shell(f"edgesdk {arguments} > /dev/full")
    assert done.returncode == 2
    assert "EDGE-0235" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_full_disk_behind_stderr_is_nobody_s_fault(home: Path) -> None:
    done = shell("edgesdk version 2> /dev/full")
    assert done.returncode == 0


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_a_closed_stream(home: Path, closed: str) -> None:
    done = shell(f"edgesdk version {closed}")
    assert "Traceback" not in done.stderr
    assert done.returncode in {0, 2}


def test_a_working_folder_that_is_gone(home: Path) -> None:
    gone = home / "gone"
    gone.mkdir()
    done = shell(f"cd '{gone}' && rmdir '{gone}' && edgesdk devices --json")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_compile_replaces_files_only(edge: Edge, model: Path, home: Path, kind: str) -> None:
    target = home / "there.edge"
    target.mkdir() if kind == "folder" else os.mkfifo(target)
    done = edge("compile", model, "--target", "cpu", "-o", target)
    assert done.code == 2
    assert "EDGE-0249" in done.err
    assert target.is_dir() if kind == "folder" else target.is_fifo()


def test_compile_writes_where_a_link_leads(edge: Edge, model: Path, home: Path) -> None:
    (home / "real").mkdir()
    link = home / "link.edge"
    link.symlink_to(home / "real" / "m.edge")
    assert edge("compile", model, "--target", "cpu", "-o", link).code == 0
    assert link.is_symlink()
    assert (home / "real" / "m.edge").is_file()


def test_outputs_of_any_name_are_saved(edge: Edge, home: Path) -> None:
    names = ["file", "allow_pickle", "a/b"]
    nodes = [helper.make_node("Identity", ["x"], [name]) for name in names]
    given, *made = [(name, "float32", [2]) for name in ("x", *names)]
    onnx_models.save(home, "names", nodes, [given], made)
    np.save("x.npy", np.float32([1, 2]))
    assert edge("compile", "names.onnx", "--target", "cpu", "-o", "names.edge").code == 0
    done = edge("run", "names.edge", "-d", "cpu:", "--input", "x.npy", "-o", "out.npz")
    assert done.code == 0, done.err
    with np.load("out.npz") as saved:
        assert sorted(saved.files) == sorted(names)
        assert saved["file"].tolist() == [1, 2]


def test_doctor_outlives_a_backend_that_fails(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> list[object]:
        raise PermissionError("no such luck")

    [cpu] = [found.backend for found in registry.backends() if found.name == "cpu"]
    monkeypatch.setattr(cpu, "doctor", fail, raising=False)
    done = edge("doctor")
    assert done.code == 1
    assert "no such luck" in done.out + done.err


def test_the_command_is_a_module_too(home: Path) -> None:
    assert subprocess.run([*COMMAND, "version"], check=False, capture_output=True).returncode == 0


def test_a_sound_without_samples(tmp_path: Path) -> None:
    path = tmp_path / "empty.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
    with pytest.raises(UsageError) as caught:
        read_audio(path)
    assert caught.value.id == "EDGE-0223"
    assert caught.value.evidence == "it has no samples"
