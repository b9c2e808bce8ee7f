"""Opening a session for a host: it is held here, and described there."""

from __future__ import annotations

import json
from collections.abc import Callable

from ...backend import Session
from ...bench import Instrumented
from ...decoder.session import DecoderSession
from ...decoder.vocabulary import vocabulary_parts
from ...sensing.streaming import StreamingSession
from ..board import Board
from ..call import Answer
from ..wire.plain import to_plain
from ..wire.told import DECODER, FIGURES, SENSING, TEXT, OpenedSession


def opened(board: Board, how: Callable[[], Session | None]) -> Answer:
    """Open a session, hold it, and tell what it is."""
    held = board.hold(how)
    if held is None:
        return Answer({"session": None})
    number, session = held
    try:
        return _described(number, session)
    except BaseException:
        board.let_go(number)
        raise


def _described(number: int, session: Session) -> Answer:
    blobs: list[bytes] = []
    abilities = [FIGURES] if isinstance(session, Instrumented) else []
    sizes = {}
    if isinstance(session, DecoderSession):
        abilities.append(DECODER)
        sizes = {name: getattr(session, name) for name in ("vocabulary", "context", "position")}
        if session.text is not None:
            abilities.append(TEXT)
            blobs += [content for _, _, content in vocabulary_parts(session.text)]
    if isinstance(session, StreamingSession):
        abilities.append(SENSING)
        blobs.append(json.dumps(session.description.document).encode())
    told = OpenedSession(number, session.inputs, session.outputs, tuple(abilities), **sizes)
    return Answer({"session": to_plain(told)}, blobs)
