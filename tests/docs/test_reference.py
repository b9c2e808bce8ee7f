"""docs/reference says what the source says now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edgesdk import config
from edgesdk.cli import COMMANDS
from edgesdk.errors import UsageError
from tests.docs.examples import ROOT
from tools.make_reference import FOLDER, PAGES
from tools.reference.prose import as_markdown
from tools.reference.settings import KEYS, VARIABLES


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_current(name: str) -> None:
    text = (FOLDER / name).read_text("utf-8")
    assert PAGES[name]() == text, "run: python tools/make_reference.py"


def test_every_command_and_every_public_name_is_there() -> None:
    import edgesdk

    commands = (FOLDER / "commands.md").read_text("utf-8")
    assert set(COMMANDS) == set(re.findall(r"^## (\w+)$", commands, re.M))
    both = "".join((FOLDER / name).read_text("utf-8") for name in ("python.md", "backend.md"))
    for name in set(edgesdk.__all__) - {"__version__"}:
        assert re.search(rf"^### edgesdk(\.backend)?\.{name}$", both, re.M), name


def test_every_variable_of_the_source_is_listed() -> None:
    """But for those of options, which the commands' tables list."""
    options = (FOLDER / "commands.md").read_text("utf-8")
    source = [p for room in ("edgesdk", "backends") for p in (ROOT / room).rglob("*.py")]
    used = {n for p in source for n in re.findall(r"[\"'](EDGESDK_[A-Z_]+)[\"']", p.read_text())}
    assert {name for name in used if f"`{name}`" not in options} <= set(VARIABLES)
    assert {name for name in VARIABLES if name.startswith("EDGESDK_")} <= used


def test_every_listed_key_is_taken_and_another_is_not(user_folder: Path) -> None:
    tables = {table: f"[{table}]\n" for table, _, _ in KEYS}
    for table, key, _ in KEYS:
        tables[table] += f'{key} = "cpu:"\n'
    file = user_folder / config.NAME
    file.write_text("".join(tables.values()))
    assert config.settings() == {
        "defaults": {"device": "cpu:"},
        "device": {"NAME": {"address": "cpu:"}},
    }
    file.write_text('[defaults]\nother = "cpu:"\n')
    with pytest.raises(UsageError, match="cannot be used"):
        config.settings()


def test_a_docstring_as_markdown() -> None:
    text = "First ``x``\nline::\n\n    a -> b\n\n      c\n\nEnd."
    assert as_markdown(text) == "First `x` line:\n\n```text\na -> b\n\n  c\n```\n\nEnd."
