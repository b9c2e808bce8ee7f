"""Fixtures of a device's tests: two versions of a small decoder, as bundles of one user.

A folder's ``conftest.py`` imports them, and gives ``target``: what they are compiled for.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import edgesdk
from edgesdk.bundle import Bundle
from tests.models.bitnet_random import random_bitnet

__all__ = ["_their_user", "made", "new", "old"]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, target: str) -> Path:
    """A folder with two versions of a model as bundles, and the keys of who signed them."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EDGESDK_CONFIG", str(folder / "config"))
        for version, seed in (("1.0.0", 22), ("2.0.0", 29)):
            source = random_bitnet(folder / version, seed)
            settings = {"name": "m", "version": version, "vectors": 1}
            edgesdk.compile(source, target, output=folder / f"{version}.edge", **settings).close()
    return folder


@pytest.fixture
def _their_user(made: Path, user_folder: Path) -> None:
    shutil.copytree(made / "config", user_folder / "config")


@pytest.fixture
def old(made: Path, _their_user: None) -> Iterator[Bundle]:
    with edgesdk.read_bundle(made / "1.0.0.edge", None) as bundle:
        yield bundle


@pytest.fixture
def new(made: Path, _their_user: None) -> Iterator[Bundle]:
    with edgesdk.read_bundle(made / "2.0.0.edge", None) as bundle:
        yield bundle
