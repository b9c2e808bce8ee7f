"""The JSON of a SentencePiece vocabulary: it comes back, and what is damaged is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgesdk import ModelRefused, UsageError
from edgesdk.decoder.tokenizer import load
from edgesdk.decoder.tokenizer.sentencepiece import encode_vocabulary, from_pieces, read_vocabulary
from edgesdk.decoder.weights import Vocabulary

PIECES = ["<unk>", "<s>", "</s>", "<0x41>", "▁", "a", "b", "ab", "<tool>", "▁ab", ""]
KINDS = ["unknown", "control", "control", "byte", *["normal"] * 4, "user", "unused", "normal"]
SCORES = [0.0, 0.0, 0.0, 0.0, -3.0, -4.0, -5.0, -1.0, 0.0, -2.5, 0.0]
CONTENT = encode_vocabulary(PIECES, SCORES, KINDS, beginning=1, end=2)
DOCUMENT = json.loads(CONTENT)
SPECIFICATION = Path(__file__).parents[3] / "docs" / "decoder-tokenizer.md"


def test_a_vocabulary_comes_back() -> None:
    table = read_vocabulary(CONTENT)
    assert [*table.pieces] == PIECES
    assert [*table.scores] == SCORES
    assert [*table.kinds] == KINDS
    assert (table.add_space_prefix, table.beginning, table.end) == (True, 1, 2)


def test_the_example_of_the_specification_is_read() -> None:
    example = SPECIFICATION.read_text().split("```json\n")[1].split("```")[0]
    tokenizer = load(Vocabulary("sentencepiece", example.encode(), beginning=1, stops=(2,)))
    assert tokenizer.encode("ab a<tool>") == [1, 9, 4, 5, 8]
    assert tokenizer.decode([1, 9, 4, 5, 8, 2]) == "ab a<tool>"


def test_what_stands_in_the_specification_is_what_is_read() -> None:
    text = SPECIFICATION.read_text()
    for key in DOCUMENT:
        assert f"`{key}`" in text
    for kind in KINDS:
        assert f"`{kind}`" in text


def test_types_are_ggufs() -> None:
    types = [2, 3, 3, 6, 1, 1, 1, 1, 4, 5, 1]
    vocabulary = from_pieces(PIECES, SCORES, types, beginning=1, end=2, stops=[2, 7], template="T")
    assert vocabulary == Vocabulary("sentencepiece", CONTENT, 1, (2, 7), "T")
    without = from_pieces(PIECES, SCORES, types, beginning=1, end=2, add_beginning=False)
    assert load(without).encode("ab") == [9 - 5, 7]
    for wrong in (0, 7, -1):
        with pytest.raises(ModelRefused):
            from_pieces(PIECES, SCORES, [wrong, *types[1:]])


def test_of_two_equal_pieces_the_first_one_counts() -> None:
    content = encode_vocabulary(["a", "a"], [0, 1], ["normal"] * 2, add_space_prefix=False)
    assert load(Vocabulary("sentencepiece", content)).encode("aa") == [0, 0]


def test_a_letter_that_nothing_stands_for_is_refused() -> None:
    content = encode_vocabulary(["a"], [0], ["normal"], add_space_prefix=False)
    with pytest.raises(UsageError) as caught:
        load(Vocabulary("sentencepiece", content)).encode("ab")
    assert caught.value.id == "EDGE-02121"
    assert "U+0062" in caught.value.what


BAD: list[dict[str, Any]] = [
    {"format": "other"},
    {"version": 2},
    {"version": True},
    {"more": 1},
    {"add_space_prefix": 1},
    {"beginning": -1},
    {"beginning": 11},
    {"beginning": 1.0},
    {"end": "2"},
    {"pieces": []},
    {"pieces": PIECES[:-1]},
    {"pieces": [*PIECES[:-1], 5]},
    {"pieces": [*PIECES[:-1], "x" * 1025]},
    {"pieces": [*PIECES[:-1], "\ud800"]},
    {"pieces": "abcdefghijk"},
    {"scores": SCORES[:-1]},
    {"scores": [*SCORES[:-1], None]},
    {"scores": [*SCORES[:-1], True]},
    {"scores": [*SCORES[:-1], float("nan")]},
    {"scores": [*SCORES[:-1], float("-inf")]},
    {"scores": [*SCORES[:-1], 10**400]},
    {"kinds": []},
    {"kinds": {"normal": [1]}},
    {"kinds": {"byte": [4]}},
    {"kinds": {"byte": [11]}},
    {"kinds": {"byte": [-1]}},
    {"kinds": {"byte": [3, 3]}},
    {"kinds": {"byte": [3], "user": [3]}},
    {"kinds": {"byte": 3}},
]


@pytest.mark.parametrize("change", BAD, ids=[str(change)[:40] for change in BAD])
def test_a_damaged_vocabulary_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ModelRefused) as caught:
        read_vocabulary(json.dumps({**DOCUMENT, **change}).encode())
    assert caught.value.id == "EDGE-02124"


@pytest.mark.parametrize("key", DOCUMENT)
def test_a_missing_key_is_refused(key: str) -> None:
    document = {name: value for name, value in DOCUMENT.items() if name != key}
    with pytest.raises(ModelRefused):
        read_vocabulary(json.dumps(document).encode())


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"1", b"\xff", b"[" * 100_000, b'{"a":' * 100_000, b"9" * 100_000],
    ids=lambda content: repr(content[:9]),
)
def test_what_is_no_such_json_is_refused(content: bytes) -> None:
    with pytest.raises(ModelRefused) as caught:
        read_vocabulary(content)
    assert caught.value.id == "EDGE-02124"


def test_a_file_beyond_the_limit_is_refused_unread() -> None:
    with pytest.raises(ModelRefused, match="vocabulary") as caught:
        read_vocabulary(bytes((64 << 20) + 1))
    assert "at most" in caught.value.evidence


@given(place=st.integers(0, len(CONTENT) - 1), byte=st.integers(0, 255))
def test_a_changed_byte_is_read_or_refused(place: int, byte: int) -> None:
    damaged = bytearray(CONTENT)
    damaged[place] = byte
    try:
        table = read_vocabulary(bytes(damaged))
    except ModelRefused as refusal:
        assert refusal.id == "EDGE-02124"
    else:
        assert len(table.pieces) == len(PIECES)
