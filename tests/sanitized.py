"""A Python program that uses a library with sanitizers: these are there before Python is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def run_whole(code: str, library: Path, compiler: str, *runtimes: str) -> None:
    """Run the code, which is given the library's path and ends by printing "whole".

    ``runtimes``: libraries of the compiler to load first; none for a library without sanitizers.
    """
    found = " ".join(_runtime(compiler, name) for name in runtimes)
    variables = {"LD_PRELOAD": found, "ASAN_OPTIONS": "detect_leaks=0"} if runtimes else {}
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(
        [sys.executable, "-c", code, str(library)],
        env=os.environ | variables | {"PYTHONPATH": paths},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "whole\n", done.stderr


def _runtime(compiler: str, name: str) -> str:
    command = [compiler, f"-print-file-name={name}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
