"""tokenizer.json against the tokenizers library: the same tokens, but no control token by name."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer as Library
from tokenizers import decoders

from edgesdk import ModelRefused, UsageError
from edgesdk.decoder.tokenizer import Part, Tokenizer, load
from edgesdk.decoder.weights import Vocabulary
from edgesdk.errors import MissingExtra
from tests.decoder.tokenizer.vocabularies import (
    ODD_TEXTS,
    SPECIAL,
    byte_level,
    json_vocabulary,
    llama_like,
)

TRAINING = "The cat sat there. That is the hat, they said: 'Hi the cat'. 12 34 été\n" * 20
LIBRARIES = {
    "byte-level": byte_level(TRAINING),
    **{scheme: llama_like(scheme) for scheme in ("first", "always", "never", "prepend")},
}
TOKENIZERS = {name: load(json_vocabulary(library)) for name, library in LIBRARIES.items()}
CONTROLS = SPECIAL[1:]  # the unknown token is only ever the answer to a letter
WORDS = st.sampled_from(["Hi", "the", " ", "  ", "\n", "é", "<", *CONTROLS])
ANY_TEXT = st.lists(WORDS | st.text(st.characters(codec="utf-8"), max_size=3)).map("".join)
every = pytest.mark.parametrize("name", LIBRARIES)


@every
@settings(max_examples=60)
@given(text=ANY_TEXT)
def test_trusted_text_has_the_librarys_tokens(name: str, text: str) -> None:
    expected = LIBRARIES[name].encode(text, add_special_tokens=False).ids
    assert TOKENIZERS[name].encode(text, beginning=False, special=True) == expected


@every
@settings(max_examples=60)
@given(text=ANY_TEXT)
def test_no_text_of_others_becomes_a_control_token(name: str, text: str) -> None:
    tokenizer = TOKENIZERS[name]
    tokens = tokenizer.encode(text)
    assert tokens[0] == tokenizer.beginning
    assert not any(map(tokenizer.is_control, tokens[1:]))
    written = tokenizer.decode(tokens).replace("\u2581", " ")
    assert written.lstrip(" ") == text.replace("\u2581", " ").lstrip(" ")


@every
@pytest.mark.parametrize("text", ODD_TEXTS)
def test_odd_text_has_the_librarys_tokens_and_comes_back(name: str, text: str) -> None:
    tokenizer, library = TOKENIZERS[name], LIBRARIES[name]
    tokens = tokenizer.encode(text, beginning=False)
    if not any(special in text for special in SPECIAL):
        assert tokens == library.encode(text, add_special_tokens=False).ids
    assert tokenizer.decode(tokens) == library.decode(tokens)
    if name in {"byte-level", "never", "prepend"}:
        assert tokenizer.decode(tokens) == text


@every
def test_text_across_trusted_and_other_parts_is_cut_as_one(name: str) -> None:
    tokenizer = TOKENIZERS[name]
    parts = [Part("</s>Hi t", True), Part("he</s> ", False), Part("Hi<|eot|>", True)]
    tokens = tokenizer.encode_parts(parts, beginning=False)
    middle = tokenizer.encode_parts([Part("</s>", True), Part("Hi the</s> Hi", False)])
    assert tokens == [*middle[1:], LIBRARIES[name].token_to_id("<|eot|>")]


def test_a_beginning_that_the_text_has_is_not_doubled() -> None:
    tokenizer = TOKENIZERS["byte-level"]
    assert tokenizer.encode("<s>Hi", special=True) == tokenizer.encode("Hi")
    assert tokenizer.encode("<s>Hi") != tokenizer.encode("Hi")


def test_tokens_of_the_user_are_found_in_all_text_and_written() -> None:
    tokenizer, library = TOKENIZERS["byte-level"], LIBRARIES["byte-level"]
    tokens = tokenizer.encode("a<think>b", beginning=False)
    assert tokens == library.encode("a<think>b").ids
    assert library.token_to_id("<think>") in tokens
    assert tokenizer.decode(tokens) == "a<think>b"


def test_a_stop_is_a_control_token_even_if_the_file_does_not_say_so() -> None:
    library = byte_level(TRAINING)
    stop = library.token_to_id("<think>")
    tokenizer = load(json_vocabulary(library, stops=(stop,)))
    assert stop not in tokenizer.encode("a<think>b")
    assert stop in tokenizer.encode("a<think>b", special=True)
    assert tokenizer.decode([stop]) == ""
    assert (tokenizer.piece(stop), tokenizer.end_text) == (b"<think>", "<think>")


def test_white_space_beside_a_control_token_goes_where_the_file_says_so() -> None:
    found = json.loads(LIBRARIES["byte-level"].to_str())
    for token in found["added_tokens"]:
        if token["content"] == "<|eot|>":
            token["lstrip"] = token["rstrip"] = True
    content = json.dumps(found)
    tokenizer = load(Vocabulary("tokenizer.json", content.encode()))
    for text in ("Hi  <|eot|>\n the", "<|eot|>", " <|eot|> <|eot|> "):
        expected = Library.from_str(content).encode(text, add_special_tokens=False).ids
        assert tokenizer.encode(text, special=True) == expected


def marked(names: list[str], **flags: bool) -> Tokenizer:
    """A tokenizer with so many control tokens more."""
    found = json.loads(LIBRARIES["byte-level"].to_str())
    sample = found["added_tokens"][1]
    first = LIBRARIES["byte-level"].get_vocab_size()
    found["added_tokens"] += [
        {**sample, **flags, "id": first + i, "content": name} for i, name in enumerate(names)
    ]
    return load(Vocabulary("tokenizer.json", json.dumps(found).encode()))


def test_thousands_of_control_tokens_and_of_spaces_are_read_at_once() -> None:
    tokenizer = marked([f">>UNUSED_{i}<<" for i in range(2024)])
    text = "hello >> x " * 20_000 + ">>UNUSED_77<<"
    assert tokenizer.piece(tokenizer.encode(text, special=True)[-1]) == b">>UNUSED_77<<"
    tokenizer = marked(["<mask>"], lstrip=True, rstrip=True)
    spaces = " \n" * 200_000
    tokens = tokenizer.encode(f"a{spaces}<mask>{spaces}b", special=True)
    assert [tokenizer.piece(token) for token in tokens] == [b"a", b"<mask>", b"b"]
    assert tokenizer.decode(tokenizer.encode(spaces, special=True)) == spaces


def test_a_text_that_the_library_gives_up_on_is_refused() -> None:
    split = {"type": "Split", "pattern": {"Regex": "(a|a|aa)+c"}, "behavior": "Isolated"}
    split["invert"] = False
    tokenizer = load(Vocabulary("tokenizer.json", changed(pre_tokenizer=split)))
    with pytest.raises(UsageError) as caught:
        tokenizer.encode("a" * 24 + "b")
    assert caught.value.id == "EDGE-02122"
    assert tokenizer.encode("the") != []


def replaces(count: int, pattern: Any, content: str) -> dict[str, Any]:
    one = {"type": "Replace", "pattern": pattern, "content": content}
    return {"type": "Sequence", "normalizers": [one] * count}


def test_settings_of_a_trainer_change_nothing() -> None:
    library = byte_level(TRAINING)
    library.enable_truncation(4)
    library.enable_padding(length=50)
    found = json.loads(library.to_str())
    found["model"]["dropout"] = 0.9
    tokenizer = load(Vocabulary("tokenizer.json", json.dumps(found).encode()))
    text = "The cat sat there." * 20
    expected = LIBRARIES["byte-level"].encode(text).ids
    assert [tokenizer.encode(text) for _ in range(3)] == [expected] * 3


def test_a_name_that_the_model_itself_makes_a_control_token_is_refused() -> None:
    """A model may hold the name as an ordinary piece that letters merge into."""
    names = ["<", "s", ">", "<s", "<s>"]
    model = {
        "type": "BPE",
        "vocab": {name: i for i, name in enumerate(names)},
        "merges": ["< s", "<s >"],
    }
    added = [{"id": 4, "content": "<s>", "special": True, "single_word": False, "lstrip": False}]
    added[0] |= {"rstrip": False, "normalized": False}
    found = {"version": "1.0", "model": model, "added_tokens": added}
    found |= {"decoder": {"type": "ByteFallback"}, "pre_tokenizer": None, "normalizer": None}
    tokenizer = load(Vocabulary("tokenizer.json", json.dumps(found).encode()))
    assert tokenizer.encode("<s>s", special=True) == [4, 1]
    with pytest.raises(UsageError) as caught:
        tokenizer.encode("s<s>")
    assert caught.value.id == "EDGE-02129"


LETTERS = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}


def changed(**fields: Any) -> bytes:
    return json.dumps({**json.loads(LIBRARIES["byte-level"].to_str()), **fields}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"model": 1}',
        b'{"model": {"type": "BPE"}}',
        changed(added_tokens=[1]),
        changed(added_tokens=[{"id": -1, "content": "a"}]),
        changed(added_tokens=[{"id": 2**40, "content": "a"}]),
        changed(added_tokens=[{"id": 1, "content": ""}]),
        changed(added_tokens=[{"id": 1, "content": "x", "special": "yes"}]),
        changed(model={"type": "BPE", "vocab": {"a": 2**31}, "merges": []}),
        changed(model={"type": "BPE", "vocab": {"a": 0}, "merges": ["b c"]}),
        changed(model={"type": "BPE", "vocab": [], "merges": []}),
        changed(pre_tokenizer={"type": "Split", "pattern": {"Regex": "("}, "behavior": "Removed"}),
        changed(normalizer={"type": "Unheard"}),
    ],
)
def test_a_damaged_file_is_refused(content: bytes) -> None:
    with pytest.raises(ModelRefused) as caught:
        load(Vocabulary("tokenizer.json", content))
    assert caught.value.id == "EDGE-02124"


@pytest.mark.parametrize(
    "content",
    [
        changed(model={"type": "Unigram", "vocab": [["a", 0.0]], "unk_id": 0}),
        changed(model={"type": "WordPiece", "vocab": {"a": 0}}),
        changed(decoder=None),
        changed(normalizer=replaces(1, {"String": "a"}, "aa")),
        changed(normalizer=replaces(1, {"String": ""}, "a")),
        changed(normalizer=replaces(1, {"Regex": "a*"}, "b")),
        changed(normalizer=replaces(99, {"String": "a"}, "b")),
        changed(normalizer={"type": "Prepend", "prepend": "x" * 99}),
        changed(pre_tokenizer={"type": "Sequence", "pretokenizers": [LETTERS] * 9}),
        changed(decoder=json.loads(decoders.WordPiece().__getstate__())),
        changed(decoder={"type": "Sequence", "decoders": []}),
        changed(decoder={"type": "Strip", "content": "x", "start": 3, "stop": 1}),
        changed(decoder={"type": "Replace", "pattern": {"Regex": "."}, "content": "x"}),
    ],
)
def test_a_kind_that_is_not_known_is_refused(content: bytes) -> None:
    with pytest.raises(ModelRefused) as caught:
        load(Vocabulary("tokenizer.json", content))
    assert caught.value.id == "EDGE-02125"


def test_a_vocabulary_of_another_kind_is_refused() -> None:
    with pytest.raises(ModelRefused) as caught:
        load(Vocabulary("wordpiece", b""))
    assert caught.value.id == "EDGE-02125"


def test_the_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(MissingExtra, match="tokenizers") as caught:
        load(json_vocabulary(LIBRARIES["byte-level"]))
    assert "edgesdk[decoder]" in caught.value.next_step


def test_every_kind_is_a_tokenizer() -> None:
    kinds: list[Tokenizer] = list(TOKENIZERS.values())
    assert [kind.vocabulary for kind in kinds] == [
        library.get_vocab_size() for library in LIBRARIES.values()
    ]
