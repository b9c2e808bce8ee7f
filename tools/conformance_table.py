"""The conformance table, from what runs of the suite have written: ``make conformance``.

Usage: conformance_table.py RESULTS... [--page FILE]. Prints the table, and writes it to the page,
between its marks. Several results are several environments: a test that was done in one of them
counts. Where a test failed, or a cell has none, it exits with 1 and leaves the page as it is.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.conformance.cases import CASES  # noqa: E402
from tests.conformance.columns import COLUMNS  # noqa: E402

BEGIN, END = "<!-- made by make conformance -->", "<!-- end of what is made -->"
NO_TEST = "no test"
# How the reasons of skipped tests begin, and what their cells say.
ELSEWHERE, NOT_APPLICABLE = "not here", "does not apply"
SAID = {"passed": "", NOT_APPLICABLE: " not applicable"}
# Of one test in two environments, the first of these counts.
COUNTS_FIRST = ("failed", "passed", NOT_APPLICABLE, ELSEWHERE)
Line = Mapping[str, Any]


def read_results(paths: Iterable[Path]) -> tuple[list[dict[str, str]], dict[str, Line]]:
    """The environments' versions, and the line of each test."""
    environments: list[dict[str, str]] = []
    tests: dict[str, Line] = {}
    for path in paths:
        for text in path.read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            if "versions" in line:
                if line["versions"] not in environments:
                    environments.append(line["versions"])
            elif "row" in line or line["outcome"] == "failed":
                both = tests.get(line["test"], line), line
                tests[line["test"]] = min(both, key=lambda one: COUNTS_FIRST.index(_kind(one)))
    return environments, tests


def _kind(line: Line) -> str:
    """``passed``, ``failed``, or why it was skipped, by how the reason begins."""
    outcome: str = line["outcome"]
    if outcome != "skipped":
        return outcome
    return NOT_APPLICABLE if line.get("why", "").startswith(NOT_APPLICABLE) else ELSEWHERE


class Notes:
    """What cells say below the table, each once, by a number."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def marks(self, texts: Iterable[str]) -> list[str]:
        """The numbers of texts, as a cell shows them."""
        own = list(texts)
        self.texts += [text for text in own if text not in self.texts]
        return [f"[{number}]" for number in sorted(self.texts.index(text) + 1 for text in own)]


def cell(lines: Sequence[Line], notes: Notes) -> str:
    """How many tests passed, failed, are elsewhere or do not apply, and why."""
    counts = {"failed": 0, "passed": 0, ELSEWHERE: 0, NOT_APPLICABLE: 0}
    texts: dict[str, None] = {}
    for line in lines:
        counts[_kind(line)] += 1
        if line["outcome"] == "skipped":
            texts[line.get("why", "")] = None
        texts.update(dict.fromkeys(line.get("notes", ())))
    said = [f"{number}{SAID.get(kind, f' {kind}')}" for kind, number in counts.items() if number]
    return " ".join([", ".join(said) or NO_TEST, *notes.marks(texts)])


def table(tests: Mapping[str, Line]) -> tuple[list[list[str]], list[str]]:
    """Rows of cells, the first one of headings; and the notes."""
    notes = Notes()
    rows = [["device", *(column.name for column in COLUMNS)]]
    for case in CASES:
        own = [line for line in tests.values() if line.get("row") == case.name]
        cells = [[x for x in own if x["column"] == column.name] for column in COLUMNS]
        rows.append([case.title, *(cell(lines, notes) for lines in cells)])
    return rows, notes.texts


def as_markdown(rows: Sequence[Sequence[str]]) -> str:
    """A table that reads as well on a terminal."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    rule = "| " + " | ".join("-" * width for width in widths) + " |"
    return "\n".join([lines[0], rule, *lines[1:]])


def legend() -> str:
    """What the columns are, each with the tests that it is made of."""
    lines = ["| column | what is tested |", "| --- | --- |"]
    for column in COLUMNS:
        where = f"[{column.name}](../tests/conformance/{column.file})"
        lines.append(f"| {where} | {column.about} |")
    return "\n".join(lines)


def page_part(environments: Sequence[Mapping[str, str]], tests: Mapping[str, Line]) -> str:
    """What stands between the page's marks."""
    rows, notes = table(tests)
    parts = [legend(), as_markdown(rows)]
    if notes:
        parts.append("\n".join(f"{n}. {text}" for n, text in enumerate(notes, 1)))
    for versions in environments:
        listed = ", ".join(f"{name} {number}" for name, number in versions.items())
        row = "PYNQ's row was run" if "pynq" in versions else "Run"
        parts.append(f"{row} with {listed}.")
    return "\n\n".join(parts)


def write_page(page: Path, made: str) -> None:
    """Put it between the marks of the page."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{page} lacks the lines that the tables stand between")
    page.write_text(f"{before}{BEGIN}\n\n{made}\n\n{END}{after}", encoding="utf-8")


def main() -> int:
    """See the file's own words."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", nargs="+", type=Path)
    parser.add_argument("--page", type=Path)
    chosen = parser.parse_args()
    environments, tests = read_results(path for path in chosen.results if path.exists())
    made = page_part(environments, tests)
    print(made)
    if any(line["outcome"] == "failed" for line in tests.values()) or NO_TEST in made:
        print("A test failed, or was not run: no page is written.", file=sys.stderr)
        return 1
    if chosen.page:
        write_page(chosen.page, made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
