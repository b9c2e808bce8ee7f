"""From what the board tells of a session it opened to the session that stands for it here."""

from __future__ import annotations

from collections.abc import Sequence

from edgesdk.agent.wire.plain import Wrong
from edgesdk.agent.wire.told import DECODER, SENSING, TEXT, OpenedSession
from edgesdk.decoder.session import INPUTS, outputs
from edgesdk.decoder.vocabulary import read_vocabulary
from edgesdk.decoder.weights import Vocabulary
from edgesdk.errors import EdgeError
from edgesdk.sensing.description import read as read_description
from edgesdk.session import BaseSession
from edgesdk.tensors import DTYPES, TensorSpec

from ..connection import Connection
from ..connection.answers import read
from ..connection.exchange import Pending
from .decoder import BoardDecoder
from .sensing import BoardSensing
from .session import BoardSession

MOST_TEXTS = 1 << 27  # bytes of a tokenizer and its description, or of a sensing program's
_MOST_TOKENS = 1 << 24  # of a vocabulary, of which one row of logits fits into an answer


def session_of(connection: Connection, answer: Pending) -> BaseSession:
    """The session of an answer. Raises ``LinkFailed`` for one that cannot be."""
    opened = read(connection, OpenedSession, answer, "session")
    try:
        _check_dtypes((*opened.inputs, *opened.outputs))
        return _session(connection, opened, answer.blobs)
    except (Wrong, EdgeError) as error:
        raise connection.broken(f"{answer.call}: {error}"[:300]) from None


def _check_dtypes(specs: Sequence[TensorSpec]) -> None:
    for spec in specs:
        if spec.dtype not in DTYPES:
            raise Wrong(f"{spec.name!r:.80} has the dtype {spec.dtype!r:.40}")


def _session(connection: Connection, opened: OpenedSession, blobs: list[bytes]) -> BaseSession:
    belong = 2 * (TEXT in opened.abilities) + (SENSING in opened.abilities)
    if len(blobs) != belong:
        raise Wrong(f"{len(blobs)} blobs where {belong} belong")
    if SENSING in opened.abilities:
        return BoardSensing(connection, opened, read_description(blobs[-1]))
    if DECODER in opened.abilities:
        return BoardDecoder(connection, _decoder(opened), _text(opened, blobs))
    return BoardSession(connection, opened)


def _decoder(opened: OpenedSession) -> OpenedSession:
    if not 1 <= opened.vocabulary <= _MOST_TOKENS:
        raise Wrong(f"a vocabulary of {opened.vocabulary} tokens")
    if not (0 <= opened.position <= opened.context and opened.context >= 1):
        raise Wrong(f"{opened.position} tokens in a context of {opened.context}")
    if opened.inputs != INPUTS or opened.outputs not in _continuations(opened):
        raise Wrong("inputs and outputs that are not a decoder's")
    return opened


def _continuations(opened: OpenedSession) -> list[tuple[TensorSpec, ...]]:
    return [outputs(s.shape[0]) for s in opened.outputs if s.shape and type(s.shape[0]) is int]


def _text(opened: OpenedSession, blobs: list[bytes]) -> Vocabulary | None:
    return read_vocabulary(blobs[0], blobs[1]) if TEXT in opened.abilities else None
