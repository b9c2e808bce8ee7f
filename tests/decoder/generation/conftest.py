"""The command line on a device that is a table."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import edgesdk
from tests.cli.conftest import Edge, bundle, edge, home, model
from tests.decoder.generation.table import TableSession
from tests.decoder.generation.talker import TableDevice

__all__ = ["bundle", "edge", "home", "model"]

Use = Callable[[TableSession], Edge]


@pytest.fixture
def use(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> Use:
    """``use(session)``: the command line, where every device opens that session."""

    def with_session(session: TableSession) -> Edge:
        monkeypatch.setattr(edgesdk, "connect", lambda address: TableDevice(session))
        return edge

    return with_session
