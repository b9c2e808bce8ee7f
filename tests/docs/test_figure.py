"""The picture of a terminal in README.md shows what its commands print now."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from tests.docs.examples import ROOT, run_command, run_session
from tools.make_figure import BEFORE, COLUMNS, FIGURE, SHOWN, Line, drawn

# What differs from one run to the next: a key, and seconds.
_OWN = re.compile(r"\b[0-9a-f]{16}\b|\b\d+\.\d+ s$")


def shown() -> list[str]:
    """The lines of the figure, those that were cut joined again."""
    lines: list[str] = []
    for element in ElementTree.parse(FIGURE).iter("{http://www.w3.org/2000/svg}text"):
        kind, text = element.get("class", "").split(), element.text or ""
        assert len(text) <= COLUMNS
        if "more" in kind:
            lines[-1] = lines[-1].removesuffix(" \\") + " " + text
        elif "told" not in kind:
            lines.append(text)
    return lines


def test_the_figure_is_a_real_run(user_folder: Path) -> None:
    for name in ("models", "tools"):
        (user_folder / name).symlink_to(ROOT / name)
    for command in BEFORE:
        code, printed = run_command(command)
        assert code == 0, printed
    lines = [_OWN.sub("...", line) for line in shown()]
    commands = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    assert commands == [command for _, command in SHOWN]
    cut = next(line for line in lines if "cut=" in line)
    lines[lines.index(cut)] = f"{cut}  # exits with 6"
    run_session("\n".join(lines))


def test_it_is_drawn_as_the_tool_draws() -> None:
    text = drawn([Line("command", "$ a < b"), Line("out", ""), Line("out", "c", more=True)])
    elements = list(ElementTree.fromstring(text).iter("{http://www.w3.org/2000/svg}text"))
    assert [(e.get("class"), e.text) for e in elements] == [
        ("command", "$ a < b"),
        ("out more", "c"),
    ]
