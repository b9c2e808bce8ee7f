"""A session that ``load`` returns: what it is, and that it lets go of its device."""

from __future__ import annotations

from typing import Any

import pytest

import edgesdk
from edgesdk import runtime
from edgesdk.session import BaseSession


class Board:
    """A device with one model, whose session it is given."""

    def __init__(self, session: Any) -> None:
        self.session, self.closed = session, 0

    def open(self, name: str) -> Any:
        return self.session

    def close(self) -> None:
        self.closed += 1


class Ours(BaseSession):
    """One that can do more than run, and may not close well."""

    extra = "more"

    def __init__(self, fails: bool) -> None:
        super().__init__((), ())
        self.fails = fails

    def _run(self, arrays: Any) -> Any:
        return {}

    def _close(self) -> None:
        if self.fails:
            raise edgesdk.LinkFailed("the line is gone")


class Foreign:
    """A session that a backend made by itself."""

    extra, inputs, outputs = "more", (), ()

    def __init__(self, fails: bool) -> None:
        self.fails = fails

    def run(self, inputs: Any, out: Any = None) -> Any:
        return {}

    close = Ours._close


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("kind", [Ours, Foreign])
def test_the_device_is_let_go(kind: Any, fails: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    board = Board(kind(fails))
    monkeypatch.setattr(runtime, "connect", lambda device: board)
    session: Any = edgesdk.load("model", "board:")
    assert session.run({}) == {} and session.extra == "more"
    assert board.closed == 0
    if fails:
        with pytest.raises(edgesdk.LinkFailed):
            session.close()
    else:
        session.close()
    assert board.closed == 1


def test_a_session_stays_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    board = Board(Ours(False))
    monkeypatch.setattr(runtime, "connect", lambda device: board)
    with edgesdk.load("model", "board:") as session:
        assert type(session) is Ours
    session.close()
    assert board.closed == 1
