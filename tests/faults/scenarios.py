"""What is cut: one change of a store, from a known state to a known state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edgesdk.store import Files, ModelStore
from edgesdk.store.model import stored_model
from edgesdk.store.snapshot import read_state
from tests.store.samples import KEY, NAME, OTHER_KEY, Sample, deploy, fill, sample, serves

V1, V2, HIGH = sample(1), sample(2), sample(2, counter=4)
OTHER = sample(7, name="rain")
NEXT = sample(9, counter=5, extra=("labels.txt",))  # the deploy that recovers
AFTER_NEXT = sample(11, counter=6)


@dataclass(frozen=True)
class Scenario:
    """``act`` leads from ``old`` to ``new``; None is no model. ``prepare`` is never cut."""

    name: str
    prepare: Callable[[ModelStore], None]
    act: Callable[[ModelStore], None]
    old: Sample | None
    new: Sample | None

    def __str__(self) -> str:
        return self.name


def _deploys(*samples: Sample) -> Callable[[ModelStore], None]:
    def prepare(store: ModelStore) -> None:
        store.trust(KEY.public)
        for each in samples:
            deploy(store, each)

    return prepare


def _provision_and_install(store: ModelStore) -> None:
    store.trust(KEY.public)
    deploy(store, V1)


def _rolled_back(store: ModelStore) -> None:
    store.rollback(NAME)


def _reverted(store: ModelStore) -> None:
    fill(store, HIGH)
    store.revert()


SCENARIOS = [
    Scenario("first use", lambda store: None, _provision_and_install, None, V1),
    Scenario("first install", _deploys(), lambda s: deploy(s, V1), None, V1),
    Scenario("first upgrade", _deploys(V1), lambda s: deploy(s, V2), V1, V2),
    Scenario("upgrade", _deploys(sample(5), V1), lambda s: deploy(s, V2), V1, V2),
    Scenario("higher counter", _deploys(sample(5), V1), lambda s: deploy(s, HIGH), V1, HIGH),
    Scenario("rollback", _deploys(V1, V2), _rolled_back, V2, V1),
    Scenario("revert", _deploys(sample(5), V1), _reverted, V1, V1),
    Scenario("remove", _deploys(V1, V2), lambda s: s.remove(NAME), V2, None),
    Scenario("second model", _deploys(V1), lambda s: deploy(s, OTHER), V1, V1),
    Scenario("trust", _deploys(V1), lambda s: s.trust(OTHER_KEY.public), V1, V1),
]


def served(store: ModelStore, among: list[Sample | None]) -> Sample | None:
    """The one of ``among`` that the store serves whole, by every way of asking."""
    rows = [row for row in store.models() if row.name == NAME]
    if not rows:
        assert None in among, "no model is left"
        return None
    (row,) = rows
    found = [s for s in among if s is not None and s.version == row.version]
    assert found, f"version {row.version} is neither the old nor the new one"
    assert serves(store, found[0]), "a part differs from what was deployed"
    assert row.security_counter == found[0].manifest.security_counter
    state = read_state(store.root / "models" / NAME / "state.json")
    if state.previous is not None:  # what rollback would return to is whole, too
        previous = stored_model(store.root / "models" / NAME / state.previous, [KEY.public])
        previous.verify(contents=True)
    return found[0]


def check(store: ModelStore, scenario: Scenario, *, done: bool) -> Sample | None:
    """The store serves the old or the new model; the new one if the change had returned."""
    found = served(store, [scenario.new] if done else [scenario.old, scenario.new])
    others = {row.name for row in store.models()} - {NAME}
    assert others <= {OTHER.manifest.name}
    if others:
        assert serves(store, OTHER)
    return found


def recover(store: ModelStore, new: Sample) -> None:
    """The next deploy goes through to the end and leaves nothing behind."""
    store.trust(KEY.public)
    deploy(store, new)
    assert served(store, [new]) is new
    state_and_slots = {"state.json", store.active(NAME).slot}
    (row,) = [row for row in store.models() if row.name == NAME]
    if row.previous_version is not None:
        state_and_slots = {"state.json", "a", "b"}
    assert _names(store.root / "models" / NAME) == state_and_slots
    assert not list(store.root.rglob("*.tmp"))
    slot = store.active(NAME).folder
    assert _names(slot) == {"manifest.json", "manifest.sig", *new.contents}


def open_store(folder: Path, files: Files | None = None) -> ModelStore:
    return ModelStore(folder / "store", files)


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}
