"""Reading a store while others change it, and what it tells of itself."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from edgesdk.bundle.signing import SigningKey
from edgesdk.errors import (
    DeviceUnavailable,
    EdgeError,
)
from edgesdk.store import ModelStore
from edgesdk.store.space import free_storage
from tests.store.samples import (
    NAME,
    deploy,
    sample,
    state,
)


def test_load_runs_again_when_the_model_is_replaced_meanwhile(installed: ModelStore) -> None:
    writer, seen = ModelStore(installed.root), []

    def loader(model) -> bytes:
        seen.append(model.manifest.version)
        if len(seen) == 1:  # both slots change while the first try is at work
            deploy(writer, sample(2))
            deploy(writer, sample(3))
        return model.path(model.manifest.parts[0]).read_bytes()

    assert installed.load(NAME, loader) == sample(3).contents["model.bin"]
    assert seen == ["1.0.0", "3.0.0"]


def test_load_passes_on_an_error_of_a_model_that_did_not_change(installed: ModelStore) -> None:
    calls = []

    def loader(model) -> None:
        calls.append(model)
        raise RuntimeError("the engine cannot read it")

    with pytest.raises(RuntimeError):
        installed.load(NAME, loader)
    assert len(calls) == 1


def test_load_gives_up_on_a_model_that_never_rests(installed: ModelStore) -> None:
    writer, majors = ModelStore(installed.root), iter(range(2, 200))
    with pytest.raises(EdgeError) as caught:
        installed.load(NAME, lambda model: deploy(writer, sample(next(majors))))
    assert caught.value.id == "EDGE-0555"


def test_the_state_file_is_as_the_specification_says(installed: ModelStore) -> None:
    document = json.loads(state(installed).read_bytes())
    assert set(document) == {"active", "checksum", "format", "previous", "security_counter"}
    specification = Path(__file__).parents[2] / "docs" / "store-format.md"
    assert state(installed).read_text() in specification.read_text()


def test_a_rotten_model_does_not_stop_the_others(installed: ModelStore) -> None:
    deploy(installed, sample(1, name="rain"))
    deploy(installed, sample(2, name="rain"))
    [slot] = [model.slot for model in installed.models() if model.name == NAME]
    (installed.root / "models" / NAME / slot / "manifest.json").write_bytes(b"{}")
    assert [bool(model.problem) for model in installed.models()] == [True, False]
    assert installed.rollback("rain").version == "1.0.0"
    deploy(installed, sample(2))  # the repair that the error advises
    assert [bool(model.problem) for model in installed.models()] == [False, False]


def test_a_forked_child_does_not_keep_the_lock(installed: ModelStore) -> None:
    installed.begin(sample(2).signed)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.read(reader, 1)
        os._exit(0)
    try:
        installed.revert()
        deploy(installed, sample(2))
    finally:
        os.write(writer, b"x")
        os.waitpid(child, 0)
        os.close(reader)
        os.close(writer)


def test_a_store_remembers_that_it_was_provisioned(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "store")
    key = SigningKey.from_seed(bytes(32)).public
    assert not store.provisioned
    store.trust(key)
    store.distrust(key)
    assert store.trusted() == ()
    assert store.provisioned
    store.trust(key)
    assert store.trusted() == (key,)


def test_how_much_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert free_storage(tmp_path / "deep" / "store") > 0

    def forbidden(path: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "exists", forbidden)
    with pytest.raises(DeviceUnavailable) as caught:
        free_storage(tmp_path / "theirs" / "store")
    assert caught.value.id == "EDGE-0503"
