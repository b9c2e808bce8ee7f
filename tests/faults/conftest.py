"""Counts of cut points: recorded by the tests, printed at the end of the run."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.fixture
def count(record_property: Callable[[str, object], None]) -> Callable[[str, int], None]:
    """Note a count under a name; the run prints all of them."""

    def note(name: str, number: int) -> None:
        record_property(f"count:{name}", number)

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = terminalreporter.getreports("passed")
    counts = [
        (name.removeprefix("count:"), number)
        for report in reports
        for name, number in report.user_properties
        if name.startswith("count:") and report.when == "call"
    ]
    if counts:
        terminalreporter.section("faults")
        for name, number in counts:
            terminalreporter.write_line(f"{number:>8}  {name}")
        terminalreporter.write_line(f"{sum(n for _, n in counts):>8}  in all")
