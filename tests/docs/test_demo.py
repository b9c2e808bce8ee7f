"""``make demo`` tells its story to the end."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.docs.examples import ROOT

SCRIPT = ROOT / "tools" / "demo.sh"


def test_the_demo(tmp_path: Path) -> None:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    folder = tmp_path / "demo"
    done = subprocess.run(
        ["sh", str(SCRIPT), str(folder)],
        env={**os.environ, "PATH": path, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    text = done.stdout
    assert re.findall(r"^== (\d)\.", text, re.M) == list("1234567")
    words = re.findall(r"generate story .*\n(.+)", text)
    assert len(words) == 3
    assert len(set(words)) == 1, "the same words on three kinds of device"
    assert text.count("it answered") == 8  # deploys that were proven
    assert re.findall(r"^\(exit code (\d+)\)$", text, re.M) == ["8", "6"]
    assert "That was it" in text
    assert (folder / "story.html").stat().st_size > 10_000
    own = text.replace(str(folder), "demo-output")
    assert not [line for line in own.splitlines() if len(line) > 100], "a terminal's columns"
