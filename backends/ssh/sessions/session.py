"""A model at a distance, of no kind that has a session of its own."""

from __future__ import annotations

from edgesdk.agent.wire.told import FIGURES, OpenedSession
from edgesdk.session import BaseSession

from ..connection import Connection
from .on_board import OnBoard


class BoardSession(OnBoard, BaseSession):
    """A model that is open on the board."""

    def __init__(self, connection: Connection, opened: OpenedSession) -> None:
        super().__init__(opened.inputs, opened.outputs)
        self.connection, self.number = connection, opened.session
        self.instrumented = FIGURES in opened.abilities
