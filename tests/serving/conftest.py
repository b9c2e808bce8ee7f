"""Servers for tests, each on a port of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest

from .fakes import FakeSession
from .running import Running, Serve, serving

Later = Callable[[ExitStack], None]


@pytest.fixture(scope="module")
def later() -> Iterator[Later]:
    """Closes things while the next test runs: a server takes a moment to end."""
    with ThreadPoolExecutor(8) as pool:
        endings = []
        yield lambda stack: endings.append(pool.submit(stack.close))
        for ending in endings:
            ending.result()


@pytest.fixture(scope="module")
def shared() -> Iterator[Running]:
    """A server for the tests of one file."""
    with serving() as running:
        yield running


@pytest.fixture
def serve(shared: Running, later: Later) -> Iterator[Serve]:
    """Starts a server that ends with the test; without settings, it gives the shared one."""
    stack = ExitStack()

    def start(session: FakeSession | None = None, **settings: Any) -> Running:
        if session is None and not settings:
            return shared
        return stack.enter_context(serving(session, **settings))

    yield start
    later(stack)
