"""A board with its own user, and two small models for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import edgesdk
from edgesdk import Bundle
from tests.agent.nursery import Nursery, nursery
from tests.agent.raw_host import RawHost
from tests.models.variants import X, scale_onnx
from tests.own_user import own_user


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folders of one user for all tests of a file: an agent starts in them."""
    folder = tmp_path_factory.mktemp("board")
    with pytest.MonkeyPatch.context() as patch:
        yield own_user(patch, folder)


@pytest.fixture(scope="session")
def nurseries() -> Iterator[Nursery]:
    """Where agents come from quickly."""
    with nursery() as made:
        yield made


@pytest.fixture
def agent(nurseries: Nursery, board: Path) -> Iterator[Callable[..., RawHost]]:
    """Starts agents; gives the host at the other end of each. They are gone after the test."""
    started = []

    def start(kind: str = "plain", silence: float = 30.0) -> RawHost:
        started.append(nurseries.agent(kind, silence))
        return RawHost(started[-1])

    yield start
    for process in started:
        process.close()


@pytest.fixture(scope="module")
def bundles(board: Path) -> Iterator[list[Bundle]]:
    """Two versions of one model: the first multiplies by 2, the second by 3."""
    made = []
    for version, factor in (("1.0.0", 2), ("2.0.0", 3)):
        model, kept = scale_onnx(board, factor), board / f"{version}.edge"
        settings = {"name": "scale", "version": version, "samples": [{"x": X}]}
        made.append(edgesdk.compile(model, "cpu", output=kept, **settings))
    yield made
    for bundle in made:
        bundle.close()
