"""Tokenizers of GGUF files: what they become, checked by the tokenizers that read it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
from gguf import GGMLQuantizationType as Type
from tokenizers import Tokenizer as Library

from edgesdk.decoder import tokenizer as tokenizers_
from edgesdk.decoder.chat_template import render
from edgesdk.decoder.vocabulary import MOST_STOPS
from edgesdk.decoder.weights import Vocabulary
from edgesdk.errors import ModelRefused
from edgesdk.formats import read_source
from edgesdk.formats.gguf.vocabulary import gguf_vocabulary
from tests.formats.decoder import gguf_builder as builder

NORMAL, UNKNOWN, CONTROL, USER, BYTE = 1, 2, 3, 4, 6
LETTERS = [chr(code) for code in (*range(33, 127), 0x120)]  # 0x120 stands for the space
# The merges of "ab", "abc", two digits and three, and a word with its space.
MERGES = ["a b", "ab c", "1 2", "12 3", "Ġ ab"]
BPE = ["<s>", "</s>", "<|eot_id|>", "<tool>", *LETTERS, *[m.replace(" ", "") for m in MERGES]]
BPE_TYPES = [CONTROL, CONTROL, CONTROL, USER, *[NORMAL] * (len(BPE) - 4)]


def bpe(pre: str | None, **more: Any) -> Callable[[gguf.GGUFWriter], None]:
    def write(writer: gguf.GGUFWriter) -> None:
        writer.add_tokenizer_model("gpt2")
        if pre is not None:
            writer.add_tokenizer_pre(pre)
        writer.add_token_list(BPE)
        writer.add_token_types(BPE_TYPES)
        writer.add_token_merges(MERGES)
        writer.add_bos_token_id(0)
        writer.add_eos_token_id(1)
        for name, value in more.items():
            getattr(writer, name)(value)

    return write


def vocabulary_of(path: Path, more: Callable[[gguf.GGUFWriter], None]) -> Vocabulary:
    tensors = builder.tensors("llama")
    tensors["token_embd.weight"] = tensors["token_embd.weight"].repeat(2, axis=0)
    model = read_source(builder.write(path, "llama", tensors, Type.TQ2_0, more)).decoder
    assert model is not None
    assert model.vocabulary is not None
    return model.vocabulary


def words(found: Vocabulary, text: str) -> list[str]:
    loaded = tokenizers_.load(found)
    tokens = loaded.encode(text, beginning=False)
    assert loaded.decode(tokens) == text
    return [BPE[token] for token in tokens]


@pytest.mark.parametrize(
    ("pre", "digits", "spaces"),
    [
        ("llama-bpe", ["123", "4"], ["Ġab"]),
        ("qwen2", ["1", "2", "3", "4"], ["Ġab"]),
        ("smollm", ["1", "2", "3", "4"], ["Ġab"]),
        ("gpt-2", ["123", "4"], ["Ġab"]),
        ("default", ["123", "4"], ["Ġab"]),
    ],
)
def test_text_parts_as_the_named_tokenizer_parts_it(
    tmp_path: Path, pre: str, digits: list[str], spaces: list[str]
) -> None:
    found = vocabulary_of(tmp_path / "m.gguf", bpe(pre))
    assert words(found, "1234") == digits
    assert words(found, " ab") == spaces
    assert words(found, "abc-12") == ["abc", "-", *(["12"] if digits[0] == "123" else ["1", "2"])]
    assert found.beginning == (0 if pre == "llama-bpe" else None)
    assert found.stops == (1, 2)


def test_control_tokens_are_not_made_of_text(tmp_path: Path) -> None:
    found = vocabulary_of(tmp_path / "m.gguf", bpe("gpt-2"))
    loaded = tokenizers_.load(found)
    assert loaded.encode("<s>a", special=True)[0] == 0
    assert 0 not in loaded.encode("<s>a", beginning=False)


def test_what_the_file_says_of_beginning_template_and_ends(tmp_path: Path) -> None:
    more = {"add_add_bos_token": True, "add_chat_template": "{{ t }}", "add_eot_token_id": 3}
    found = vocabulary_of(tmp_path / "m.gguf", bpe("gpt-2", **more))
    assert (found.beginning, found.template, found.stops) == (0, "{{ t }}", (1, 3, 2))
    found = vocabulary_of(tmp_path / "n.gguf", bpe("llama-bpe", add_add_bos_token=False))
    assert found.beginning is None


def pieces(writer: gguf.GGUFWriter) -> None:
    writer.add_tokenizer_model("llama")
    bytes_ = [f"<0x{byte:02X}>" for byte in range(64)]
    writer.add_token_list(["<unk>", "<s>", "</s>", *bytes_, "▁", "a", "b", "▁a", "ab", "▁ab"])
    writer.add_token_types([UNKNOWN, CONTROL, CONTROL, *[BYTE] * 64, *[NORMAL] * 6])
    writer.add_token_scores([0.0] * 67 + [-10.0, -11.0, -12.0, -2.0, -1.0, -3.0])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)


def test_sentencepiece_pieces(tmp_path: Path) -> None:
    found = vocabulary_of(tmp_path / "m.gguf", pieces)
    assert (found.kind, found.beginning, found.stops) == ("sentencepiece", 1, (2,))
    loaded = tokenizers_.load(found)
    assert loaded.encode("ab") == [1, 72]
    assert loaded.encode("a!") == [1, 70, 3 + ord("!")]
    assert loaded.decode([72, 3 + ord("!")]).strip() == "ab!"


METADATA: dict[str, Any] = {
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.pre": "gpt-2",
    "tokenizer.ggml.tokens": BPE,
    "tokenizer.ggml.merges": MERGES,
}


def metadata(**changes: Any) -> dict[str, Any]:
    types = np.array(BPE_TYPES, np.int32)
    changed = {f"tokenizer.ggml.{key}": value for key, value in changes.items()}
    return {**METADATA, "tokenizer.ggml.token_type": types, **changed}


def test_a_file_may_have_none() -> None:
    assert gguf_vocabulary({}, 10) is None
    assert gguf_vocabulary(metadata(model="none"), 10) is None
    assert gguf_vocabulary(metadata(), len(BPE)) is not None


def test_llama_3_without_a_name_is_known_by_its_first_token() -> None:
    tokens = ["<|begin_of_text|>", *BPE[1:]]
    found = gguf_vocabulary(metadata(tokens=tokens, pre="default"), 200)
    named = gguf_vocabulary(metadata(tokens=tokens, pre="llama-bpe"), 200)
    assert found is not None
    assert named is not None
    assert found.content == named.content


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "bert"},
        {"model": 5},
        {"pre": "nobody-knows"},
        {"pre": 7},
        {"pre": ["gpt-2"]},
        {"model": ["gpt2"]},
        {"tokens": None},
        {"tokens": []},
        {"tokens": BPE[:-1]},
        {"tokens": [*BPE[:-1], BPE[0]]},
        {"tokens": [*BPE, *map(str, range(500, 600))]},
        {"token_type": [1] * len(BPE)},
        {"token_type": None, "merges": None},
        {"model": "llama"},
    ],
)
def test_tokenizers_that_cannot_be_used(changes: dict[str, Any]) -> None:
    with pytest.raises(ModelRefused) as caught:
        gguf_vocabulary(metadata(**changes), 150)
    assert caught.value.id == "EDGE-02109"


PIECES = ["<unk>", "<s>", "</s>", "<0x41>", "▁", "a", "<|im_start|>", "<|im_end|>", "<tool>"]
LLAMA: dict[str, Any] = {
    "tokenizer.ggml.model": "llama",
    "tokenizer.ggml.tokens": PIECES,
    "tokenizer.ggml.scores": np.zeros(len(PIECES), np.float32),
}


@pytest.mark.parametrize("types", [None, [2, 3, 3, 6, 0, 0, 1, 1, 1]])
def test_sentencepiece_without_types_or_numbers_of_its_ends(types: list[int] | None) -> None:
    more = {} if types is None else {"tokenizer.ggml.token_type": np.array(types, np.int32)}
    found = gguf_vocabulary({**LLAMA, **more}, 20)
    assert found is not None
    assert found.beginning == 1
    assert found.stops[0] == 2
    loaded = tokenizers_.load(found)
    assert loaded.encode("aA") == [1, 4, 5, 3]
    assert loaded.encode("</s>", beginning=False, special=True) == [2]


def test_tokens_that_a_chat_model_added_are_control_tokens() -> None:
    types = np.array([2, 3, 3, 6, 1, 1, USER, USER, USER], np.int32)
    ends = {"tokenizer.ggml.token_type": types, "tokenizer.ggml.eos_token_id": 2}
    found = gguf_vocabulary({**LLAMA, **ends}, 20)
    assert found is not None
    assert found.stops == (2, 7)
    loaded = tokenizers_.load(found)
    text = "<|im_start|>a<|im_end|><tool>"
    assert [t for t in loaded.encode(text, special=True)[1:] if loaded.is_control(t)] == [6, 7]
    assert {6, 7}.isdisjoint(loaded.encode(text))
    assert 8 in loaded.encode(text)


def test_an_end_that_is_a_users_token_is_a_control_token() -> None:
    types = np.array([2, 3, 3, 6, 1, 1, 1, 1, USER], np.int32)
    ends = {"tokenizer.ggml.token_type": types, "tokenizer.ggml.eos_token_id": 8}
    found = gguf_vocabulary({**LLAMA, **ends}, 20)
    assert found is not None
    loaded = tokenizers_.load(found)
    assert 8 in loaded.encode("a<tool>", special=True)
    assert 8 not in loaded.encode("a<tool>")


@pytest.mark.parametrize(
    ("pre", "text", "expected"),
    [
        ("tekken", "abABC1", ["ab", "ABC", "1"]),
        ("smaug-bpe", "abABC123", ["abABC", "123"]),
        ("deepseek-coder", "ab 12\n-c", ["ab", " ", "1", "2", "\n", "-", "c"]),
    ],
)
def test_the_words_of_a_tokenizer(pre: str, text: str, expected: list[str]) -> None:
    found = gguf_vocabulary(metadata(pre=pre, bos_token_id=0), 200)
    assert found is not None
    steps = Library.from_str(found.content.decode()).pre_tokenizer.pre_tokenize_str(text)
    assert [text[begin:end] for _, (begin, end) in steps] == expected
    assert found.beginning == (0 if pre == "tekken" else None)


def test_no_more_ends_than_a_bundle_holds() -> None:
    pieces = [*PIECES, *["</s>"] * 400]
    found = gguf_vocabulary(
        {
            **LLAMA,
            "tokenizer.ggml.tokens": pieces,
            "tokenizer.ggml.scores": np.zeros(len(pieces), np.float32),
        },
        1000,
    )
    assert found is not None
    assert len(found.stops) <= MOST_STOPS


def test_a_beginning_that_only_the_template_writes() -> None:
    template = {"tokenizer.chat_template": "{{ bos_token }}a"}
    found = gguf_vocabulary({**metadata(bos_token_id=0), **template}, 200)
    assert found is not None
    assert found.beginning is None
    assert render(found.template, [{"role": "user", "content": "b"}]) == "<s>a"


def test_what_to_do_about_a_tokenizer_that_is_not_known() -> None:
    with pytest.raises(ModelRefused) as caught:
        gguf_vocabulary(metadata(pre="nobody-knows"), 200)
    assert "Convert" in caught.value.next_step
    assert "remove" not in caught.value.next_step


@pytest.mark.parametrize("template", [5, ["x"], "x" * 70_000])
def test_a_template_that_is_no_text(template: Any) -> None:
    with pytest.raises(ModelRefused) as caught:
        gguf_vocabulary({**metadata(), "tokenizer.chat_template": template}, 150)
    assert caught.value.id == "EDGE-02109"
