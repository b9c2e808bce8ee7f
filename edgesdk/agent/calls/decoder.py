"""The calls of a decoder's session."""

from __future__ import annotations

from contextlib import closing

import numpy as np
from numpy.typing import NDArray

from ...decoder.generation_pieces import Usage
from ...decoder.prefix import PrefixCache
from ...decoder.session import DecoderSession, Logits
from ...decoder.writing import Wanted
from ...decoder.writing import write as choices
from ..board import Board
from ..board_errors import too_large
from ..call import Answer, Call, only_blob, senseless
from ..wire.arguments import Decode, Prefill, Rewind, Write
from ..wire.messages import MOST_BLOBS
from ..wire.plain import Wrong, to_plain
from ..wire.told import Written


def prefill(board: Board, call: Call, given: Prefill) -> Answer:
    """Append tokens."""
    session, tokens = _used(board, given.session), _tokens(call)
    size = len(tokens) * session.vocabulary * 4
    if given.every and size > MOST_BLOBS:
        raise too_large(size, MOST_BLOBS)
    return _logits(session, session.prefill(tokens, every=given.every))


def decode(board: Board, call: Call, given: Decode) -> Answer:
    """Append one token."""
    session = _used(board, given.session)
    return _logits(session, session.decode(given.token))


def rewind(board: Board, call: Call, given: Rewind) -> Answer:
    """Keep so many tokens."""
    session = _used(board, given.session)
    session.rewind(given.length)
    return Answer({"position": session.position})


def write(board: Board, call: Call, given: Write) -> Answer:
    """Continue a prompt; each token is an event."""
    cache, usage = _cache(board, given.session), Usage()
    wanted = Wanted(given.sampling, given.maximum, given.ends, given.top)
    with closing(choices(cache, _tokens(call).tolist(), wanted, usage)) as tokens:
        for choice in () if call.is_cancelled() else tokens:
            call.tell(to_plain(Written(choice.token, usage, choice.logprob, choice.top)))
            if call.is_cancelled():
                break
    return Answer({"usage": to_plain(usage), "position": cache.session.position})


def _cache(board: Board, number: int) -> PrefixCache:
    cache = board.held(number).cache
    if cache is None:
        raise senseless(f"the session {number} is no decoder's")
    return cache


def _used(board: Board, number: int) -> DecoderSession:
    """The session itself."""
    _cache(board, number)
    session = board.used(number).session
    assert isinstance(session, DecoderSession)
    return session


def _tokens(call: Call) -> NDArray[np.int32]:
    """The request's tokens. Raises ``Wrong``."""
    blob = only_blob(call.blobs)
    if len(blob) % 4:
        raise Wrong(f"{len(blob)} bytes of tokens, four each")
    return np.frombuffer(blob, "<i4").astype(np.int32)


def _logits(session: DecoderSession, logits: Logits) -> Answer:
    content = np.ascontiguousarray(logits, "<f4").tobytes()
    return Answer({"position": session.position}, [content])
