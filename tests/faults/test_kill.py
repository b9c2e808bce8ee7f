"""SIGKILL, for real, at every file operation."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.faults.scenarios import SCENARIOS

ROOT = Path(__file__).parents[2]


def test_a_process_killed_at_any_operation_leaves_the_old_or_the_new_model(
    scratch: Path, count: Callable[[str, int], None]
) -> None:
    # A process of its own: it forks, which one with threads must not.
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.faults.killer", str(scratch)],
        check=False,
        cwd=ROOT,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["scenario"] for row in rows] == [s.name for s in SCENARIOS]
    for row in rows:
        assert row["kills"] >= 10
        count(f"SIGKILL, {row['scenario']}: kills", row["kills"])
