"""The examples of ``docs/nand.md`` run as written, and print what they show."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from edgesdk.cli import program
from tests.cli.test_command_docs import matches

ROOT = Path(__file__).parents[3]
EXAMPLES = re.findall(r"^```console\n(.*?)^```$", (ROOT / "docs/nand.md").read_text(), re.M | re.S)


@pytest.fixture
def folder(user_folder: Path) -> Path:
    shutil.copytree(ROOT / "models" / "story", user_folder / "story")
    return user_folder


def test_every_example(folder: Path) -> None:
    lines: list[str] = []
    command = ""
    assert EXAMPLES
    for line in "".join(EXAMPLES).splitlines():
        if line.startswith("$ "):
            command, _, code = line[2:].partition("  # exits with ")
            done = CliRunner().invoke(program, shlex.split(command)[1:])
            assert done.exit_code == int(code or 0), f"{command}\n{done.stderr}"
            lines = (done.stdout + done.stderr).splitlines()
        else:
            assert any(matches(line, real) for real in lines), f"{command}\n{line}\n{lines}"
