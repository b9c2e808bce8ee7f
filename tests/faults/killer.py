"""Kills a process for real, with SIGKILL, at every file operation of a scenario.

``python -m tests.faults.killer <folder>`` forks a child for each operation, which dies before it,
and another, which dies in the middle of it where it is a write. After each the store is checked
and takes the next deploy. Prints one line of JSON for each scenario: its name and the kills.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from edgesdk.store import MUTATIONS
from tests.faults.ground import Unsynced
from tests.faults.scenarios import NEXT, SCENARIOS, Scenario, check, open_store, recover


class Stepping(Unsynced):
    """Notes the name of each changing operation before it is done."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        return partial(self.step, name, found) if name in MUTATIONS else found

    def step(self, name: str, operation: Callable[..., Any], *arguments: Any) -> Any:
        self.steps.append(name)
        return operation(*arguments)


class Suicidal(Stepping):
    """Dies before operation number ``at``, or in the middle of it when it is a write."""

    def __init__(self, at: int, *, halfway: bool) -> None:
        super().__init__()
        self.at = at
        self.halfway = halfway

    def step(self, name: str, operation: Callable[..., Any], *arguments: Any) -> Any:
        if len(self.steps) == self.at:
            if self.halfway:
                operation(arguments[0], arguments[1][: len(arguments[1]) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        return super().step(name, operation, *arguments)


def kill(scenario: Scenario, folder: Path, at: int, *, halfway: bool) -> None:
    """Run a scenario in a child that dies at an operation."""
    child = os.fork()
    if child == 0:
        try:
            scenario.act(open_store(folder, Suicidal(at, halfway=halfway)))
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, (scenario.name, at)


def kill_everywhere(scenario: Scenario, folder: Path) -> int:
    """Kill at each operation, and in the middle of each write; returns the kills."""
    ready, work = folder / "ready", folder / "work"
    ready.mkdir(parents=True)
    scenario.prepare(open_store(ready, Unsynced()))
    shutil.copytree(ready, work)
    whole = Stepping()
    scenario.act(open_store(work, whole))
    cuts = [(at, False) for at in range(len(whole.steps))]
    cuts += [(at, True) for at, name in enumerate(whole.steps) if name == "write"]
    for at, halfway in cuts:
        shutil.rmtree(work)
        shutil.copytree(ready, work)
        kill(scenario, work, at, halfway=halfway)
        store = open_store(work, Unsynced())
        check(store, scenario, done=False)
        recover(store, NEXT)
    return len(cuts)


if __name__ == "__main__":
    for each in SCENARIOS:
        kills = kill_everywhere(each, Path(sys.argv[1]) / each.name)
        print(json.dumps({"scenario": each.name, "kills": kills}), flush=True)
