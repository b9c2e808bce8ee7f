"""Stores: one that trusts a key, and one that holds a model."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgesdk.store import ModelStore
from tests.store.samples import KEY, deploy, sample


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    store = ModelStore(tmp_path / "store")
    store.trust(KEY.public)
    return store


@pytest.fixture
def installed(store: ModelStore) -> ModelStore:
    deploy(store, sample(1))
    return store
