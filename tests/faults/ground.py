"""Real folders for the simulated disk."""

from __future__ import annotations

import shutil
from pathlib import Path

from edgesdk.store import Files
from tests.faults.scenarios import Scenario, check, open_store
from tests.faults.volume import Entry, LoggedFiles, Tree, write_tree


class Unsynced(Files):
    """Does not wait for the real disk: what it would lose is simulated."""

    def fsync(self, handle: int) -> None:
        pass

    def fsync_folder(self, path: Path) -> None:
        pass


class Ground:
    """A folder that holds one tree at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def lay(self, tree: Tree) -> Path:
        shutil.rmtree(self.folder, ignore_errors=True)
        write_tree(tree, self.folder)
        return self.folder


def logged(scenario: Scenario, folder: Path) -> tuple[list[Entry], int]:
    """The log of a scenario, and where the part to cut begins."""
    log: list[Entry] = []
    folder.mkdir()
    store = open_store(folder, LoggedFiles(folder, log))
    scenario.prepare(store)
    start = len(log)
    scenario.act(store)
    check(store, scenario, done=True)
    return log, start
