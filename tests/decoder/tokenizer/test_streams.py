"""Text out of tokens one by one: whole characters, and together what decoding at once gives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgesdk import UsageError
from edgesdk.decoder.tokenizer import Tokenizer, load, text_from_bytes
from tests.decoder.tokenizer.vocabularies import (
    ODD_TEXTS,
    byte_level,
    json_vocabulary,
    llama_like,
    trained,
    vocabulary_of,
)

SOME = "the cat sat on the mat and the dog saw it\nTHEN 1234\n" * 3
TOKENIZERS: dict[str, Tokenizer] = {
    "sentencepiece": load(vocabulary_of(trained(SOME, vocab_size=310))),
    "byte-level": load(json_vocabulary(byte_level(SOME))),
    "llama": load(json_vocabulary(llama_like("first"))),
}
every = pytest.mark.parametrize("name", TOKENIZERS)


@every
@pytest.mark.parametrize("text", [text for text in ODD_TEXTS if "\ufffd" not in text])
def test_only_whole_characters_come(name: str, text: str) -> None:
    tokenizer = TOKENIZERS[name]
    tokens = tokenizer.encode(text)
    stream = tokenizer.stream(beginning=True)
    pieces = [stream.push(token) for token in tokens]
    assert not any("\ufffd" in piece for piece in pieces)
    assert stream.finish() == ""
    assert "".join(pieces) == tokenizer.decode(tokens)


@every
@given(data=st.data())
def test_any_tokens_give_what_decoding_at_once_gives(name: str, data: st.DataObject) -> None:
    tokenizer = TOKENIZERS[name]
    tokens = data.draw(st.lists(st.integers(0, tokenizer.vocabulary + 3)))
    stream = tokenizer.stream(beginning=True)
    text = "".join([*map(stream.push, tokens), stream.finish()])
    assert text == tokenizer.decode(tokens)


@every
def test_a_character_comes_with_its_last_byte(name: str) -> None:
    tokenizer = TOKENIZERS[name]
    tokens = tokenizer.encode("x🎈", beginning=False)
    stream = tokenizer.stream(beginning=True)
    pieces = [stream.push(token) for token in tokens]
    assert pieces[-4:] == ["", "", "", "🎈"]


@every
def test_a_character_that_never_ends_is_shown_at_the_end(name: str) -> None:
    tokenizer = TOKENIZERS[name]
    *tokens, _ = tokenizer.encode("x🎈", beginning=False)
    stream = tokenizer.stream(beginning=True)
    assert "".join(map(stream.push, tokens)) == "x"
    assert stream.finish() == "\ufffd"
    assert stream.finish() == ""


@every
def test_a_broken_character_does_not_hold_back_what_follows(name: str) -> None:
    tokenizer = TOKENIZERS[name]
    first = tokenizer.encode("x🎈", beginning=False)[-4]
    after = tokenizer.encode("xt", beginning=False)[-1]
    stream = tokenizer.stream(beginning=True)
    assert stream.push(first) == ""
    assert stream.push(after) in {"\ufffdt", "\ufffdxt"}


def test_a_stream_that_continues_a_text_keeps_its_first_space() -> None:
    tokenizer = TOKENIZERS["sentencepiece"]
    tokens = tokenizer.encode("the", beginning=False)
    assert "".join(map(tokenizer.stream().push, tokens)) == " the"
    assert tokenizer.decode(tokens) == "the"


def test_bytes_are_read_as_utf8() -> None:
    assert text_from_bytes("\ufeffé\x00".encode()) == "é\x00"
    assert text_from_bytes(b"") == ""


@pytest.mark.parametrize(
    "data", [b"\xff", b"abc\xe9", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\x80", b"\xe2\x82"]
)
def test_bytes_that_are_no_utf8_are_refused(data: bytes) -> None:
    with pytest.raises(UsageError) as caught:
        text_from_bytes(data)
    assert caught.value.id == "EDGE-02120"
    assert "0x" in caught.value.evidence
