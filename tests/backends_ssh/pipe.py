"""A board that is this machine: the backend's own path, with a pipe where ssh would be."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def through_a_pipe(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """From now on ``ssh://`` leads to this machine, with the programs of ``folder / "bin"``."""
    programs = folder / "bin"
    script(programs / "ssh", f"{sys.executable} -S {HERE / 'local_ssh.py'}")
    script(programs / "edgesdk", f"{sys.executable} -m edgesdk")
    patch.setenv("EDGESDK_SSH", str(programs / "ssh"))
    patch.setenv("PATH", f"{programs}:{os.environ['PATH']}")


def script(path: Path, command: str) -> Path:
    """A program that runs a command with the arguments it gets."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    path.chmod(0o755)
    return path
