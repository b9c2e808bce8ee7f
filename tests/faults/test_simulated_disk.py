"""The simulated disk must be able to fail: without its syncs the store does not survive it."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgesdk.errors import EdgeError
from tests.faults.ground import Ground, Unsynced, logged
from tests.faults.scenarios import NEXT, SCENARIOS, check, open_store, recover
from tests.faults.volume import Entry, Volume, write_tree

HIGHER = next(s for s in SCENARIOS if s.name == "higher counter")
FIRST = next(s for s in SCENARIOS if s.name == "first install")


def survives(log: list[Entry], start: int, ground: Ground, scenario=HIGHER) -> bool:
    try:
        for k in range(start, len(log) + 1):
            store = open_store(ground.lay(Volume().replay(log[:k]).worst()), Unsynced())
            check(store, scenario, done=k == len(log))
            recover(store, NEXT)
    except (AssertionError, EdgeError):
        return False
    return True


@pytest.mark.parametrize("kind", ["fsync", "fsync_folder"])
@pytest.mark.parametrize("scenario", [HIGHER, FIRST], ids=str)
def test_a_store_that_did_not_sync_would_be_caught(kind: str, scenario, scratch: Path) -> None:
    log, start = logged(scenario, scratch / "once")
    ground = Ground(scratch / "disk")
    assert survives(log, start, ground, scenario)
    careless = log[:start] + [entry for entry in log[start:] if entry[0] != kind]
    assert not survives(careless, start, ground, scenario)


def test_only_what_was_synced_survives_the_worst_cut(scratch: Path) -> None:
    write_tree({"before": b"old"}, scratch / "real")
    log: list[Entry] = [
        ("open_new", (("new",), 0)),
        ("write", (0, b"one")),
        ("fsync", (0,)),
        ("write", (0, b"two")),
    ]
    volume = Volume({"before": b"old"}).replay(log)
    assert volume.worst() == {"before": b"old"}
    assert volume.visible() == {"before": b"old", "new": b"onetwo"}
    volume.replay([("fsync_folder", ((),))])
    assert volume.worst() == {"before": b"old", "new": b"one"}
    torn = [tree["new"] for tree in volume.torn(0)]
    assert {b"one", b"onet", b"onetw", b"onetwo", b"one\0\0\0"} < set(torn)
    volume.replay([("rename", (("new",), ("before",)))])
    assert volume.visible() == {"before": b"onetwo"}
    assert volume.worst() == {"before": b"old", "new": b"one"}
