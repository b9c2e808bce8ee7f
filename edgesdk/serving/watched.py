"""A session that asks before each step whether the step is still wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any

import numpy as np

from ..backend import Arrays
from ..decoder.generation_pieces import Usage
from ..decoder.session import DecoderSession, Logits, Tokens
from ..decoder.weights import Vocabulary
from ..decoder.writing import Choices, Wanted, WritingSession
from ..tensors import Array, TensorSpec

BLOCK = 64  # tokens of a prompt between two questions


class WatchedSession:
    """A ``DecoderSession`` over another; ``ask`` raises when the work is to be left.

    A long prompt goes in blocks, which gives the same logits to the bit, so that a client that
    hangs up costs the device one block and no more.
    """

    def __init__(self, session: DecoderSession) -> None:
        self._session = session
        self.ask: Callable[[], None] = _go_on

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """Those of the session below."""
        return self._session.inputs

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """Those of the session below."""
        return self._session.outputs

    @property
    def vocabulary(self) -> int:
        """Number of tokens."""
        return self._session.vocabulary

    @property
    def context(self) -> int:
        """Positions that the cache holds."""
        return self._session.context

    @property
    def position(self) -> int:
        """Tokens in the cache."""
        return self._session.position

    @property
    def text(self) -> Vocabulary | None:
        """How text becomes tokens."""
        return self._session.text

    def prefill(self, tokens: Tokens, *, every: bool = False) -> Logits:
        """Append tokens in blocks; see ``DecoderSession.prefill``."""
        found = []
        for at in range(0, max(len(tokens), 1), BLOCK):
            self.ask()
            found.append(self._session.prefill(tokens[at : at + BLOCK], every=every))
        return np.concatenate(found) if every else found[-1]

    def decode(self, token: int) -> Logits:
        """Append one token; see ``DecoderSession.decode``."""
        self.ask()
        return self._session.decode(token)

    def rewind(self, length: int) -> None:
        """Keep the first tokens; see ``DecoderSession.rewind``."""
        self._session.rewind(length)

    def run(self, inputs: Mapping[str, Any], out: Mapping[str, Array] | None = None) -> Arrays:
        """Run the session below once."""
        return self._session.run(inputs, out)

    def close(self) -> None:
        """Close the session below."""
        self._session.close()

    def __enter__(self) -> WatchedSession:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class WatchedWritingSession(WatchedSession):
    """The same over a ``WritingSession``, which chooses its tokens where it is."""

    def __init__(self, session: WritingSession) -> None:
        super().__init__(session)
        self._write = session.write

    def write(self, prompt: Sequence[int], wanted: Wanted, usage: Usage) -> Choices:
        """Continue a prompt; see ``WritingSession.write``. Between two choices it asks."""
        self.ask()
        with closing(self._write(prompt, wanted, usage)) as choices:
            for choice in choices:
                yield choice
                self.ask()


def watched(session: DecoderSession) -> WatchedSession:
    """The session, asked for at each step; it chooses its tokens itself if the one below does."""
    if isinstance(session, WritingSession):
        return WatchedWritingSession(session)
    return WatchedSession(session)


def _go_on() -> None:
    return
