"""Text to tokens and back, whatever kind of tokenizer the model brings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from ...errors import ModelRefused
from ..weights import Vocabulary
from . import sentencepiece_tokenizer, tokenizer_json
from .pieces import Part
from .text import LONGEST_TEXT, StreamDecoder, text_from_bytes

__all__ = ["LONGEST_TEXT", "Part", "StreamDecoder", "Tokenizer", "load", "text_from_bytes"]


class Tokenizer(Protocol):
    """Text to tokens and back.

    A control token ends a message or begins a document. The name of one in a text (``</s>``) is
    text like any other, unless the caller says that the text is its own (``special``).
    """

    @property
    def vocabulary(self) -> int:
        """Number of tokens."""

    @property
    def beginning(self) -> int | None:
        """The token that every prompt begins with; None where the model was trained without."""

    @property
    def stops(self) -> tuple[int, ...]:
        """Tokens that end a generation."""

    @property
    def template(self) -> str:
        """The chat template (Jinja), "" for none."""

    @property
    def beginning_text(self) -> str:
        """What templates call ``bos_token``: the name of ``beginning``, "" for none."""

    @property
    def end_text(self) -> str:
        """What templates call ``eos_token``, "" for none."""

    def encode(self, text: str, *, beginning: bool = True, special: bool = False) -> list[int]:
        """The tokens of a text, after the beginning token where the model has one.

        With ``special``, names of control tokens in the text become those tokens; never set it for
        text that somebody else wrote. A beginning token that is there already is not doubled.
        Raises ``UsageError``: half a character (EDGE-02120), a character that the vocabulary
        cannot write (EDGE-02121), more than ``LONGEST_TEXT`` characters (EDGE-02122).
        """

    def encode_parts(self, parts: Iterable[Part], *, beginning: bool = True) -> list[int]:
        """``encode`` of a text that is the caller's own only in its trusted parts."""

    def decode(self, tokens: Iterable[int]) -> str:
        """The text of tokens; control tokens write nothing, bytes that are no UTF-8 U+FFFD.

        Tokens beyond the vocabulary write nothing: models have more rows than tokens, to fill up
        a block. Raises ``UsageError`` (EDGE-02123) for numbers that no vocabulary reaches.
        """

    def stream(self, *, beginning: bool = False) -> StreamDecoder:
        """Text out of tokens that come one at a time, as they continue a prompt.

        With ``beginning`` the text begins with them, and its parts together are ``decode``'s.
        """

    def piece(self, token: int) -> bytes:
        """The bytes of a token, perhaps a part of a character; the name of a control token."""

    def is_control(self, token: int) -> bool:
        """Whether a token is a control token, which the text of others never becomes."""


def load(vocabulary: Vocabulary) -> Tokenizer:
    """The tokenizer of a vocabulary.

    Raises ``ModelRefused`` for damaged content (EDGE-02124) and for kinds that cannot be followed
    (EDGE-02125), ``MissingExtra`` where ``tokenizers`` is needed and absent.
    """
    if vocabulary.kind == "sentencepiece":
        return sentencepiece_tokenizer.load(vocabulary)
    if vocabulary.kind == "tokenizer.json":
        return tokenizer_json.load(vocabulary)
    raise ModelRefused(f"There is no tokenizer of kind {vocabulary.kind[:40]!r}", code=125)
