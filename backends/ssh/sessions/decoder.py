"""A language model at a distance: the board chooses the tokens, and nothing else need travel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from edgesdk.agent.wire.arguments import Decode, Prefill, Rewind, Write
from edgesdk.agent.wire.messages import MOST_BLOBS
from edgesdk.agent.wire.told import OpenedSession, Written
from edgesdk.backend import Arrays
from edgesdk.decoder.generation_pieces import Usage
from edgesdk.decoder.limits import checked_length, checked_tokens
from edgesdk.decoder.session import Logits, Tokens
from edgesdk.decoder.weights import Vocabulary
from edgesdk.decoder.writing import Choice, Choices, Wanted
from edgesdk.errors import EdgeError
from edgesdk.session import closed

from ..connection import PATIENCE, Connection
from ..connection.answers import plain, read
from ..connection.exchange import Pending
from .session import BoardSession

T = TypeVar("T")

_MOST_LOGITS = 1 << 26  # bytes that are asked for at once


class BoardDecoder(BoardSession):
    """See ``DecoderSession`` and ``WritingSession``. The cache is on the board."""

    def __init__(
        self, connection: Connection, opened: OpenedSession, text: Vocabulary | None
    ) -> None:
        super().__init__(connection, opened)
        self.vocabulary, self.context, self.text = opened.vocabulary, opened.context, text
        self._position = opened.position
        self._certain = True  # the board's cache is as long as ``_position`` says

    @property
    def position(self) -> int:
        """Tokens in the cache."""
        if self._closed:
            raise closed()
        return self._position

    def prefill(self, tokens: Tokens, *, every: bool = False) -> Logits:
        """Append tokens; see ``DecoderSession``."""
        start = self.position
        checked = checked_tokens(tokens, self.vocabulary, self.context - start)
        return self._whole(lambda: self._prefill(checked, every))

    def decode(self, token: int) -> Logits:
        """Append one token; see ``DecoderSession``."""
        checked = checked_tokens([token], self.vocabulary, self.context - self.position)
        return self._whole(lambda: self._decode(int(checked[0])))

    def rewind(self, length: int) -> None:
        """Keep the first tokens; see ``DecoderSession``."""
        self._position, self._certain = checked_length(length, self.position), False
        self._sure()

    def write(self, prompt: Tokens, wanted: Wanted, usage: Usage) -> Choices:
        """Have the board continue a prompt; see ``WritingSession``."""
        if self._closed:
            raise closed()
        tokens = checked_tokens(prompt, self.vocabulary, self.context)
        self._forget()
        self._position, self._certain = 0, False
        asked = Write(self.number, wanted.sampling, wanted.maximum, wanted.ends, wanted.top)
        request = self.connection.submit("write", asked, [_wire(tokens)], tells=True)
        try:
            for event in self.connection.events(request):
                yield self._choice(event, usage)
            self._written(request, usage)
        except BaseException:
            self._stop(request)
            raise

    @contextmanager
    def _running(self, arrays: Arrays) -> Iterator[None]:
        """A run leaves its tokens and their continuation in the cache; interrupted, anything."""
        self._position, self._certain = 0, False
        with super()._running(arrays):
            yield
        count = int(self.outputs[0].shape[0])
        self._position, self._certain = len(arrays["tokens"]) + count - 1, True

    def _whole(self, attempt: Callable[[], T]) -> T:
        """Do it, or leave the cache as it was: at once, or before the next time it is used."""
        start = self._position
        self._sure()
        self._forget()
        self._certain = False
        try:
            found = attempt()
        except BaseException:
            self._position = start
            raise
        self._certain = True
        return found

    def _sure(self) -> None:
        """Undo what an interrupted call may have left in the board's cache."""
        if not self._certain:
            answer = self._ask("rewind", Rewind(self.number, self._position))
            self._moved(answer, self._position)
            self._certain = True

    def _prefill(self, tokens: NDArray[np.int32], every: bool) -> Logits:
        if not every:
            return self._logits(tokens, every).reshape(-1)
        block = max(1, _MOST_LOGITS // (4 * self.vocabulary))
        pieces = [
            self._logits(tokens[at : at + block], every) for at in range(0, len(tokens), block)
        ]
        return np.concatenate(pieces)

    def _logits(self, tokens: NDArray[np.int32], every: bool) -> Logits:
        most = 4 * self.vocabulary * (len(tokens) if every else 1)
        asked = Prefill(self.number, every)
        answer = self._ask("prefill", asked, [_wire(tokens)], min(most, MOST_BLOBS))
        return self._read_logits(answer, len(tokens), len(tokens) if every else 1)

    def _decode(self, token: int) -> Logits:
        answer = self._ask("decode", Decode(self.number, token), most=4 * self.vocabulary)
        return self._read_logits(answer, 1, 1).reshape(-1)

    def _read_logits(self, answer: Pending, tokens: int, rows: int) -> Logits:
        data = answer.blobs[0] if len(answer.blobs) == 1 else b""
        if len(data) != 4 * rows * self.vocabulary:
            raise self.connection.broken(f"{answer.call}: {len(data)} bytes of logits")
        self._position = self._moved(answer, self._position + tokens)
        return np.frombuffer(data, "<f4").astype(np.float32).reshape(rows, self.vocabulary)

    def _moved(self, answer: Pending, expected: int) -> int:
        position = read(self.connection, int, answer, "position")
        if position != expected:
            raise self.connection.broken(
                f"{answer.call}: {position} tokens in the cache, where {expected} belong"
            )
        return position

    def _choice(self, event: Mapping[str, Any], usage: Usage) -> Choice:
        told = plain(self.connection, Written, event, "write")
        tokens = (told.token, *(token for token, _ in told.top))
        if not all(0 <= token < self.vocabulary for token in tokens):
            raise self.connection.broken(f"write: a token outside 0 to {self.vocabulary - 1}")
        _fill(usage, told.usage)
        return Choice(told.token, told.logprob, told.top)

    def _written(self, request: Pending, usage: Usage | None) -> None:
        answer = self.connection.wait(request, PATIENCE if usage is None else None)
        position = read(self.connection, int, answer, "position")
        if not 0 <= position <= self.context:
            raise self.connection.broken(f"write: {position} tokens of {self.context}")
        self._position, self._certain = position, True
        if usage is not None:
            _fill(usage, read(self.connection, Usage, answer, "usage"))

    def _stop(self, request: Pending) -> None:
        """Cancel, and learn how long the cache is now; the board may have been faster."""
        self.connection.cancel(request)
        with suppress(EdgeError):
            self._written(request, None)


def _fill(usage: Usage, found: Usage) -> None:
    for field in fields(Usage):
        setattr(usage, field.name, getattr(found, field.name))


def _wire(tokens: NDArray[np.int32]) -> bytes:
    return tokens.astype("<i4").tobytes()
