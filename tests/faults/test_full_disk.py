"""A disk that fills up, fails, or may not be written, at every operation of an upgrade."""

from __future__ import annotations

import errno
import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edgesdk.errors import DeviceUnavailable, DoesNotFit, EdgeError
from edgesdk.store import MUTATIONS
from tests.faults.ground import Unsynced
from tests.faults.killer import Stepping
from tests.faults.scenarios import NEXT, V1, V2, open_store, recover, served
from tests.store.samples import KEY, deploy, fill, serves

SPAWN = multiprocessing.get_context("spawn")
# What a full disk refuses: all that needs new space. Lock and removal still work.
NEEDS_SPACE = {"open_new", "write", "mkdir", "fsync", "rename", "fsync_folder"}

EVERYTHING = set(MUTATIONS)


class Failing(Stepping):
    """Every operation of ``kinds`` fails from number ``at`` on; a write first takes one byte."""

    def __init__(self, at: int, code: int, kinds: set[str]) -> None:
        super().__init__()
        self.at, self.code, self.kinds = at, code, kinds

    def step(self, name: str, operation: Callable[..., Any], *arguments: Any) -> Any:
        if len(self.steps) >= self.at and name in self.kinds:
            if name == "write":
                operation(arguments[0], arguments[1][:1])
            raise OSError(self.code, os.strerror(self.code), "injected")
        return super().step(name, operation, *arguments)


@pytest.fixture
def root(scratch: Path) -> Path:
    store = open_store(scratch, Unsynced())
    store.trust(KEY.public)
    deploy(store, V1)
    return scratch


def steps_of_an_upgrade(root: Path, tmp: Path) -> list[str]:
    shutil.copytree(root, tmp / "whole")
    whole = Stepping()
    deploy(open_store(tmp / "whole", whole), V2)
    return whole.steps


@pytest.mark.parametrize(
    ("code", "kinds", "error", "id"),
    [
        (errno.ENOSPC, NEEDS_SPACE, DoesNotFit, "EDGE-0951"),
        (errno.EDQUOT, NEEDS_SPACE, DoesNotFit, "EDGE-0951"),
        (errno.EFBIG, {"write"}, DoesNotFit, "EDGE-0951"),  # the largest file that is allowed
        (
            errno.EROFS,
            EVERYTHING,
            DeviceUnavailable,
            "EDGE-0503",
        ),
        (
            errno.EIO,
            EVERYTHING,
            DeviceUnavailable,
            "EDGE-0554",
        ),
    ],
    ids=["full", "quota", "largest file", "read-only", "broken"],
)
def test_the_old_model_answers_whatever_the_disk_refuses(
    root: Path,
    scratch: Path,
    code: int,
    kinds: set[str],
    error: type[EdgeError],
    id: str,
    count,
) -> None:
    names = steps_of_an_upgrade(root, scratch / "x")
    work, failures = scratch / "work", 0
    for at in range(len(names)):
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(root / "store", work / "store")
        files = Failing(at, code, kinds)
        if not kinds.intersection(names[at:]):
            break
        failures += 1
        with pytest.raises(error) as caught:
            deploy(open_store(work, files), V2)
        assert caught.value.id == id and caught.value.next_step
        store = open_store(work, Unsynced())
        # Only when the very last sync fails has the new model's state its name already.
        assert served(store, [V1, V2]) is (V2 if at == len(names) - 1 else V1)
        recover(store, NEXT)
    assert failures >= 20
    count(f"{errno.errorcode[code]} from each operation on", failures)


def test_what_a_full_disk_interrupts_is_cleared_at_once(root: Path) -> None:
    files = Failing(15, errno.ENOSPC, {"open_new", "write", "mkdir"})
    with pytest.raises(DoesNotFit):
        deploy(open_store(root, files), V2)
    assert {p.name for p in (root / "store/models/clock").iterdir()} == {"state.json", "a"}


def test_a_model_that_cannot_fit_is_refused_before_anything_is_removed(root: Path) -> None:
    class Small(Unsynced):
        def free(self, path: Path) -> int:
            return 1_000_000

    store = open_store(root, Unsynced())
    deploy(store, V2)
    with pytest.raises(DoesNotFit) as caught:
        open_store(root, Small()).begin(NEXT.signed)
    assert caught.value.id == "EDGE-0950"
    assert "1,0" in caught.value.evidence
    assert store.rollback("clock").version == V1.version
    assert serves(store, V1)


@pytest.fixture
def read_only_store() -> Iterator[Path]:
    """A store that this test's user may read and not write; in no folder of root's own."""
    folder = Path(tempfile.mkdtemp())
    store = open_store(folder)
    store.trust(KEY.public)
    deploy(store, V1)
    folders = [folder, *(p for p in folder.rglob("*") if p.is_dir())]
    for path in folders:
        path.chmod(0o555)
    (folder / "store/lock").chmod(0o444)
    yield folder
    for path in folders:
        path.chmod(0o755)
    shutil.rmtree(folder)


def test_a_read_only_store_can_be_read_and_says_that_it_cannot_be_changed(
    read_only_store: Path,
) -> None:
    child = SPAWN.Process(target=read_and_be_refused, args=(read_only_store,))
    child.start()
    child.join(60)
    assert child.exitcode == 0


def read_and_be_refused(folder: Path) -> None:
    if os.geteuid() == 0:  # root may write anywhere
        os.setgid(65534)
        os.setuid(65534)
    store = open_store(folder)
    changes = [
        lambda: fill(store, V2),
        lambda: store.rollback("clock"),
        lambda: store.remove("clock"),
        lambda: store.trust(bytes(32)),
        lambda: store.distrust(KEY.public),
    ]
    refused = []
    for change in changes:
        try:
            change()
        except EdgeError as error:
            refused.append(error.id)
    assert serves(store, V1)
    assert refused == ["EDGE-0503"] * len(changes)
