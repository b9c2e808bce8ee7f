"""A watched session at a distance, which chooses its tokens there."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

from ..decoder.generation_pieces import Usage
from ..decoder.prefix import PrefixCache
from ..decoder.sampling import GREEDY
from ..decoder.session import DecoderSession, Logits, Tokens
from ..decoder.writing import Choices, Wanted, WritingSession, written
from .watched import BLOCK, WatchedSession


class WatchedWritingSession(WatchedSession):
    """A ``WritingSession`` over another; it asks between blocks of the prompt, and choices.

    A block is the beginning of the prompt with one token to be chosen, which nobody reads: so it
    lies in the cache over there, and no logits came over the link.
    """

    def __init__(self, session: WritingSession) -> None:
        super().__init__(session)
        self._held = PrefixCache(session)

    def write(self, prompt: Sequence[int], wanted: Wanted, usage: Usage) -> Choices:
        """Continue a prompt; see ``WritingSession.write``."""
        before = self._blocks(prompt, wanted)
        self.ask()
        last = Usage()
        with closing(written(self._held, prompt, wanted, last)) as choices:
            for choice in choices:
                _tell(usage, before, last)
                yield choice
                self.ask()

    def prefill(self, tokens: Tokens, *, every: bool = False) -> Logits:
        """Append tokens in blocks; see ``DecoderSession.prefill``."""
        self._held.lost()
        return super().prefill(tokens, every=every)

    def decode(self, token: int) -> Logits:
        """Append one token; see ``DecoderSession.decode``."""
        self._held.lost()
        return super().decode(token)

    def rewind(self, length: int) -> None:
        """Keep the first tokens; see ``DecoderSession.rewind``."""
        self._held.lost()
        super().rewind(length)

    def _blocks(self, prompt: Sequence[int], wanted: Wanted) -> list[Usage]:
        """Read all but the last block of the prompt; what each took."""
        found = []
        one = replace(wanted, sampling=GREEDY, maximum=1, top=None)
        start = self._held.shared(prompt) + BLOCK
        for end in range(start, len(prompt), BLOCK):
            self.ask()
            found.append(Usage())
            for _ in written(self._held, prompt[:end], one, found[-1]):
                pass
        return found


def _tell(usage: Usage, before: Sequence[Usage], last: Usage) -> None:
    """What all of it took together."""
    every = [*before, last]
    usage.prompt, usage.written = last.prompt, last.written
    usage.cached = every[0].cached
    usage.prefill_seconds = sum(part.prefill_seconds for part in every)
    usage.first_seconds = sum(part.first_seconds or 0.0 for part in every)
    usage.decode_seconds = last.decode_seconds


def watched(session: DecoderSession) -> WatchedSession:
    """The session, asked for at each step; it chooses its tokens itself if the one below does."""
    if isinstance(session, WritingSession):
        return WatchedWritingSession(session)
    return WatchedSession(session)
