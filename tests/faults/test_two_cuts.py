"""Two cuts in a row: in an upgrade, and then at every operation of the deploy that recovers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.counting import Count
from tests.faults.ground import Ground, Unsynced, logged
from tests.faults.scenarios import (
    AFTER_NEXT,
    NEXT,
    SCENARIOS,
    Scenario,
    check,
    open_store,
    recover,
    served,
)
from tests.faults.volume import Entry, LoggedFiles, Tree, Volume, frozen
from tests.store.samples import deploy

Make = Callable[[], Volume]
Trees = Callable[[Volume, int], list[Tree]]

CUT_TWICE = [s for s in SCENARIOS if s.name in {"first install", "upgrade", "rollback", "remove"}]


def firsts(log: list[Entry], start: int) -> Iterator[tuple[str, Make]]:
    """The disk after the first cut, different ones only.

    After a kill what was not synced is visible but still unsafe; after a cut of power it is gone.
    """
    seen = set()
    for k in range(start, len(log) + 1):
        yield "kill", lambda k=k: Volume().replay(log[:k])
        tree = Volume().replay(log[:k]).worst()
        if frozen(tree) not in seen:
            seen.add(frozen(tree))
            yield "power", lambda tree=tree: Volume(tree)


def some(volume: Volume, seed: int) -> list[Tree]:
    return [volume.worst(), volume.visible(), *volume.torn(seed, most=3)]


def everything(volume: Volume, seed: int) -> list[Tree]:
    return [volume.worst(), volume.visible(), *volume.torn(seed)]


def cut_twice(scenario: Scenario, folder: Path, trees: Trees, count: Count) -> None:
    log, start = logged(scenario, folder / "once")
    ground = Ground(folder / "disk")
    pairs, seen = 0, set()
    for number, (kind, make) in enumerate(firsts(log, start)):
        store = open_store(ground.lay(make().visible()), Unsynced())
        old = check(store, scenario, done=False)
        again: list[Entry] = []
        deploy(open_store(ground.folder, LoggedFiles(ground.folder, again)), NEXT)
        for k in range(len(again) + 1):
            pairs += 1
            # A power cut after a kill may undo what the kill left: old is then one of the two.
            before = [scenario.old, scenario.new] if kind == "kill" else [old]
            if k == len(again):
                before = []
            for tree in trees(make().replay(again[:k]), number * 1000 + k):
                key = (frozen(tree), frozenset(map(id, before)))
                if key in seen:
                    continue
                seen.add(key)
                store = open_store(ground.lay(tree), Unsynced())
                served(store, [*before, NEXT])
                recover(store, AFTER_NEXT)
    assert pairs >= 300
    count(f"two cuts, {scenario}: pairs of cut points", pairs)
    count(f"two cuts, {scenario}: different disks", len(seen))


@pytest.mark.parametrize("scenario", CUT_TWICE, ids=str)
def test_every_pair_of_cuts_leaves_a_whole_model(
    scenario: Scenario, scratch: Path, count: Count
) -> None:
    cut_twice(scenario, scratch, some, count)


@pytest.mark.long
@pytest.mark.parametrize("scenario", CUT_TWICE, ids=str)
def test_every_pair_of_torn_cuts_leaves_a_whole_model(
    scenario: Scenario, scratch: Path, count: Count
) -> None:
    cut_twice(scenario, scratch, everything, count)
