"""Generation, for every device: chosen tokens become text, until it has what was asked for."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace

from ..errors import UsageError
from .generation_pieces import CONTEXT, LENGTH, STOP, Piece, Settings, Usage
from .prefix import PrefixCache
from .sampling import seed_of
from .session import DecoderSession
from .stops import StopStrings
from .tokenizer import Tokenizer
from .writing import Choice, Choices, Wanted, written

__all__ = [
    "CONTEXT",
    "LENGTH",
    "STOP",
    "Generation",
    "Piece",
    "Settings",
    "Usage",
    "as_tokens",
    "checked_room",
    "generate",
]


class Generation(Iterator[Piece]):
    """The pieces of one generation, computed as they are asked for; ``close`` ends it early.

    ``tokens``: those chosen so far. ``finish``: why it ended, None while it goes on. ``seed``: give
    it as the setting's seed to have the same tokens again. ``usage``: what it has taken.
    """

    def __init__(
        self,
        cache: PrefixCache,
        tokenizer: Tokenizer | None,
        prompt: Sequence[int],
        settings: Settings,
    ) -> None:
        self.usage = Usage(prompt=len(prompt))
        self.tokens: list[int] = []
        self.finish: str | None = None
        self.seed = seed_of(settings.sampling)
        self._settings = settings
        self._text = _Text(tokenizer, prompt, settings.stops)
        room = checked_room(cache.session.context, len(prompt))
        self._maximum = min(room, settings.maximum or room)
        self._ends = _ends(cache.session, tokenizer) if settings.stop_tokens else frozenset()
        self._pieces = self._run(written(cache, list(prompt), self._wanted(), self.usage))

    def __next__(self) -> Piece:
        return next(self._pieces)

    def close(self) -> None:
        """Stop here. Safe to call twice."""
        self._pieces.close()

    def end(self) -> Piece:
        """Stop here, as if these were all the tokens that were asked for: the last piece."""
        self.close()
        self.finish = self.finish or LENGTH
        return Piece(self._text.finish(), finish=self.finish)

    def _wanted(self) -> Wanted:
        """What is asked of the one who chooses; a seed of 64 bits, whatever was given."""
        sampling = replace(self._settings.sampling, seed=self.seed % 2**64)
        return Wanted(sampling, self._maximum, self._ends, self._settings.top)

    def _run(self, choices: Choices) -> Generator[Piece, None, None]:
        with closing(choices):
            for choice in choices:
                self.tokens.append(choice.token)
                if choice.token in self._ends:
                    self.finish = STOP
                else:
                    yield self._piece(choice)
                if self._text.stopped:
                    break
        yield Piece(self._text.finish(), finish=self.finish)

    def _piece(self, choice: Choice) -> Piece:
        offset, text = self._text.length, self._text.push(choice.token)
        self.finish = self._finished()
        return Piece(text, choice.token, choice.logprob, choice.top, offset=offset)

    def _finished(self) -> str | None:
        if self._text.stopped:
            return STOP
        if len(self.tokens) < self._maximum:
            return None
        return LENGTH if self._maximum == self._settings.maximum else CONTEXT


def _ends(session: DecoderSession, tokenizer: Tokenizer | None) -> frozenset[int]:
    """The tokens that end a generation; a bundle names them apart from its tokenizer."""
    if tokenizer is not None:
        return frozenset(tokenizer.stops)
    return frozenset(session.text.stops if session.text else ())


class _Text:
    """Text out of tokens, up to a stop string; without a tokenizer there is none."""

    def __init__(
        self, tokenizer: Tokenizer | None, prompt: Sequence[int], stops: tuple[str, ...]
    ) -> None:
        if tokenizer is None and stops:
            raise UsageError("Stop strings need a tokenizer, and the model has none", code=148)
        nothing_before = tokenizer is not None and list(prompt) == [tokenizer.beginning]
        self._stream = tokenizer.stream(beginning=nothing_before) if tokenizer else None
        self._stops = StopStrings(stops)
        self.length = 0  # characters so far, shown or kept back

    @property
    def stopped(self) -> bool:
        """Whether a stop string has come."""
        return bool(self._stops.found)

    def push(self, token: int) -> str:
        """The text that may be shown after one more token."""
        text = self._stream.push(token) if self._stream else ""
        self.length += len(text)
        return self._stops.push(text)

    def finish(self) -> str:
        """The text that was kept back."""
        rest = self._stops.push(self._stream.finish()) if self._stream else ""
        return rest + self._stops.finish()


def checked_room(context: int, prompt: int, what: str = "The prompt") -> int:
    """How many tokens may follow a prompt of so many: the last of them is not computed with.

    Raises ``UsageError`` (EDGE-02146) for a prompt that is longer than the context.
    """
    if prompt > context:
        raise UsageError(
            f"{what} is longer than the model's context",
            evidence=f"it has {prompt} tokens, and the context holds {context}",
            next_step="Shorten it, or open the model with a longer context if it allows one",
            code=146,
        )
    return context - prompt + 1


def as_tokens(tokenizer: Tokenizer | None, prompt: str | Sequence[int]) -> list[int]:
    """A prompt's tokens. Raises ``UsageError`` (EDGE-02148) for a text without a tokenizer."""
    if not isinstance(prompt, str):
        return [int(token) for token in prompt]
    if tokenizer is None:
        raise UsageError(
            "The model brings no tokenizer, so that it cannot read a text",
            next_step="Give the prompt as tokens",
            code=148,
        )
    return tokenizer.encode(prompt)


def generate(
    session: DecoderSession | PrefixCache,
    tokenizer: Tokenizer | None,
    prompt: str | Sequence[int],
    settings: Settings | None = None,
) -> Generation:
    """Continue a prompt, a text or its tokens; nothing is computed before the first piece.

    A ``PrefixCache`` that is given again computes only what the prompt has not in common with the
    last. The model may have no tokenizer: then the prompt is tokens, and pieces have no text.
    Raises ``UsageError`` (EDGE-02145, EDGE-02146, EDGE-02148), and what the tokenizer and the
    session raise.
    """
    cache = session if isinstance(session, PrefixCache) else PrefixCache(session)
    tokens = as_tokens(tokenizer, prompt)
    return Generation(cache, tokenizer, tokens, settings or Settings())
