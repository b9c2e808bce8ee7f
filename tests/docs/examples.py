"""The blocks of a page of the documentation: what they show, and the console's run as written."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from click.testing import CliRunner

from edgesdk.cli import program

ROOT = Path(__file__).parents[2]


def blocks(page: str, language: str) -> list[str]:
    """What stands between the fences of one language; ``page`` as seen from the project's root."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / page).read_text(), re.M | re.S)
    assert found
    return found


def examples(page: str) -> list[tuple[str, int, list[str]]]:
    """(command line, exit code, lines that it shows), in the page's order."""
    found: list[tuple[str, int, list[str]]] = []
    for line in "".join(blocks(page, "console")).splitlines():
        if line.startswith("$ "):
            command, _, remark = line[2:].partition("  # exits with ")
            found.append((command, int(remark or 0), []))
        else:
            found[-1][2].append(line)
    return found


def matches(shown: str, line: str) -> bool:
    """Whether a line is as the page shows it; ``...`` stands for anything, spaces for spaces."""
    pieces = [re.escape(" ".join(piece.split())) for piece in shown.split("...")]
    return re.fullmatch(".*".join(pieces).replace(r"\ ", " "), " ".join(line.split())) is not None


def run_examples(page: str) -> None:
    """Run every command of a page, in order: it exits as it should, and prints each line that the
    page shows."""
    for command, code, shown in examples(page):
        done = CliRunner().invoke(program, shlex.split(command)[1:])
        assert done.exit_code == code, f"{command}\n{done.stderr}"
        lines = (done.stdout + done.stderr).splitlines()
        for line in shown:
            assert any(matches(line, real) for real in lines), f"{command}\n{line}\n{lines}"
