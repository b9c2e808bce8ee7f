"""The blocks of a page of the documentation: what they show, and the console's run as written."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from edgesdk.cli import program

ROOT = Path(__file__).parents[2]
# A fence's language, and why nothing runs the block where that is so: ``console not-run=hardware``.
_FENCE = re.compile(r"^```(\w*)(?: not-run=([\w-]+))?\n(.*?)^```$", re.M | re.S)
_PATH = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))


@dataclass(frozen=True)
class Block:
    """What stands between two fences. ``not_run``: why no test runs it, or nothing."""

    page: str
    language: str
    not_run: str
    text: str


def all_blocks(page: str) -> list[Block]:
    """Every block of a page, which is named as seen from the project's root."""
    found = _FENCE.findall((ROOT / page).read_text("utf-8"))
    return [Block(page, *fields) for fields in found]


def blocks(page: str, language: str) -> list[str]:
    """The blocks of one language that a test can run."""
    found = [b.text for b in all_blocks(page) if b.language == language and not b.not_run]
    assert found
    return found


def examples(page: str) -> list[tuple[str, int, list[str]]]:
    """(command line, exit code, lines that it shows), in the page's order."""
    return [example for block in blocks(page, "console") for example in session(block)]


def session(block: str) -> list[tuple[str, int, list[str]]]:
    """(command line, exit code, lines that it shows) of one block."""
    found: list[tuple[str, int, list[str]]] = []
    for line in block.replace("\\\n", " ").splitlines():
        if line.startswith("$ "):
            command, _, remark = line[2:].partition("  # exits with ")
            found.append((command.strip(), int(remark or 0), []))
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
    for block in blocks(page, "console"):
        run_session(block)


def run_session(block: str) -> None:
    """Run the commands of one block as ``run_examples`` does."""
    for command, code, shown in session(block):
        exit_code, printed = run_command(command)
        assert exit_code == code, f"{command}\n{printed}"
        lines = printed.splitlines()
        for line in shown:
            assert any(matches(line, real) for real in lines), f"{command}\n{line}\n{printed}"


def run_command(command: str) -> tuple[int, str]:
    """Run one line: ``edgesdk`` in this process, which is quicker, and all else in a shell.

    Returns the exit code, and what was printed on either stream. A shell's folder and
    variables stay for what comes next, as a reader's do: ``user_folder`` puts them back.
    """
    words = shlex.split(command, comments=True)
    if words[0] != "edgesdk" or {"|", ">", "&", "<"} & set(words):
        environment = {**os.environ, "PATH": _PATH}
        with tempfile.NamedTemporaryFile("r") as left:
            script = f"trap 'PWD=$PWD env -0 >{left.name}' EXIT\n{command}"
            shell = ["bash", "-o", "pipefail", "-c", script]
            done = subprocess.run(
                shell, env=environment, capture_output=True, text=True, timeout=120, check=False
            )
            _go_on(dict(entry.split("=", 1) for entry in left.read().split("\0")[:-1]))
        return done.returncode, done.stdout + done.stderr
    result = CliRunner().invoke(program, words[1:])
    return result.exit_code, result.stdout + result.stderr


def _go_on(left: dict[str, str]) -> None:
    """Take over the folder and the edgesdk variables that a shell ended with."""
    os.chdir(left["PWD"])
    os.environ.update({name: left[name] for name in left if name.startswith("EDGESDK_")})
