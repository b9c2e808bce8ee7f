"""How much of a text a study reads, and what it takes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from edgesdk.decoder.session import DecoderSession
from edgesdk.error_study import Material, shortened

NOBODY = cast(DecoderSession, None)  # the session: only its tokenizer is asked
Shorten = Callable[[str, int], Material]


class Tokenizer:
    """A token for each letter, none for a space, five for a rare character."""

    def __init__(self) -> None:
        self.longest = 0

    def encode(self, text: str, **_: Any) -> list[int]:
        self.longest = max(self.longest, len(text))
        tokens = [[] if c == " " else [7] * 5 if c == "\u4e2d" else [1] for c in text]
        return [0, *(token for part in tokens for token in part)]


@pytest.fixture
def tokenizer(monkeypatch: pytest.MonkeyPatch) -> Tokenizer:
    made = Tokenizer()
    monkeypatch.setattr("edgesdk.error_study.tokenizer_of", lambda session: made)
    return made


def test_a_long_text_is_not_read_beyond_what_is_used(tokenizer: Tokenizer) -> None:
    material = shortened(NOBODY, "a" * 40_000_000, 512)
    assert material == Material([0, *[1] * 511], "a" * 511)
    assert tokenizer.longest < 5000


def test_a_beginning_of_few_tokens_wastes_none(tokenizer: Tokenizer) -> None:
    text = " " * 10_000 + "a" * 30_000
    material = shortened(NOBODY, text, 512)
    assert (len(material.tokens), material.text) == (512, text[:10_511])


@pytest.mark.parametrize("text", ["", "a", "abc", "a" * 511])
def test_a_short_text_is_whole(tokenizer: Tokenizer, text: str) -> None:
    assert shortened(NOBODY, text, 512) == Material(tokenizer.encode(text), text)


def test_a_character_of_many_tokens(tokenizer: Tokenizer) -> None:
    assert shortened(NOBODY, "\u4e2d" * 9, 2) == Material([0, 7], "\u4e2d")
