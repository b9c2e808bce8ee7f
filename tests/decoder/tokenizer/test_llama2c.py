"""llama2.c's tokenizer file, on the one of stories260K, against merging as run.c does it."""

from __future__ import annotations

import struct
from itertools import pairwise
from pathlib import Path

import pytest

from edgesdk import ModelRefused, UsageError
from edgesdk.decoder.tokenizer import LONGEST_TEXT, Tokenizer, load
from edgesdk.decoder.tokenizer.sentencepiece_llama2c import read_llama2c
from tests.decoder.tokenizer.vocabularies import ODD_TEXTS


@pytest.fixture(scope="module")
def content(data: Path) -> bytes:
    return (data / "lm-weights" / "tok512.bin").read_bytes()


@pytest.fixture(scope="module")
def tokenizer(content: bytes) -> Tokenizer:
    return load(read_llama2c(content, 512))


def records(content: bytes) -> list[tuple[bytes, float]]:
    found, offset = [], 4
    while offset < len(content):
        score, length = struct.unpack_from("<fi", content, offset)
        found.append((content[offset + 8 : offset + 8 + length], score))
        offset += 8 + length
    return found


def merged_slowly(content: bytes, text: str) -> list[int]:
    """The best pair of the whole text is sought again after each merge: n * n steps."""
    table = {piece: (token, score) for token, (piece, score) in enumerate(records(content))}
    pieces: list[bytes] = []
    for character in " " + text:
        known = character.encode() in table
        encoded = character.encode()
        pieces += [encoded] if known else [b"<0x%02X>" % byte for byte in encoded]
    while True:
        pairs = [(left + right, i) for i, (left, right) in enumerate(pairwise(pieces))]
        known_pairs = [(-table[pair][1], i) for pair, i in pairs if pair in table]
        if not known_pairs:
            return [table[piece][0] for piece in pieces]
        _, best = min(known_pairs)
        pieces[best : best + 2] = [pieces[best] + pieces[best + 1]]


def test_the_known_prompt_has_its_known_tokens(tokenizer: Tokenizer) -> None:
    # 403 " Once", 407 " upon", 261 " a", 378 " time": each is the longest merge of its word.
    assert tokenizer.encode("Once upon a time") == [1, 403, 407, 261, 378]
    assert [tokenizer.piece(token) for token in (403, 407, 261, 378)] == [
        b" Once",
        b" upon",
        b" a",
        b" time",
    ]
    assert (tokenizer.vocabulary, tokenizer.beginning, tokenizer.stops) == (512, 1, (1, 2))


@pytest.mark.parametrize("text", ODD_TEXTS[1:])
def test_odd_text_is_merged_as_run_c_does(content: bytes, tokenizer: Tokenizer, text: str) -> None:
    assert tokenizer.encode(text, beginning=False) == merged_slowly(content, text)


def test_stories_are_merged_as_run_c_does(content: bytes, tokenizer: Tokenizer, data: Path) -> None:
    text = (data / "text" / "tinystories_sample.txt").read_text()[:1500]
    assert tokenizer.encode(text, beginning=False) == merged_slowly(content, text)


@pytest.mark.parametrize(
    "name", ["wikitext2-test.txt", "tinyshakespeare.txt", "tinystories_sample.txt"]
)
def test_real_text_comes_back(tokenizer: Tokenizer, data: Path, name: str) -> None:
    text = (data / "text" / name).read_text()
    tokens = tokenizer.encode(text)
    assert tokenizer.decode(tokens) == text
    assert len(tokens) < 0.7 * len(text)


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_odd_text_comes_back(tokenizer: Tokenizer, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text)) == text


@pytest.mark.parametrize("unit", ["e", "ab", "the", "\u00e9", "▁"])
def test_long_text_without_spaces(tokenizer: Tokenizer, unit: str) -> None:
    text = unit * (100_000 // len(unit))
    expected = text.replace("▁", " ")  # U+2581 is how the vocabulary writes a space
    assert tokenizer.decode(tokenizer.encode(text)) == expected


def test_empty_text_has_only_the_beginning(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("") == [1]
    assert tokenizer.encode("", beginning=False) == []
    assert tokenizer.decode([]) == ""


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\udc80"])
def test_half_a_character_is_refused(tokenizer: Tokenizer, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        tokenizer.encode(text)
    assert caught.value.id == "EDGE-02120"
    assert "U+D" in caught.value.evidence


def test_text_beyond_the_limit_is_refused(tokenizer: Tokenizer) -> None:
    with pytest.raises(UsageError) as caught:
        tokenizer.encode("a" * (LONGEST_TEXT + 1))
    assert caught.value.id == "EDGE-02122"


@pytest.mark.parametrize("token", [-1, 1 << 20, 1 << 70])
def test_numbers_that_are_no_tokens_are_refused(tokenizer: Tokenizer, token: int) -> None:
    for use in (tokenizer.piece, tokenizer.stream().push, lambda t: tokenizer.decode([t])):
        with pytest.raises(UsageError) as caught:
            use(token)
        assert caught.value.id == "EDGE-02123"


def test_rows_beyond_the_vocabulary_write_nothing(tokenizer: Tokenizer) -> None:
    assert tokenizer.decode([403, 512, 70_000, 407]) == "Once upon"
    assert tokenizer.piece(512) == b""


def test_every_shorter_file_is_refused(content: bytes) -> None:
    for size in [*range(0, 60), *range(60, len(content), 97), len(content) - 1]:
        with pytest.raises(ModelRefused) as caught:
            read_llama2c(content[:size], 512)
        assert caught.value.id == "EDGE-02124"


@pytest.mark.parametrize("vocabulary", [-1, 0, 3, 511, 513, 32_000, 1 << 31])
def test_a_file_of_another_model_is_refused(content: bytes, vocabulary: int) -> None:
    with pytest.raises(ModelRefused) as caught:
        read_llama2c(content, vocabulary)
    assert caught.value.id == "EDGE-02124"


@pytest.mark.parametrize(
    ("offset", "value"),
    [
        (8, struct.pack("<i", -1)),
        (8, struct.pack("<i", 2**31 - 1)),
        (4, struct.pack("<f", float("nan"))),
        (4, struct.pack("<f", float("-inf"))),
        (12, b"\xff\xff"),
    ],
)
def test_a_damaged_file_is_refused(content: bytes, offset: int, value: bytes) -> None:
    damaged = content[:offset] + value + content[offset + len(value) :]
    with pytest.raises(ModelRefused) as caught:
        read_llama2c(damaged, 512)
    assert caught.value.id == "EDGE-02124"
