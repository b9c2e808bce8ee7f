"""Writes what each test of the suite came to, as lines of JSON, for ``tools/conformance_table.py``.

A plug-in of pytest: ``-p conformance_results --conformance FILE``, with this folder in PYTHONPATH.
With ``--collect-only`` it writes which tests there are. It may run with pytest-xdist: reports come
to the process that leads, and what a line needs travels in them.
"""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest

PACKAGES = ["edgesdk", "numpy", "onnxruntime", "ai-edge-litert", "unicorn", "pynq"]
PROGRAMS = {"qemu-system-arm": "--version", "verilator": "--version", "c++": "--version"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where to write."""
    parser.addoption("--conformance", metavar="FILE", help="write the suite's results there")


def pytest_configure(config: pytest.Config) -> None:
    """Workers of pytest-xdist have nothing to write."""
    path = config.getoption("--conformance")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Results(Path(path).resolve()))


class Results:
    """One line for the environment, and one for each test once it is done."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._parts: dict[str, list[pytest.TestReport]] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        self._write({"versions": versions()})

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Tests that will not be run are written as they are found."""
        if session.config.getoption("collectonly"):
            for item in session.items:
                self._write({"test": item.nodeid, **dict(item.user_properties), "outcome": ""})

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test has three parts, and is what the worst of them is."""
        parts = self._parts.setdefault(report.nodeid, [])
        parts.append(report)
        if report.when == "teardown":
            self._write(summed_up(self._parts.pop(report.nodeid)))

    def pytest_sessionfinish(self) -> None:
        """A test that was never done killed its process."""
        for node in self._parts:
            self._write({"test": node, "outcome": "failed", "why": "it did not come to its end"})

    def _write(self, line: dict[str, Any]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def summed_up(parts: list[pytest.TestReport]) -> dict[str, Any]:
    """The line of a test: row and column are among its properties, and so are its notes."""
    outcomes = [part.outcome for part in parts]
    outcome = next((o for o in ("failed", "skipped") if o in outcomes), "passed")
    why = ""
    for part in parts:
        if part.skipped and isinstance(part.longrepr, tuple):
            why = part.longrepr[2].removeprefix("Skipped: ")
    properties = parts[-1].user_properties
    notes = [text for key, text in properties if key == "note"]
    named = {key: value for key, value in properties if key in ("row", "column")}
    line = {"test": parts[0].nodeid, **named, "outcome": outcome, "why": why}
    return {**line, "notes": notes}


def versions() -> dict[str, str]:
    """Of this environment's engines, by name; what is absent is left out."""
    found = {
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    for program, option in PROGRAMS.items():
        if shutil.which(program):
            said = subprocess.run([program, option], capture_output=True, text=True, check=False)
            number = re.search(r"\d+\.\d+(\.\d+)?", said.stdout)
            found[program] = number[0] if number else "of an unknown version"
    return found
