"""tokenizer.model: the file that the sentencepiece library writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentencepiece import sentencepiece_model_pb2

from edgesdk import ModelRefused
from edgesdk.decoder.tokenizer import load
from edgesdk.decoder.tokenizer.sentencepiece import read_vocabulary
from edgesdk.decoder.tokenizer.sentencepiece_model import read_model
from tests.decoder.tokenizer.vocabularies import ODD_TEXTS, trained, vocabulary_of

SOME = "the cat sat on the mat and the dog saw it\nTHEN 1234\n" * 3
MODEL = trained(SOME, vocab_size=310)
CONTENT = MODEL.serialized_model_proto()


def test_the_file_has_what_the_library_tells() -> None:
    assert read_model(CONTENT) == vocabulary_of(MODEL)


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_its_tokens_are_the_librarys(text: str) -> None:
    assert load(read_model(CONTENT)).encode(text) == [MODEL.bos_id(), *MODEL.encode(text)]


def test_options_go_into_the_vocabulary() -> None:
    vocabulary = read_model(CONTENT, stops=[2, 9], add_beginning=False, template="T")
    assert (vocabulary.beginning, vocabulary.stops, vocabulary.template) == (None, (2, 9), "T")


def test_a_model_without_a_beginning_has_none() -> None:
    model = trained(SOME, vocab_size=310, bos_id=-1, eos_id=1, add_dummy_prefix=False)
    table = read_vocabulary(read_model(model.serialized_model_proto()).content)
    assert (table.beginning, table.end, table.add_space_prefix) == (None, 1, False)


@pytest.mark.parametrize(
    "options",
    [
        {"model_type": "unigram", "vocab_size": 282},
        {"normalization_rule_name": "nmt_nfkc"},
        {"remove_extra_whitespaces": True},
        {"treat_whitespace_as_suffix": True},
    ],
    ids=str,
)
def test_another_kind_is_refused(options: dict[str, object]) -> None:
    model = trained(SOME, **{"vocab_size": 310, **options})
    with pytest.raises(ModelRefused) as caught:
        read_model(model.serialized_model_proto())
    assert caught.value.id == "EDGE-02125"


@given(size=st.integers(0, len(CONTENT) - 1))
def test_a_shorter_file_is_refused(size: int) -> None:
    with pytest.raises(ModelRefused):
        read_model(CONTENT[:size])


@given(place=st.integers(0, len(CONTENT) - 1), byte=st.integers(0, 255))
def test_a_changed_byte_is_read_or_refused(place: int, byte: int) -> None:
    damaged = bytearray(CONTENT)
    damaged[place] = byte
    try:
        assert load(read_model(bytes(damaged))).vocabulary > 0
    except ModelRefused as refusal:
        assert refusal.id in {"EDGE-02124", "EDGE-02125"}


@pytest.mark.parametrize(
    "content",
    [b"", b"\x0a", b"\x0a\xff\xff\xff\xff\x0f", b"\xff" * 12, b"\x0b", b"\x08\x01" * 9],
    ids=repr,
)
def test_what_is_no_such_file_is_refused(content: bytes) -> None:
    with pytest.raises(ModelRefused):
        read_model(content)


@pytest.mark.parametrize("score", [float("nan"), float("inf")])
def test_scores_that_are_no_numbers_are_refused(score: float) -> None:
    proto = sentencepiece_model_pb2.ModelProto.FromString(CONTENT)
    proto.pieces[300].score = score
    with pytest.raises(ModelRefused) as caught:
        read_model(proto.SerializeToString())
    assert caught.value.id == "EDGE-02124"
