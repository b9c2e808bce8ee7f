"""The store's promises, one by one: slots, keys, counters, and calls in their order."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from edgesdk.backend import InstalledModel
from edgesdk.bundle import SignedManifest, read_bundle, write_bundle
from edgesdk.errors import (
    DowngradeRefused,
    ModelNotFound,
    SignatureRefused,
    UsageError,
    VerificationMismatch,
)
from edgesdk.store import ModelStore
from tests.store.samples import (
    KEY,
    NAME,
    OTHER_KEY,
    deploy,
    fill,
    sample,
    serves,
    silent,
    state,
)


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
