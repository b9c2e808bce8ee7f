"""Rot, damage and junk in a store's folder are named, and stop nothing else."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest

from edgesdk.backend import InstalledModel
from edgesdk.errors import (
    ModelNotFound,
    VerificationMismatch,
)
from edgesdk.store import ModelStore
from tests.store.samples import (
    NAME,
    deploy,
    sample,
    serves,
    slot,
    state,
)


def test_every_bit_of_rot_in_a_state_file_is_noticed(installed: ModelStore) -> None:
    good = state(installed).read_bytes()
    for i in range(8 * len(good)):
        rotten = bytearray(good)
        rotten[i // 8] ^= 1 << i % 8
        state(installed).write_bytes(rotten)
        with pytest.raises(VerificationMismatch) as caught:
            installed.active(NAME)
        assert caught.value.id == "EDGE-0751"


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 4000, b"9" * 4000, b" " * 5000, b'{"active":{}}'],
)
def test_a_damaged_state_is_named_and_stops_nothing_else(
    installed: ModelStore, content: bytes
) -> None:
    deploy(installed, sample(1, name="rain"))
    state(installed).write_bytes(content)
    [rotten] = [model for model in installed.models() if model.problem]
    assert (rotten.name, rotten.version) == (NAME, "?")
    assert [model.name for model in installed.models() if not model.problem] == ["rain"]
    for act in (
        lambda: installed.active(NAME),
        lambda: installed.rollback(NAME),
        lambda: installed.begin(sample(2).signed),
    ):
        with pytest.raises(VerificationMismatch) as caught:
            act()
        assert caught.value.id == "EDGE-0751"
        assert str(state(installed)) in caught.value.evidence
        assert str(state(installed).parent) in caught.value.next_step
    deploy(installed, sample(2, name="rain"))
    assert serves(installed, sample(2, name="rain"))
    for path in sorted(state(installed).parent.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()  # the next step that the error names
    deploy(installed, sample(2))
    assert serves(installed, sample(2))


@pytest.mark.parametrize(
    "change",
    [
        {"active": None, "previous": "a"},
        {"active": "a", "previous": "a"},
        {"active": "c"},
        {"active": 1},
        {"active": []},
        {"security_counter": -1},
        {"security_counter": 2**32},
        {"security_counter": True},
        {"security_counter": 1.0},
    ],
    ids=str,
)
def test_a_state_that_cannot_be_is_refused_even_with_its_checksum(
    installed: ModelStore, change: dict[str, object]
) -> None:
    from edgesdk.store.state import State

    fields = {"active": "a", "previous": None, "security_counter": 1, **change}
    state(installed).write_bytes(State(**fields).encode())  # type: ignore[arg-type]
    with pytest.raises(VerificationMismatch) as caught:
        installed.active(NAME)
    assert caught.value.id == "EDGE-0751"


def damages(folder: Path) -> dict[str, object]:
    model, manifest, signature = (
        folder / n for n in ("model.bin", "manifest.json", "manifest.sig")
    )
    flipped = bytes([manifest.read_bytes()[0] ^ 1]) + manifest.read_bytes()[1:]
    return {
        "part gone": model.unlink,
        "part short": lambda: os.truncate(model, 299),
        "part long": lambda: os.truncate(model, 301),
        "part changed": lambda: model.write_bytes(bytes(300)),
        "manifest gone": manifest.unlink,
        "manifest changed": lambda: manifest.write_bytes(flipped),
        "manifest huge": lambda: manifest.write_bytes(bytes(70_000)),
        "manifest empty": lambda: manifest.write_bytes(b""),
        "signature gone": signature.unlink,
        "signature changed": lambda: signature.write_bytes(bytes(96)),
        "signature short": lambda: signature.write_bytes(signature.read_bytes()[:95]),
    }


@pytest.mark.parametrize("number", range(11))
def test_a_damaged_model_is_not_served_and_can_be_rolled_back(
    installed: ModelStore, number: int
) -> None:
    deploy(installed, sample(2))
    damage = list(damages(slot(installed)).values())[number]
    damage()  # type: ignore[operator]
    with pytest.raises(VerificationMismatch) as caught:
        installed.active(NAME)
    assert caught.value.id == "EDGE-0752"
    assert str(installed.root) in caught.value.evidence
    assert installed.rollback(NAME).version == "1.0.0"
    assert serves(installed, sample(1))
    deploy(installed, sample(3))
    assert serves(installed, sample(3))


def test_a_damaged_model_can_be_replaced(installed: ModelStore) -> None:
    (slot(installed) / "manifest.json").write_bytes(b"")
    deploy(installed, sample(2))
    assert serves(installed, sample(2))


def test_a_rotten_previous_model_is_not_returned_to(installed: ModelStore) -> None:
    old = slot(installed)
    deploy(installed, sample(2))
    (old / "golden.npz").write_bytes(bytes(301))
    with pytest.raises(VerificationMismatch):
        installed.rollback(NAME)
    (old / "manifest.json").write_bytes(b"{}")
    assert installed.models() == (InstalledModel(NAME, "2.0.0", 1, "b", None),)
    assert serves(installed, sample(2))


def test_an_older_signed_model_put_into_the_slot_is_refused(store: ModelStore) -> None:
    deploy(store, sample(1, counter=1))
    deploy(store, sample(2, counter=2))
    new = slot(store)
    for path in (store.root / "models" / NAME / "a").iterdir():
        (new / path.name).write_bytes(path.read_bytes())
    with pytest.raises(VerificationMismatch) as caught:
        store.active(NAME)
    assert "older" in caught.value.evidence


def test_a_model_of_another_name_put_into_the_slot_is_refused(installed: ModelStore) -> None:
    deploy(installed, sample(1, name="rain"))
    own = slot(installed)
    for path in (installed.root / "models" / "rain" / "a").iterdir():
        (own / path.name).write_bytes(path.read_bytes())
    with pytest.raises(VerificationMismatch) as caught:
        installed.active(NAME)
    assert "'rain'" in caught.value.evidence


def test_verify_false_reads_sizes_only_and_read_checks_the_rest(installed: ModelStore) -> None:
    part = sample(1).manifest.parts[0]
    (slot(installed) / part.name).write_bytes(bytes(part.size))
    model = installed.active(NAME, verify=False)
    with pytest.raises(VerificationMismatch) as caught:
        model.read(part)
    assert caught.value.id == "EDGE-0752"
    model.path(part).unlink()
    with pytest.raises(VerificationMismatch):
        model.read(part)


@pytest.mark.parametrize(
    ("where", "kind"),
    [
        *itertools.product(["part", "manifest", "state", "lock"], ["symlink", "fifo", "folder"]),
        *itertools.product(["slot", "model"], ["symlink", "fifo"]),
    ],
)
def test_what_is_no_plain_file_or_folder_is_refused(
    installed: ModelStore, tmp_path: Path, kind: str, where: str
) -> None:
    folder = slot(installed)
    path = {
        "part": folder / "model.bin",
        "manifest": folder / "manifest.json",
        "state": state(installed),
        "lock": installed.root / "lock",
        "slot": folder,
        "model": folder.parent,
    }[where]
    path.rename(tmp_path / "moved")
    {
        "symlink": lambda: path.symlink_to(tmp_path / "moved"),
        "fifo": lambda: os.mkfifo(path),
        "folder": path.mkdir,
    }[kind]()
    with pytest.raises(VerificationMismatch) as caught:
        installed.active(NAME)
        deploy(installed, sample(2))
    assert caught.value.id == "EDGE-0750"
    assert str(path) in caught.value.evidence


def test_junk_of_a_dead_deploy_is_invisible_and_removed_by_the_next(installed: ModelStore) -> None:
    folder = state(installed).parent
    (folder / "b").mkdir()
    (folder / "b" / "model.bin").write_bytes(b"half")
    (folder / "b" / "link").symlink_to("/")
    (folder / "state.json.tmp").write_bytes(b"{")
    ghost = installed.root / "models" / "ghost"
    (ghost / "a").mkdir(parents=True)
    (installed.root / "trusted" / "0.pub.tmp").write_bytes(b"")
    assert [row.name for row in installed.models()] == [NAME]
    with pytest.raises(ModelNotFound):
        installed.active("ghost")
    assert serves(installed, sample(1))
    deploy(installed, sample(1, name="rain"))
    assert {p.name for p in folder.iterdir()} == {"state.json", "a"}
    assert not ghost.exists()
    assert not list(installed.root.rglob("*.tmp"))


def test_a_folder_where_a_slot_has_files_is_not_removed(installed: ModelStore) -> None:
    mine = state(installed).parent / "b" / "mine"
    mine.mkdir(parents=True)
    with pytest.raises(VerificationMismatch) as caught:
        deploy(installed, sample(2))
    assert caught.value.id == "EDGE-0750"
    assert mine.is_dir()
    deploy(installed, sample(1, name="rain"))  # another model is not kept from working
    assert serves(installed, sample(1))
