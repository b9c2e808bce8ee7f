"""``docs/conformance.md`` has the suite's rows and columns, and counts the tests that it has."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.cases import CASES
from tests.conformance.columns import COLUMNS
from tools.conformance_table import BEGIN, END, legend, read_results, table, write_page

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "conformance.md"
AGAIN = "run 'make conformance' and keep the page that it makes"
COUNTED = re.compile(r"(?<!\[)\b\d+\b(?!\])")  # but for notes


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The suite's tests, as its plug-in finds them, those that take minutes among them."""
    found = tmp_path_factory.mktemp("collected") / "tests.jsonl"
    command = [sys.executable, "-m", "pytest", "tests/conformance", "--collect-only", "-qq"]
    command += ["-p", "conformance_results", "--conformance", str(found)]
    path = os.pathsep.join([str(ROOT / "tests" / "conformance" / "plugin"), str(ROOT)])
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [json.loads(line) for line in found.read_text().splitlines()]
    return [line for line in lines if "test" in line]


@pytest.fixture(scope="module")
def rows() -> list[list[str]]:
    """The cells of the page's table, headings first."""
    made = PAGE.read_text().partition(BEGIN)[2].partition(END)[0]
    lines = [line for line in made.splitlines() if line.startswith("| ")]
    cells = [[text.strip() for text in line.strip("|").split("|")] for line in lines]
    start = next(i for i, row in enumerate(cells) if row[0] == "device")
    return [cells[start], *cells[start + 2 :]]


def test_every_test_of_a_device_is_in_one_column(collected: list[dict[str, Any]]) -> None:
    names = {column.name for column in COLUMNS}
    files = {column.file for column in COLUMNS}
    for line in collected:
        file = Path(line["test"].partition("::")[0]).name
        if file == Path(__file__).name:
            continue
        assert line.get("column") in names, f"{line['test']} lacks pytestmark = column(...)"
        assert file in files, f"{file} is named by no column of columns.py"


def test_every_cell_has_tests(collected: list[dict[str, Any]]) -> None:
    counts = Counter((line.get("row"), line.get("column")) for line in collected)
    for case in CASES:
        for column in COLUMNS:
            assert counts[case.name, column.name], f"{case}: nothing is asked of {column.name}"


def test_the_page_says_what_is_tested() -> None:
    assert legend() in PAGE.read_text(), AGAIN


def test_the_page_has_the_suite_s_rows_and_columns(rows: list[list[str]]) -> None:
    assert rows[0][1:] == [column.name for column in COLUMNS], AGAIN
    assert [row[0] for row in rows[1:]] == [case.title for case in CASES], AGAIN


def test_the_page_counts_the_suite_s_tests(
    rows: list[list[str]], collected: list[dict[str, Any]]
) -> None:
    counts = Counter((line.get("row"), line.get("column")) for line in collected)
    for case, row in zip(CASES, rows[1:], strict=True):
        for column, shown in zip(COLUMNS, row[1:], strict=True):
            total = sum(map(int, COUNTED.findall(shown)))
            assert total == counts[case.name, column.name], f"{case}, {column.name}: {AGAIN}"


def test_the_page_shows_no_failure(rows: list[list[str]]) -> None:
    assert not [shown for row in rows for shown in row if "failed" in shown or "no test" in shown]


def line(outcome: str, **others: Any) -> dict[str, Any]:
    """A test of the first row and column, as the plug-in writes it."""
    place = {"row": CASES[0].name, "column": COLUMNS[0].name}
    return {"test": "t", "outcome": outcome, "why": "", "notes": [], **place, **others}


def test_a_cell_tells_what_failed_and_why_others_were_not_run() -> None:
    away = line("skipped", why="not here: no QEMU")
    no = line("skipped", why="does not apply: it has no such thing")
    rows, notes = table({str(i): x for i, x in enumerate([line("failed"), away, no, no])})
    assert rows[1][1] == "1 failed, 1 not here, 2 not applicable [1] [2]"
    assert notes == ["not here: no QEMU", "does not apply: it has no such thing"]
    assert rows[1][2] == "no test"


def test_a_test_that_one_environment_lacks_is_taken_from_another(tmp_path: Path) -> None:
    outcomes = {"without": "skipped", "with": "passed"}
    for name, outcome in outcomes.items():
        (tmp_path / name).write_text(json.dumps(line(outcome)) + "\n")
    _, tests = read_results(tmp_path / name for name in outcomes)
    assert tests["t"]["outcome"] == "passed"
    away, no = (line("skipped", why=why) for why in ("not here: no PYNQ", "does not apply: so"))
    for name, skipped in zip(outcomes, (away, no), strict=True):
        (tmp_path / name).write_text(json.dumps(skipped) + "\n")
    _, tests = read_results(tmp_path / name for name in outcomes)
    assert tests["t"]["why"] == "does not apply: so"
    (tmp_path / "with").write_text(json.dumps({"test": "t", "outcome": "failed"}) + "\n")
    _, tests = read_results(tmp_path / name for name in outcomes)
    assert tests["t"]["outcome"] == "failed"


def test_a_page_without_its_marks_is_refused(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("# Another page\n")
    with pytest.raises(SystemExit, match="lacks the lines"):
        write_page(tmp_path / "page.md", "| made |")
    assert (tmp_path / "page.md").read_text() == "# Another page\n"


@pytest.mark.parametrize("outcome", ["passed", "failed"])
def test_a_run_that_is_not_whole_makes_no_page(tmp_path: Path, outcome: str) -> None:
    """One that failed, and one that lacks whole cells."""
    (tmp_path / "run.jsonl").write_text(json.dumps(line(outcome)) + "\n")
    page = tmp_path / "page.md"
    page.write_text(f"{BEGIN}\nkept\n{END}\n")
    command = [sys.executable, str(ROOT / "tools" / "conformance_table.py")]
    done = subprocess.run([*command, str(tmp_path / "run.jsonl"), "--page", str(page)], check=False)
    assert done.returncode == 1
    assert page.read_text() == f"{BEGIN}\nkept\n{END}\n"
