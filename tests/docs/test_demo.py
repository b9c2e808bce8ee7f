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


def test_it_can_be_read_in_a_terminal_of_100_columns() -> None:
    """What the narrator says, and what is typed; what commands print wraps."""
    for line in SCRIPT.read_text("utf-8").splitlines():
        for said in re.findall(r'^(?:say|    ) *"(.*?)"', line):
            assert len(said) <= 100, said
