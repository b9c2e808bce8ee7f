"""Does the built design stay within the budget of the part?

    python3 check_utilization.py OUT/utilization.rpt [--budget budget.toml]

Reads the tables of Vivado's ``report_utilization`` and compares each resource with its share of the
K26. Needs nothing but Python: it runs beside Vivado.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

BUDGET = Path(__file__).resolve().parent / "budget.toml"
# | CLB LUTs | 81234 | 0 | 0 | 117120 | 69.36 |  - releases differ in how many columns lie between
ROW = re.compile(
    r"^\|\s*([A-Za-z][\w /]*?)\*?\s*\|\s*([\d.]+)\s*\|(?:[^|\n]*\|)*?"
    r"\s*([\d.]+)\s*\|[^|\n]*\|\s*$"
)
ENTRY = re.compile(r'^"([^"]+)"\s*=\s*\{\s*total\s*=\s*(\d+),\s*share\s*=\s*([\d.]+)\s*\}')


def budget(text: str) -> dict[str, tuple[int, float]]:
    """Resource -> how many the part has, and the share of them that the design may take.

    Reads the one kind of line that the file has: a Python of 3.10 has no reader of TOML.
    """
    found = {}
    for line in text.splitlines():
        entry = ENTRY.match(line)
        if entry:
            found[entry[1]] = (int(entry[2]), float(entry[3]))
        elif line.strip() and not line.startswith("#"):
            raise SystemExit(f"not a line of a budget: {line}")
    return found


def used(report: str) -> dict[str, tuple[float, float]]:
    """Resource -> how many are used, and how many there are, by its first row in the report."""
    found: dict[str, tuple[float, float]] = {}
    for line in report.splitlines():
        row = ROW.match(line)
        if row:
            found.setdefault(row[1].strip(), (float(row[2]), float(row[3])))
    return found


def compare(report: str, limits: dict[str, tuple[int, float]]) -> tuple[list[str], list[str]]:
    """A line for each resource, and what is wrong."""
    table, wrong = [], []
    found = used(report)
    for name, (total, share) in limits.items():
        if name not in found:
            wrong.append(f"{name}: not in the report")
            continue
        count, available = found[name]
        table.append(
            f"{name:<16} {count:>9.10g} of {total:>7} {100 * count / total:6.1f} %"
            f"  (at most {100 * share:.0f} %)"
        )
        if available != total:
            wrong.append(f"{name}: the report is of a part with {available:g}, not {total}")
        elif count > share * total:
            wrong.append(f"{name}: {count:g} is more than {share * total:g}")
    return table, wrong


def main() -> None:
    """Print the table; fail where a resource is above its budget."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("report", type=Path)
    parser.add_argument("--budget", type=Path, default=BUDGET)
    chosen = parser.parse_args()
    try:
        report = chosen.report.read_text(errors="replace")
    except OSError as error:
        sys.exit(f"{chosen.report} cannot be read: {error.strerror}")
    table, wrong = compare(report, budget(chosen.budget.read_text()))
    print("\n".join(table))
    if wrong:
        sys.exit("\n".join(["above the budget:", *wrong]))


if __name__ == "__main__":
    main()
