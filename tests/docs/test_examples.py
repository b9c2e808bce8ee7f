"""The examples in the documentation run as they stand, and none is forgotten."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.docs.examples import ROOT, all_blocks, matches, run_session, session

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PAGES = sorted(
    str(path.relative_to(ROOT))
    for pattern in ("*.md", "docs/**/*.md", "models/*/*.md", "hls/**/*.md", "firmware/**/*.md")
    for path in ROOT.glob(pattern)
)
# Pages whose commands or programs other tests run, which check more of them than their output.
ELSEWHERE = {
    ("docs/boards.md", "python"): "tests/backends_mcu/emulator/test_docs.py",
    ("docs/commands.md", "console"): "tests/cli/test_command_docs.py",
    ("docs/fpga.md", "console"): "tests/backends_fpga/device/test_page.py",
    ("docs/nand.md", "console"): "tests/backends_nand/device/test_page.py",
    ("docs/remote-boards.md", "console"): "tests/backends_ssh/test_page.py",
    ("docs/nand-explore.md", "console"): "tests/backends_nand/explore/test_page.py",
    ("docs/nand-explore.md", "python"): "tests/backends_nand/explore/test_page.py",
}
SHOWN_ONLY = "text"  # nobody would type it; behind a program's block, what that prints
_COMMAND = re.compile(r"^( {4}|\t)(\$ |python3? |edgesdk |pytest |pip |make )", re.M)


@pytest.fixture
def checkout(user_folder: Path) -> Path:
    """A folder that holds what a reader has in the project's: its models and tools."""
    for name in ("models", "tools", "edgesdk", "tests", "docs", "hls"):
        (user_folder / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "models" / "sound" / "sound.onnx", user_folder)
    (user_folder / "story").symlink_to(ROOT / "models" / "story")
    return user_folder


def _runnable(page: str) -> bool:
    return any(
        block.language in ("console", "python", "sh")
        and not block.not_run
        and (page, block.language) not in ELSEWHERE
        for block in all_blocks(page)
    )


@pytest.mark.parametrize("page", [page for page in PAGES if _runnable(page)])
def test_the_page_runs_as_it_stands(page: str, checkout: Path) -> None:
    """In order, in one folder; programs of a page see what those before them left."""
    space: dict[str, object] = {}
    printed: list[str] | None = None  # by the program just before
    for block in all_blocks(page):
        if block.not_run or (page, block.language) in ELSEWHERE:
            continue
        if block.language == "text" and printed is not None:
            for line in block.text.splitlines():
                assert any(matches(line, real) for real in printed), f"{line}\n{printed}"
        printed = None
        if block.language == "python":
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile(block.text, page, "exec"), space)
            printed = out.getvalue().splitlines()
        elif block.language == "console":
            run_session(block.text)
        elif block.language == "sh":
            run_session("".join(f"$ {line}\n" for line in block.text.splitlines()))


@pytest.mark.parametrize("page", PAGES)
def test_data_can_be_read(page: str) -> None:
    for block in all_blocks(page):
        if block.language == "json":
            json.loads(block.text)
        elif block.language == "toml":
            assert tomllib.loads(block.text)


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_of_a_kind_that_is_run_or_is_only_shown(page: str) -> None:
    known = {"console", "python", "sh", "json", "toml", SHOWN_ONLY}
    text = (ROOT / page).read_text("utf-8")
    found = all_blocks(page)
    assert len(re.findall(r"^ *```", text, re.M)) == 2 * len(found), "an odd word behind a fence?"
    assert {block.language for block in found} <= known
    for block in found:
        assert not block.text.startswith("$ ") or block.language == "console"
        text = text.replace(block.text, "")
    assert not _COMMAND.search(text), "a command that stands in no fence"


def test_pages_that_are_run_elsewhere_are_named_there() -> None:
    for (page, language), test in ELSEWHERE.items():
        text = (ROOT / test).read_text("utf-8")
        assert Path(page).name in text, test
        assert re.search(r"^    .*\b(run_examples|examples|exec)\(", text, re.M), f"{test} runs it"
        assert any(b.language == language and not b.not_run for b in all_blocks(page)), page


def test_what_is_not_run_is_counted() -> None:
    """``docs/README.md`` says how many blocks no test runs, and why."""
    counted = Counter(b.not_run for page in PAGES for b in all_blocks(page) if b.not_run)
    text = (ROOT / "docs" / "README.md").read_text("utf-8")
    stated = {why: int(n) for why, n in re.findall(r"^\| `([\w-]+)` \| (\d+) \|", text, re.M)}
    assert stated == dict(counted)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_within_the_project_leads_somewhere(page: str) -> None:
    path = ROOT / page
    for target, part in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)", path.read_text("utf-8")):
        if "://" not in target:
            there = path.parent / target if target else path
            assert there.exists(), f"{page}: {target}"
            assert not part or part in _parts(there), f"{page}: {target}#{part}"


def _parts(path: Path) -> set[str]:
    """What a forge calls the headings of a page in its links."""
    headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_can_be_reached_from_the_map() -> None:
    text = (ROOT / "docs" / "README.md").read_text("utf-8")
    for path in ROOT.glob("docs/**/*.md"):
        name = path.relative_to(ROOT / "docs").as_posix()
        assert name == "README.md" or f"({name})" in text, name


def test_the_matcher_and_the_reader_of_sessions_can_say_no(user_folder: Path) -> None:
    assert matches("a ... c", "a   b c")
    assert not matches("a ... c", "a b d")
    assert session("$ x \\\n    y\nout\n$ z  # exits with 2\n") == [
        ("x      y", 0, ["out"]),
        ("z", 2, []),
    ]
    run_session(
        "$ mkdir a && cd a\n$ export EDGESDK_STATE=$PWD/b\n$ edgesdk devices --device cpu:\n"
    )
    assert Path.cwd() == user_folder / "a"
    assert os.environ["EDGESDK_STATE"] == str(user_folder / "a" / "b")
    with pytest.raises(AssertionError):
        run_session("$ edgesdk version\nedgesdk 999\n")
    with pytest.raises(AssertionError):
        run_session("$ exit 3\n")
