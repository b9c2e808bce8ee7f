"""The tokenizer of a folder: which token begins, which end, which template, which are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edgesdk.decoder.chat_template import render
from edgesdk.decoder.tokenizer import load
from edgesdk.decoder.vocabulary import MOST_STOPS
from edgesdk.decoder.weights import Vocabulary
from edgesdk.errors import ModelRefused
from edgesdk.formats import read_source
from edgesdk.formats.bitnet.vocabulary import _stops
from tests.decoder.tokenizer.vocabularies import trained
from tests.formats.decoder import folder_builder as builder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = builder.write(tmp_path / "m", builder.LLAMA, builder.tensors(head=True))
    (path / "tokenizer.json").write_bytes(builder.tokenizer())
    return path


def vocabulary(folder: Path) -> Vocabulary:
    model = read_source(folder).decoder
    assert model is not None
    assert model.vocabulary is not None
    return model.vocabulary


def write(folder: Path, name: str, document: Any) -> None:
    (folder / name).write_text(json.dumps(document))


def test_it_is_carried_as_it_is(folder: Path) -> None:
    found = vocabulary(folder)
    assert (found.kind, found.content) == ("tokenizer.json", builder.tokenizer())
    assert (found.beginning, found.stops, found.template) == (45, (2, 3), "")


def test_stops_are_of_every_file_that_names_one(folder: Path) -> None:
    write(folder, "generation_config.json", {"eos_token_id": [3, 40, 10**9, -1, True, "x"]})
    write(folder, "tokenizer_config.json", {"eos_token": {"content": "<|eot_id|>"}})
    assert vocabulary(folder).stops == (47, 3, 40, 2)  # the tokenizer's own end first


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"bos_token": "<s>", "add_bos_token": False}, None),
        ({"bos_token": "</s>", "add_bos_token": True}, 46),
        ({"bos_token": {"content": "</s>"}, "add_bos_token": True}, 46),
        ({"bos_token": "<s>"}, 45),  # as the tokenizer's own template has it
        ({"add_bos_token": True}, None),
    ],
)
def test_which_token_begins(folder: Path, settings: Any, expected: int | None) -> None:
    write(folder, "tokenizer_config.json", settings)
    assert vocabulary(folder).beginning == expected


def test_a_beginning_that_only_the_template_writes(folder: Path) -> None:
    settings = {"bos_token": "<s>", "add_bos_token": False}
    write(folder, "tokenizer_config.json", {**settings, "chat_template": "\n{{ bos_token }}A"})
    found = vocabulary(folder)
    assert found.beginning is None
    assert render(found.template, [{"role": "user", "content": "A"}]) == "\n<s>A"
    write(folder, "tokenizer_config.json", {**settings, "chat_template": "{{ eos_token }}"})
    assert vocabulary(folder).template == "{{ eos_token }}"


def test_no_more_stops_than_a_bundle_holds(folder: Path) -> None:
    config = {**builder.LLAMA, "eos_token_id": [*range(40)] * 5, "vocab_size": 48}
    write(folder, "config.json", config)
    write(folder, "generation_config.json", {"eos_token_id": [*range(20, 48)] * 9})
    assert len(vocabulary(folder).stops) <= MOST_STOPS
    assert len(_stops([*range(1000)], 2000)) == MOST_STOPS


def test_a_tokenizer_without_a_template_of_its_own_begins_with_nothing(folder: Path) -> None:
    document = json.loads(builder.tokenizer())
    document["post_processor"] = {"type": "Sequence", "processors": [{"type": "ByteLevel"}]}
    write(folder, "tokenizer.json", document)
    assert vocabulary(folder).beginning is None


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ a }}", "{{ a }}"),
        ([{"name": "tool", "template": "t"}, {"name": "default", "template": "d"}], "d"),
        ([{"name": "tool", "template": "t"}], ""),
        ([{"name": "default"}], ""),
        (None, ""),
    ],
)
def test_chat_templates_of_the_settings(folder: Path, template: Any, expected: str) -> None:
    write(folder, "tokenizer_config.json", {"chat_template": template})
    assert vocabulary(folder).template == expected
    (folder / "chat_template.jinja").write_text("its own ☺", encoding="utf-8")
    assert vocabulary(folder).template == "its own ☺"


@pytest.mark.parametrize("template", [5, {}, "x" * 70_000])
def test_a_template_that_is_no_text(folder: Path, template: Any) -> None:
    write(folder, "tokenizer_config.json", {"chat_template": template})
    with pytest.raises(ModelRefused) as caught:
        read_source(folder)
    assert caught.value.id == "EDGE-02109"


def test_a_template_that_is_no_utf_8(folder: Path) -> None:
    (folder / "chat_template.jinja").write_bytes(b"\xff\xfe")
    with pytest.raises(ModelRefused) as caught:
        read_source(folder)
    assert caught.value.id == "EDGE-02109"


def test_more_tokens_than_the_model_has(folder: Path) -> None:
    (folder / "tokenizer.json").write_bytes(builder.tokenizer(49))
    with pytest.raises(ModelRefused) as caught:
        read_source(folder)
    assert caught.value.id == "EDGE-02109"
    assert "token 48" in caught.value.evidence


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"model": 5},
        {"model": {"vocab": 5}},
        {"model": {"vocab": [["a", -1.0]] * 49 + [[]]}},
        {"model": {"vocab": {"a": "b"}}},
        {"model": {"vocab": {"a": True}}},
        {"model": {"vocab": {"a": -1}}},
        {"model": {"vocab": {"a": 0}}, "added_tokens": {"b": 1}},
        {"model": {"vocab": {"a": 0}}, "added_tokens": [{"content": "b"}]},
    ],
)
def test_a_tokenizer_without_a_vocabulary(folder: Path, document: Any) -> None:
    write(folder, "tokenizer.json", document)
    with pytest.raises(ModelRefused) as caught:
        read_source(folder)
    assert caught.value.id == "EDGE-02109"


@pytest.mark.parametrize("processors", [5, "x", {"a": 1}, [5], None])
def test_steps_that_are_none(folder: Path, processors: Any) -> None:
    document = json.loads(builder.tokenizer())
    document["post_processor"] = {"type": "Sequence", "processors": processors}
    write(folder, "tokenizer.json", document)
    assert vocabulary(folder).beginning is None


def test_a_piece_without_a_text(folder: Path) -> None:
    write(folder, "tokenizer.json", {"model": {"vocab": [[], ["a", -1.0]]}})
    assert vocabulary(folder).kind == "tokenizer.json"


def test_a_list_of_pieces_counts_too(folder: Path) -> None:
    write(folder, "tokenizer.json", {"model": {"vocab": [["a", -1.0]] + [["b", -2.0]] * 47}})
    assert vocabulary(folder).kind == "tokenizer.json"


def test_no_tokenizer_and_one_in_another_form(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    model = read_source(folder).decoder
    assert model is not None
    assert model.vocabulary is None
    (folder / "tokenizer.model").write_bytes(b"\x0a\x05")
    with pytest.raises(ModelRefused) as caught:
        read_source(folder)
    assert caught.value.id == "EDGE-02124"


def test_a_sentencepiece_model_alone(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    model = trained("once upon a time there was a cat\n" * 40, vocab_size=48, byte_fallback=False)
    (folder / "tokenizer.model").write_bytes(model.serialized_model_proto())
    found = vocabulary(folder)
    assert (found.kind, found.beginning) == ("sentencepiece", 1)
    tokenizer = load(found)
    assert tokenizer.decode(tokenizer.encode("a cat upon a time")) == "a cat upon a time"
