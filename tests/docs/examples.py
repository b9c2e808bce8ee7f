"""The console blocks of a page of the documentation, run as written."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from click.testing import CliRunner

from edgesdk.cli import program
from tests.cli.test_command_docs import matches

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def run_examples(page: str) -> None:
    """Run every command of ``docs/<page>``, in order: it exits as it should, and prints each line
    that the page shows."""
    text = (DOCS / page).read_text()
    blocks = re.findall(r"^```console\n(.*?)^```$", text, re.M | re.S)
    assert blocks
    lines: list[str] = []
    command = ""
    for line in "".join(blocks).splitlines():
        if line.startswith("$ "):
            command, _, code = line[2:].partition("  # exits with ")
            done = CliRunner().invoke(program, shlex.split(command)[1:])
            assert done.exit_code == int(code or 0), f"{command}\n{done.stderr}"
            lines = (done.stdout + done.stderr).splitlines()
        else:
            assert any(matches(line, real) for real in lines), f"{command}\n{line}\n{lines}"
