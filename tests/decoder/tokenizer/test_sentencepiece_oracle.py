"""The SentencePiece tokenizer against the sentencepiece library, on real and on odd text."""

from __future__ import annotations

from pathlib import Path

import pytest
import sentencepiece
from hypothesis import given, settings
from hypothesis import strategies as st
from sentencepiece import sentencepiece_model_pb2

from edgesdk.decoder.tokenizer import Tokenizer, load
from tests.decoder.tokenizer.vocabularies import ODD_TEXTS, trained, vocabulary_of

Model = sentencepiece.SentencePieceProcessor
NORMAL, UNUSED = 1, 5  # SentencePiece's own types
WORDS = "the cat sat on the mat and the dog saw it; there they are, then: that thing\n"
SOME = (WORDS + WORDS.upper() + "äöü été naïve 1234 (x) [y] {z}\n") * 3


@pytest.fixture(scope="module")
def pair(data: Path) -> tuple[Model, Tokenizer]:
    text = (data / "text" / "wikitext2-valid.txt").read_text()[:200_000]
    model = trained(text)
    return model, load(vocabulary_of(model))


@pytest.mark.parametrize(
    "name", ["wikitext2-test.txt", "tinyshakespeare.txt", "tinystories_sample.txt"]
)
def test_the_tokens_of_real_text_are_the_librarys(
    pair: tuple[Model, Tokenizer], data: Path, name: str
) -> None:
    model, tokenizer = pair
    text = (data / "text" / name).read_text()[:300_000]
    tokens = model.encode(text)
    assert tokenizer.encode(text, beginning=False) == tokens
    assert tokenizer.decode(tokens) == text == model.decode(tokens)


@pytest.fixture(scope="module")
def small() -> tuple[Model, Tokenizer]:
    model = trained(SOME, vocab_size=340)
    return model, load(vocabulary_of(model))


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_the_tokens_of_odd_text_are_the_librarys(small: tuple[Model, Tokenizer], text: str) -> None:
    model, tokenizer = small
    tokens = model.encode(text)
    assert tokenizer.encode(text, beginning=False) == tokens
    assert tokenizer.decode(tokens) == text


@settings(max_examples=300)
@given(text=st.text(st.one_of(st.sampled_from("the a▁ T\n"), st.characters(codec="utf-8"))))
def test_the_tokens_of_any_text_are_the_librarys(text: str) -> None:
    model, tokenizer = _SMALL
    assert tokenizer.encode(text, beginning=False) == model.encode(text)


_MODEL = trained(SOME, vocab_size=340)
_SMALL = (_MODEL, load(vocabulary_of(_MODEL)))


def test_a_vocabulary_without_bytes_gives_one_unknown_token_for_all_in_a_row() -> None:
    model = trained(SOME, vocab_size=90, byte_fallback=False)
    tokenizer = load(vocabulary_of(model))
    for text in ("the 你好 cat", "你", "日本 the 日 本", *ODD_TEXTS):
        tokens = model.encode(text)
        assert tokenizer.encode(text, beginning=False) == tokens
        assert tokenizer.decode(tokens) == model.decode(tokens)


def test_pieces_of_the_user_are_found_first_and_join_with_nothing() -> None:
    user = ("<think>", "the▁c", "▁▁▁", "sat")
    model = trained(SOME, vocab_size=350, user_defined_symbols=[*user])
    tokenizer = load(vocabulary_of(model, user=user))
    for text in ("a<think>the cat</think>", "   sat  satsat ", "the catthe c", *ODD_TEXTS):
        assert tokenizer.encode(text, beginning=False) == model.encode(text), text


def test_pieces_across_words_are_joined() -> None:
    model = trained(SOME, vocab_size=400, split_by_whitespace=False)
    assert any("▁" in model.id_to_piece(token).lstrip("▁") for token in range(400))
    tokenizer = load(vocabulary_of(model))
    for text in (SOME[:400], "the cat the cat", *ODD_TEXTS):
        assert tokenizer.encode(text, beginning=False) == model.encode(text), text


def test_unused_pieces_are_taken_apart_again() -> None:
    proto = sentencepiece_model_pb2.ModelProto.FromString(
        trained(SOME, vocab_size=400).serialized_model_proto()
    )
    for piece in proto.pieces:
        if len(piece.piece) > 2 and piece.type == NORMAL:
            piece.type = UNUSED
    model = Model(model_proto=proto.SerializeToString())
    assert any(model.is_unused(token) for token in range(400))
    tokenizer = load(vocabulary_of(model))
    for text in (SOME[:300], "the mat", "thethethe", *ODD_TEXTS):
        assert tokenizer.encode(text, beginning=False) == model.encode(text), text


def test_no_space_goes_before_the_text_where_the_model_has_none() -> None:
    model = trained(SOME, vocab_size=340, add_dummy_prefix=False)
    tokenizer = load(vocabulary_of(model, add_space_prefix=False))
    for text in ("the cat", " the cat", *ODD_TEXTS):
        tokens = model.encode(text)
        assert tokenizer.encode(text, beginning=False) == tokens
        assert tokenizer.decode(tokens) == text == model.decode(tokens)


def test_bytes_that_are_no_character_are_replaced() -> None:
    model, tokenizer = _SMALL
    tokens = [model.piece_to_id(f"<0x{byte:02X}>") for byte in (0xE4, 0xBD, 0x41, 0xFF, 0xA0)]
    assert tokenizer.decode(tokens) == "\ufffdA\ufffd\ufffd"
