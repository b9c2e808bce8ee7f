"""The store's promises, one by one."""

from __future__ import annotations

import errno
import itertools
import json
import os
from io import BytesIO
from pathlib import Path

import pytest

from edgesdk.backend import InstalledModel
from edgesdk.bundle import SignedManifest, read_bundle, write_bundle
from edgesdk.bundle.signing import SigningKey
from edgesdk.errors import (
    DeviceUnavailable,
    DowngradeRefused,
    EdgeError,
    ModelNotFound,
    SignatureRefused,
    UsageError,
    VerificationMismatch,
)
from edgesdk.free_space import free_storage
from edgesdk.store import ModelStore
from tests.store.samples import KEY, NAME, OTHER_KEY, deploy, fill, sample, serves, silent


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    store = ModelStore(tmp_path / "store")
    store.trust(KEY.public)
    return store


@pytest.fixture
def installed(store: ModelStore) -> ModelStore:
    deploy(store, sample(1))
    return store


def slot(store: ModelStore) -> Path:
    return store.active(NAME, verify=False).folder


def state(store: ModelStore) -> Path:
    return store.root / "models" / NAME / "state.json"


def test_reading_a_store_that_does_not_exist_creates_nothing(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "deep" / "store")
    assert store.models() == ()
    assert store.trusted() == ()
    for act in (store.active, store.rollback, store.remove):
        with pytest.raises(ModelNotFound):
            act(NAME)
    with pytest.raises(UsageError):
        store.distrust(KEY.public)
    with pytest.raises(SignatureRefused):
        store.begin(sample(1).signed)
    assert list(tmp_path.iterdir()) == []


def test_models_alternate_between_two_slots(store: ModelStore) -> None:
    rows = []
    for major in (1, 2, 3):
        deploy(store, sample(major))
        assert serves(store, sample(major))
        rows.append(store.models())
    assert rows == [
        (InstalledModel(NAME, "1.0.0", 1, "a", None),),
        (InstalledModel(NAME, "2.0.0", 1, "b", "1.0.0"),),
        (InstalledModel(NAME, "3.0.0", 1, "a", "2.0.0"),),
    ]


def test_a_bundle_file_is_staged_part_by_part(store: ModelStore, tmp_path: Path) -> None:
    new, told = sample(1, size=3_000_000), []
    write_bundle(tmp_path / "m.edge", new.manifest, new.contents, KEY)
    with read_bundle(tmp_path / "m.edge", [KEY.public]) as bundle:
        store.begin(bundle.signed)
        for part in bundle.manifest.parts:
            with bundle.open_part(part) as stream:
                assert store.stage(part, stream, told.append) == part.sha256
        store.confirm()
    assert serves(store, new)
    assert told == [1 << 20, 2 << 20, 3_000_000, 1 << 20, 2 << 20, 3_000_001]


def test_the_active_model_stays_until_confirm(installed: ModelStore) -> None:
    fill(installed, sample(2))
    assert installed.staged().manifest.version == "2.0.0"
    assert installed.staged().path(sample(2).manifest.parts[0]).is_file()
    assert serves(installed, sample(1))
    installed.confirm()
    assert serves(installed, sample(2))


def test_revert_is_safe_at_any_moment(installed: ModelStore) -> None:
    installed.revert()
    fill(installed, sample(2))
    installed.revert()
    installed.revert()
    assert serves(installed, sample(1))
    assert {p.name for p in state(installed).parent.iterdir()} == {"state.json", "a"}
    deploy(installed, sample(2))
    installed.revert()
    assert serves(installed, sample(2))


def test_rollback_goes_back_and_forth(installed: ModelStore) -> None:
    with pytest.raises(ModelNotFound) as caught:
        installed.rollback(NAME)
    assert caught.value.id == "EDGE-0261"
    deploy(installed, sample(2))
    assert installed.rollback(NAME) == InstalledModel(NAME, "1.0.0", 1, "a", "2.0.0")
    assert serves(installed, sample(1))
    assert installed.rollback(NAME).version == "2.0.0"
    fill(installed, sample(3))
    installed.revert()
    with pytest.raises(ModelNotFound):  # the deploy that was reverted needed its slot
        installed.rollback(NAME)


def test_the_security_counter_only_rises_and_only_on_confirm(installed: ModelStore) -> None:
    fill(installed, sample(2, counter=5))
    installed.revert()
    deploy(installed, sample(2, counter=1))
    deploy(installed, sample(3, counter=5))
    for act in (
        lambda: deploy(installed, sample(4, counter=4)),
        lambda: installed.rollback(NAME),
    ):
        with pytest.raises(DowngradeRefused) as caught:
            act()
        assert caught.value.id == "EDGE-0803"
        assert serves(installed, sample(3, counter=5))
    deploy(installed, sample(4, counter=5))
    assert installed.models()[0].security_counter == 5


def test_a_refused_downgrade_removes_nothing(installed: ModelStore) -> None:
    deploy(installed, sample(2))
    deploy(installed, sample(3, name="rain", counter=3))
    with pytest.raises(DowngradeRefused):
        installed.begin(sample(4, counter=0).signed)
    assert installed.rollback(NAME).version == "1.0.0"


def test_remove_keeps_the_counter(installed: ModelStore) -> None:
    deploy(installed, sample(2, counter=7))
    installed.remove(NAME)
    assert installed.models() == ()
    assert [p.name for p in state(installed).parent.iterdir()] == ["state.json"]
    for act in (installed.active, installed.remove, installed.rollback):
        with pytest.raises(ModelNotFound):
            act(NAME)
    with pytest.raises(DowngradeRefused):
        deploy(installed, sample(3, counter=6))
    deploy(installed, sample(3, counter=7))
    assert serves(installed, sample(3, counter=7))


def test_only_trusted_keys_install_and_open(store: ModelStore) -> None:
    other = sample(1, key=OTHER_KEY)
    with pytest.raises(SignatureRefused) as caught:
        deploy(store, other)
    assert caught.value.id == "EDGE-0804"
    store.trust(OTHER_KEY.public)
    store.trust(OTHER_KEY.public)
    assert set(store.trusted()) == {KEY.public, OTHER_KEY.public}
    deploy(store, other)
    store.distrust(OTHER_KEY.public)
    assert store.trusted() == (KEY.public,)
    with pytest.raises(SignatureRefused) as caught:
        store.active(NAME)
    assert caught.value.id == "EDGE-0804"
    assert store.models()[0].version == "1.0.0"  # listed all the same
    deploy(store, sample(2))
    with pytest.raises(SignatureRefused):
        store.rollback(NAME)
    assert serves(store, sample(2))


def test_a_manifest_is_verified_again_by_the_store(store: ModelStore) -> None:
    good, other = sample(1).signed, sample(2)
    forged = SignedManifest(good.data, other.signed.signature, KEY.public, other.manifest)
    with pytest.raises(SignatureRefused) as caught:
        store.begin(forged)
    assert caught.value.id == "EDGE-0801"


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33)])
def test_what_is_no_key_is_not_trusted(store: ModelStore, key: bytes) -> None:
    with pytest.raises(UsageError) as caught:
        store.trust(key)
    assert caught.value.id == "EDGE-0262"
    with pytest.raises(UsageError) as caught:
        store.distrust(key)
    assert caught.value.id == "EDGE-0263"


def test_a_damaged_key_file_is_no_key_until_it_is_trusted_again(store: ModelStore) -> None:
    (file,) = (store.root / "trusted").iterdir()
    for damage in (OTHER_KEY.public, bytes(31), bytes(33), b""):
        file.write_bytes(damage)
        assert store.trusted() == ()
    store.trust(KEY.public)
    file.rename(file.with_name("elsewhere"))
    file.symlink_to("elsewhere")
    assert store.trusted() == ()
    store.trust(KEY.public)
    assert store.trusted() == (KEY.public,)


@pytest.mark.parametrize("length", [0, 299, 301])
def test_a_stream_of_another_length_is_refused(installed: ModelStore, length: int) -> None:
    installed.begin(sample(2).signed)
    with pytest.raises(VerificationMismatch) as caught:
        installed.stage(sample(2).manifest.parts[0], BytesIO(bytes(length)), silent)
    assert caught.value.id == "EDGE-0753"
    installed.revert()
    assert serves(installed, sample(1))


def test_other_bytes_than_promised_are_reported_and_never_confirmed(installed: ModelStore) -> None:
    new = sample(2)
    installed.begin(new.signed)
    for part in new.manifest.parts:
        digest = installed.stage(part, BytesIO(bytes(part.size)), silent)
        assert digest != part.sha256
    for act in (installed.staged, installed.confirm):
        with pytest.raises(VerificationMismatch) as caught:
            act()
        assert caught.value.id == "EDGE-0754"
    installed.revert()
    assert serves(installed, sample(1))


def test_calls_out_of_turn_are_refused(installed: ModelStore) -> None:
    new, part = sample(2), sample(2).manifest.parts[0]
    acts = {
        "stage before begin": lambda: installed.stage(part, BytesIO(), silent),
        "staged before begin": installed.staged,
        "confirm before begin": installed.confirm,
    }
    for act in acts.values():
        with pytest.raises(UsageError) as caught:
            act()
        assert caught.value.id == "EDGE-0260"
    installed.begin(new.signed)
    installed.stage(part, BytesIO(new.contents[part.name]), silent)
    acts = {
        "begin twice": lambda: installed.begin(new.signed),
        "a part twice": lambda: installed.stage(part, BytesIO(), silent),
        "another's part": lambda: installed.stage(sample(3).manifest.parts[0], BytesIO(), silent),
        "not all parts": installed.confirm,
        "trial too early": installed.staged,
    }
    for act in acts.values():
        with pytest.raises(UsageError) as caught:
            act()
        assert caught.value.id == "EDGE-0260"
    installed.revert()
    assert serves(installed, sample(1))


def test_an_error_of_the_stream_is_not_taken_for_one_of_the_store(installed: ModelStore) -> None:
    class Torn(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise ConnectionResetError("cable out")

    installed.begin(sample(2).signed)
    with pytest.raises(ConnectionResetError):
        installed.stage(sample(2).manifest.parts[0], Torn(), silent)
    installed.revert()
    assert serves(installed, sample(1))


@pytest.mark.parametrize("name", ["../clock", "", ".", "a/b", "Clock", "x" * 49, "-x", "é", "a\n"])
def test_names_that_no_model_has_lead_nowhere(installed: ModelStore, name: str) -> None:
    for act in (installed.active, installed.rollback, installed.remove):
        with pytest.raises(ModelNotFound):
            act(name)


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
