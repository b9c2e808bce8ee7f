"""The examples of ``docs/nand-explore.md`` run as written, and print what they show."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from edgesdk.cli import program
from edgesdk_backends.nand.experts.policy import READERS
from edgesdk_backends.nand.explore import OBJECTIVES
from edgesdk_backends.nand.explore.keys import CONTEXT, PREDICTION_READERS, PRESET
from tests.cli.test_command_docs import matches

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/nand-explore.md").read_text()
EXAMPLES = "".join(re.findall(r"^```console\n(.*?)^```$", PAGE, re.M | re.S))
SCRIPTS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)


@pytest.mark.usefixtures("user_folder")
def test_every_example() -> None:
    lines: list[str] = []
    command = ""
    assert EXAMPLES
    for line in EXAMPLES.splitlines():
        if line.startswith("$ "):
            command, _, code = line[2:].partition("  # exits with ")
            done = CliRunner().invoke(program, shlex.split(command)[1:])
            assert done.exit_code == int(code or 0), f"{command}\n{done.stderr}"
            lines = (done.stdout + done.stderr).splitlines()
        else:
            assert any(matches(line, real) for real in lines), f"{command}\n{line}\n{lines}"


def test_the_script(capsys: pytest.CaptureFixture[str]) -> None:
    (script,) = SCRIPTS
    exec(compile(script, "docs/nand-explore.md", "exec"), {"__name__": "__main__"})
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == 3
    assert all("'tokens_per_second': " in row for row in rows)


def test_it_names_every_objective_and_option() -> None:
    named = re.findall(r"^\| `(\w+)` \|", PAGE, re.M)
    keys = {PRESET, CONTEXT, *PREDICTION_READERS}
    assert set(named) == {objective.name for objective in OBJECTIVES} | keys | set(READERS)
