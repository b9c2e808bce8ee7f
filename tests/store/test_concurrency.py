"""Two deploys at once, and readers while deploys go on: in processes of their own."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import textwrap
import time
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path

import pytest

from edgesdk.errors import DeviceUnavailable, EdgeError
from edgesdk.store import ModelStore
from tests.faults.ground import Unsynced
from tests.store.samples import KEY, NAME, deploy, fill, sample, serves

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    store = ModelStore(tmp_path / "store", Unsynced())
    store.trust(KEY.public)
    deploy(store, sample(1))
    return store


def test_a_second_deploy_is_refused_and_names_the_first(store: ModelStore) -> None:
    fill(store, sample(2))
    second = ModelStore(store.root)
    with pytest.raises(DeviceUnavailable) as caught:
        second.begin(sample(3).signed)
    assert caught.value.id == "EDGE-0502"
    assert f"process {os.getpid()}" in caught.value.what
    second.revert()  # takes nothing away from the first
    store.confirm()
    assert serves(second, sample(2))
    deploy(second, sample(3))


def hold(root: Path, ready: Event) -> None:
    fill(ModelStore(root), sample(2))
    ready.set()
    time.sleep(600)


def test_a_deploy_in_another_process_holds_the_store_until_it_dies(store: ModelStore) -> None:
    ready = SPAWN.Event()
    other = SPAWN.Process(target=hold, args=(store.root, ready))
    other.start()
    assert ready.wait(60)
    for change in (
        lambda: deploy(store, sample(3)),
        lambda: store.trust(bytes(32)),
        lambda: store.distrust(KEY.public),
        lambda: store.remove(NAME),
    ):
        with pytest.raises(DeviceUnavailable) as caught:
            change()
        assert caught.value.id == "EDGE-0502"
        assert f"process {other.pid}" in caught.value.what
    assert serves(store, sample(1))
    other.kill()
    other.join()
    deploy(store, sample(3))
    assert serves(store, sample(3))


def contend(root: Path, first: int, start: Barrier) -> None:
    """Deploy fifteen versions, trying each again while the other process has the store."""
    store, left = ModelStore(root, Unsynced()), list(range(first, first + 15))
    start.wait(60)
    while left:
        try:
            deploy(store, sample(left[0]))
            left.pop(0)
        except EdgeError as error:
            assert error.id == "EDGE-0502", error
        time.sleep(0.001)  # the lock does not queue


def test_processes_that_deploy_at_once_take_turns(store: ModelStore) -> None:
    start = SPAWN.Barrier(2)
    racers = [SPAWN.Process(target=contend, args=(store.root, 10 + 40 * i, start)) for i in (0, 1)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(120)
        assert racer.exitcode == 0
    major = int(store.models()[0].version.split(".")[0])
    assert serves(store, sample(major))


def deploy_on(root: Path, stop: Event, queue: multiprocessing.Queue) -> None:
    store, major = ModelStore(root, Unsynced()), 1
    while not stop.is_set():
        major = major % 200 + 1
        deploy(store, sample(major, size=20_000))
        if major % 5 == 0:
            store.rollback(NAME)
    queue.put(major)


def test_a_reader_sees_one_whole_model_while_deploys_go_on(store: ModelStore) -> None:
    stop, queue = SPAWN.Event(), SPAWN.Queue()
    writer = SPAWN.Process(target=deploy_on, args=(store.root, stop, queue))
    writer.start()
    versions, reads = set(), 0
    deadline = time.monotonic() + 120
    while (reads < 300 or len(versions) < 20) and time.monotonic() < deadline:
        # By path, the way an engine opens its file.
        parts = store.load(
            NAME,
            lambda model: (
                model.manifest.version,
                {p.name: model.path(p).read_bytes() for p in model.manifest.parts},
            ),
            verify=reads % 2 == 0,
        )
        (row,) = store.models()
        assert row.name == NAME
        major = int(parts[0].split(".")[0])
        size = 300 if len(parts[1]["model.bin"]) == 300 else 20_000
        assert parts[1] == sample(major, size=size).contents
        versions.add(parts[0])
        reads += 1
    stop.set()
    queue.get(timeout=60)
    writer.join()
    assert writer.exitcode == 0
    assert reads >= 300 and len(versions) >= 20


def test_every_change_goes_through_the_seam(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import os, sys
        from pathlib import Path
        from edgesdk.store import MUTATIONS, Files, ModelStore
        from tests.store.samples import KEY, OTHER_KEY, NAME, deploy, fill, sample

        root, inside, seen, wrong = Path(sys.argv[1]), [0], [], []

        def guarded(name):
            method = getattr(Files, name)
            def call(self, *arguments):
                inside[0] += 1
                try:
                    return method(self, *arguments)
                finally:
                    inside[0] -= 1
            return call

        Watched = type("Watched", (Files,), {name: guarded(name) for name in MUTATIONS})
        CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink",
                   "os.truncate", "os.chmod", "os.chown", "os.utime", "shutil.")
        WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

        def hook(event, arguments):
            path = arguments[0] if arguments else None
            if isinstance(path, (str, bytes, os.PathLike)):
                below = os.fsdecode(path).startswith(str(root))
            else:
                below = event == "os.truncate"
            changes = event.startswith(CHANGES) or (event == "open" and arguments[2] & WRITING)
            if below and changes:
                (seen if inside[0] else wrong).append((event, path))

        sys.addaudithook(hook)
        store = ModelStore(root, Watched())
        store.trust(KEY.public); store.trust(OTHER_KEY.public); store.distrust(OTHER_KEY.public)
        for major in (1, 2, 3):
            deploy(store, sample(major))
        store.rollback(NAME); fill(store, sample(4)); store.revert()
        store.models(); store.active(NAME)
        store.remove(NAME)
        assert not wrong, wrong
        assert {event for event, _ in seen} == {
            "open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate"
        }, seen
        (root / "lock").write_bytes(b"")  # the hook does see what goes another way
        assert [event for event, _ in wrong] == ["open"], wrong
        print(len(seen))
        """
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, str(tmp_path / "store")],
        check=False,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 60
