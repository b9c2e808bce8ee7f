"""A cut of power at every file operation: the worst case, and everything in between.

The seam logs what a change of the store does; each beginning of that log gives the trees that
could be found when the power returns. Each of them is put on the disk and must serve the old or
the new model whole, and take the next deploy.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.counting import Count
from tests.faults.ground import Ground, Unsynced, logged
from tests.faults.scenarios import NEXT, SCENARIOS, Scenario, check, open_store, recover
from tests.faults.volume import Tree, Volume, frozen


def trees(volume: Volume, seed: int) -> Iterable[Tree]:
    return [volume.visible(), volume.worst(), *volume.torn(seed)]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_every_cut_leaves_the_old_or_the_new_model(
    scenario: Scenario, scratch: Path, count: Count
) -> None:
    log, start = logged(scenario, scratch / "once")
    ground = Ground(scratch / "disk")
    seen, found = set(), set()
    for k in range(start, len(log) + 1):
        for tree in trees(Volume().replay(log[:k]), seed=k):
            key = (frozen(tree), k == len(log))
            if key in seen:
                continue
            seen.add(key)
            store = open_store(ground.lay(tree), Unsynced())
            if not store.trusted():  # the cut came before the first key: nothing to serve yet
                assert scenario.name == "first use"
            model = check(store, scenario, done=k == len(log))
            found.add(model)
            recover(store, NEXT)
    assert found == {scenario.old, scenario.new}
    cuts = len(log) - start + 1
    assert cuts >= 8
    count(f"power cut, {scenario}: cut points", cuts)
    count(f"power cut, {scenario}: different disks", len(seen))
