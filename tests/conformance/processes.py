"""Another host: a process of its own, which deploys and may be killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.bench import Bench

Kill = Callable[[str], dict[str, Any]]


@contextmanager
def doomed(bench: Bench) -> Iterator[Kill]:
    """A process that deploys version 1.1.0 (variant 3) until a moment, again and again.

    ``doomed.py`` says which moments there are.

    It is a process of its own: it forks, which one with threads must not.
    """
    if bench.case.in_process:
        pytest.skip("does not apply: the device is in the memory of one process")
    path = bench.folder / "doomed.edge"
    bench.compile(3, version="1.1.0", output=path).close()
    command = [sys.executable, "-W", "error", "-W", "ignore::ResourceWarning"]
    command += [str(Path(__file__).with_name("doomed.py"))]
    command += [bench.case.name, str(bench.folder), str(path)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=bench.folder,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        lines, answers = process.stdin, process.stdout

        def kill(moment: str) -> dict[str, Any]:
            lines.write(f"{moment}\n")
            lines.flush()
            answer = answers.readline()
            assert answer, f"the doomed process ended before {moment}"
            return dict(json.loads(answer))

        yield kill
        lines.close()
        assert process.wait(60) == 0
