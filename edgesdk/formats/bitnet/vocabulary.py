"""The tokenizer of a Hugging Face folder: its ``tokenizer.json``, stops, and chat template."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...decoder.tokenizer.sentencepiece_model import read_model
from ...decoder.vocabulary import LARGEST_TEMPLATE, MOST_STOPS
from ...decoder.weights import Vocabulary
from ...errors import ModelRefused
from ..files import read_whole
from ..json_file import parse_json

LARGEST_TOKENIZER = 64 << 20  # bytes; that of 128,256 tokens has 9 MB
LARGEST_SETTINGS = 8 << 20  # bytes; a tokenizer_config.json lists every added token
_GENERATION, _SETTINGS = "generation_config.json", "tokenizer_config.json"
_TOKENIZER, _TEMPLATE = "tokenizer.json", "chat_template.jinja"
_SENTENCEPIECE = "tokenizer.model"
_Object = Mapping[str, Any]
_WITHOUT = (
    "Take the tokenizer from where the model was published, or remove its files to compile a "
    "bundle that takes tokens only"
)


def folder_vocabulary(
    folder: Path, config: _Object, size: int
) -> tuple[Vocabulary | None, dict[str, bytes]]:
    """The vocabulary, None where the folder has none, and the files that it was made of.

    ``size``: tokens of the model. Raises ``ModelRefused`` (EDGE-0270, 02100, 02109).
    """
    files = {
        name: read_whole(folder / name, largest)
        for name, largest in (
            (_TOKENIZER, LARGEST_TOKENIZER),
            (_SETTINGS, LARGEST_SETTINGS),
            (_GENERATION, LARGEST_SETTINGS),
            (_TEMPLATE, 4 * LARGEST_TEMPLATE),
            (_SENTENCEPIECE, LARGEST_TOKENIZER),
        )
        if (folder / name).exists()
    }
    settings = parse_json(files.get(_SETTINGS, b"{}"), _SETTINGS)
    generation = parse_json(files.get(_GENERATION, b"{}"), _GENERATION)
    template = _template(settings, files.get(_TEMPLATE, b""))
    ids = [*_ids(generation), *_ids(config)]
    if _TOKENIZER in files:
        tokenizer = parse_json(files[_TOKENIZER], _TOKENIZER)
        tokens = tokens_of(tokenizer, size)
        # The end that texts were trained with first: templates call that one eos_token.
        stops = _stops([*_token(settings, "eos_token", tokens), *ids], size)
        beginning = _beginning(tokenizer, settings, tokens)
        for start in _token(settings, "bos_token", tokens):
            if start != beginning:
                template = with_beginning(template, _text(settings["bos_token"]))
        return Vocabulary("tokenizer.json", files[_TOKENIZER], beginning, stops, template), files
    if _SENTENCEPIECE in files:
        return _sentencepiece(files[_SENTENCEPIECE], settings, _stops(ids, size), template), files
    return None, files


def _sentencepiece(
    content: bytes, settings: _Object, stops: tuple[int, ...], template: str
) -> Vocabulary:
    begin = settings.get("add_bos_token", True) is not False
    return read_model(content, stops=stops, add_beginning=begin, template=template)


def tokens_of(tokenizer: _Object, size: int) -> dict[str, int]:
    """The number of each token. Raises ``ModelRefused`` (EDGE-02109) for one above the model's."""
    model = tokenizer.get("model")
    entries = model.get("vocab") if isinstance(model, dict) else None
    if isinstance(entries, list):  # a Unigram model lists texts with scores
        entries = {
            str(entry[0]): i for i, entry in enumerate(entries) if entry and type(entry) is list
        }
    added = tokenizer.get("added_tokens") or []
    if not isinstance(entries, dict) or not isinstance(added, list):
        raise unusable("tokenizer.json has no vocabulary")
    tokens = dict(entries)
    for token in added:
        if isinstance(token, dict):
            tokens[str(token.get("content"))] = token.get("id")
    if not all(type(number) is int and number >= 0 for number in tokens.values()):
        raise unusable("a token's number is no number")
    if max(tokens.values(), default=0) >= size:
        raise unusable(
            f"it has token {max(tokens.values())}; the model has {size}, from 0 to {size - 1}"
        )
    return tokens


def unusable(why: str, next_step: str = _WITHOUT) -> ModelRefused:
    """The refusal of a tokenizer that cannot be the model's (EDGE-02109)."""
    return ModelRefused(
        "The model's tokenizer cannot be used",
        evidence=why,
        next_step=next_step,
        code=109,
    )


def _ids(document: _Object) -> list[Any]:
    """``eos_token_id``: none, one, or a list."""
    found = document.get("eos_token_id")
    return found[:MOST_STOPS] if isinstance(found, list) else [found]


def _stops(found: list[Any], size: int) -> tuple[int, ...]:
    """Each once, the first place counts."""
    stops = dict.fromkeys(s for s in found if type(s) is int and 0 <= s < size)
    return tuple(stops)[:MOST_STOPS]


def _token(settings: _Object, key: str, tokens: Mapping[str, int]) -> list[int]:
    """A token that the settings name by its text, or by an object that has the text."""
    text = _text(settings.get(key))
    return [tokens[text]] if isinstance(text, str) and text in tokens else []


def _text(named: Any) -> Any:
    return named.get("content") if isinstance(named, dict) else named


def with_beginning(template: str, text: str) -> str:
    """The template with its own ``bos_token``, for a model whose texts begin without one."""
    if "bos_token" not in template:
        return template
    found = f"{{% set bos_token = {json.dumps(text, ensure_ascii=False)} +%}}{template}"
    if len(found) > LARGEST_TEMPLATE:
        raise unusable(f"its chat template has more than {LARGEST_TEMPLATE} characters")
    return found


def _beginning(tokenizer: _Object, settings: _Object, tokens: Mapping[str, int]) -> int | None:
    """The token that every text begins with: as the settings say, else as the tokenizer does."""
    named = _token(settings, "bos_token", tokens)
    if isinstance(settings.get("add_bos_token"), bool):
        return named[0] if settings["add_bos_token"] and named else None
    for step in _steps(tokenizer.get("post_processor")):
        single = step.get("single")
        first = single[0] if isinstance(single, list) and single else None
        special = first.get("SpecialToken") if isinstance(first, dict) else None
        text = special.get("id") if isinstance(special, dict) else None
        if isinstance(text, str) and text in tokens:
            return tokens[text]
    return None


def _steps(processor: Any) -> Iterator[_Object]:
    """A post-processor, and those that a sequence of them has."""
    if isinstance(processor, dict):
        yield processor
        inner = processor.get("processors")
        if isinstance(inner, list):
            yield from (step for step in inner if isinstance(step, dict))


def _template(settings: _Object, file: bytes) -> str:
    """The chat template: of its own file, else of the settings: a text, or several by name."""
    found: Any = settings.get("chat_template")
    if isinstance(found, list):
        named = {
            str(one.get("name")): one.get("template") for one in found if isinstance(one, dict)
        }
        found = named.get("default")
    try:
        text = file.decode("utf-8") if file else "" if found is None else found
    except UnicodeDecodeError:
        raise unusable("chat_template.jinja is not UTF-8") from None
    if not isinstance(text, str) or len(text) > LARGEST_TEMPLATE:
        raise unusable(f"its chat template is no text of at most {LARGEST_TEMPLATE} characters")
    return text
