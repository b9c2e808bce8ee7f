"""A tokenizer whose every token stands for fixed bytes: what all kinds have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ...errors import UsageError
from ..weights import Vocabulary
from .text import StreamDecoder, check_text

MOST_TOKENS = 1 << 20
LARGEST_CONTENT = 64 << 20  # bytes of a tokenizer's file; 256,000 tokens take about 35 MB
_SPACE = re.compile(r"\s*")
UNKNOWN_TEXT = " \u2047 ".encode()  # what SentencePiece writes for an unknown token


class Part(NamedTuple):
    """A stretch of a prompt. Only in trusted ones is a control token's name read as that token."""

    text: str
    trusted: bool


class Control(NamedTuple):
    """A token that text alone never becomes. Some swallow the white space beside their name."""

    token: int
    strips_left: bool = False
    strips_right: bool = False


# Encodes text without control tokens; the flag: whether it is the very beginning of the prompt.
Plain = Callable[[str, bool], list[int]]


class PieceTokenizer:
    """Text to tokens and back. ``edgesdk.decoder.tokenizer.Tokenizer`` documents the methods.

    ``pieces``: the bytes that each token writes, b"" for control tokens. ``controls``: by name.
    ``strip``: encoding puts a space before the text, so that decoding drops one there.
    ``start``, ``end``: the names of the tokens that templates call ``bos_token`` and ``eos_token``,
    where they may be others than those that begin every prompt and end a generation.
    """

    def __init__(
        self,
        pieces: Sequence[bytes],
        controls: Mapping[str, Control],
        plain: Plain,
        vocabulary: Vocabulary,
        *,
        strip: bool,
        start: str | None = None,
        end: str | None = None,
    ) -> None:
        self.vocabulary = len(pieces)
        self.beginning = vocabulary.beginning
        self.stops = vocabulary.stops
        self.template = vocabulary.template
        self._pieces = pieces
        self._controls = controls
        self._names = {control.token: name for name, control in controls.items()}
        self._plain = plain
        self._strip = strip
        self._pattern = _pattern(controls)
        self.beginning_text = start or self._text_of(self.beginning)
        self.end_text = end or self._text_of(self.stops[0] if self.stops else None)

    def encode(self, text: str, *, beginning: bool = True, special: bool = False) -> list[int]:
        """The tokens of a text, after the model's beginning token."""
        return self.encode_parts([Part(text, special)], beginning=beginning)

    def encode_parts(self, parts: Iterable[Part], *, beginning: bool = True) -> list[int]:
        """The tokens of a text that is trusted in parts."""
        tokens: list[int] = []
        for item in self._split(parts):
            if isinstance(item, int):
                tokens.append(item)
            elif item:
                check_text(item)
                tokens += self._plain(item, not tokens)
        if beginning and self.beginning is not None and tokens[:1] != [self.beginning]:
            tokens.insert(0, self.beginning)
        return tokens

    def decode(self, tokens: Iterable[int]) -> str:
        """The text of tokens; control tokens write nothing."""
        stream = self.stream(beginning=True)
        return "".join([*map(stream.push, tokens), stream.finish()])

    def stream(self, *, beginning: bool = False) -> StreamDecoder:
        """Text out of tokens that come one at a time."""
        return StreamDecoder(self._bytes_of, strip=beginning and self._strip)

    def piece(self, token: int) -> bytes:
        """What a token stands for: its bytes, or the name of a control token."""
        name = self._names.get(int(token))
        return self._bytes_of(token) if name is None else name.encode()

    def is_control(self, token: int) -> bool:
        """Whether a token is one that text alone never becomes."""
        return token in self._names

    def _split(self, parts: Iterable[Part]) -> Iterator[int | str]:
        """Control tokens, and the text between them across the borders of parts."""
        pending: list[str] = []
        for text, trusted in parts:
            end = 0
            while trusted and self._pattern and (match := self._pattern.search(text, end)):
                control = self._controls[match.group()]
                before = text[end : match.start()]
                yield "".join([*pending, before.rstrip() if control.strips_left else before])
                yield control.token
                pending, end = [], match.end()
                if control.strips_right:
                    end = _after_space(text, end)
            pending.append(text[end:])
        yield "".join(pending)

    def _bytes_of(self, token: int) -> bytes:
        if 0 <= token < self.vocabulary:
            return self._pieces[token]
        if self.vocabulary <= token < MOST_TOKENS:
            return b""  # models have more rows than tokens, to fill up a block
        raise UsageError(
            f"There is no token {token}",
            evidence=f"the vocabulary has {self.vocabulary} tokens",
            next_step=f"Give numbers from 0 to {self.vocabulary - 1}",
            code=123,
        )

    def _text_of(self, token: int | None) -> str:
        return "" if token is None else self.piece(token).decode(errors="replace")


def _pattern(controls: Mapping[str, Control]) -> re.Pattern[str] | None:
    """Finds the control tokens of a text, the longest where several begin at one place.

    Names alone: then the search passes over all characters that begin none of them.
    """
    names = sorted(filter(None, controls), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, names))) if names else None


def _after_space(text: str, place: int) -> int:
    """Where the white space ends that begins at a place."""
    found = _SPACE.match(text, place)
    return found.end() if found else place
