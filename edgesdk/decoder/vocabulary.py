"""A vocabulary as two parts of a bundle: the tokenizer's file, and what must be known beside it."""

from __future__ import annotations

import json
from typing import Any

from ..errors import FormatRefused
from .weights import Vocabulary

TOKENIZER, DESCRIPTION = "tokenizer", "vocabulary"  # roles of the two parts
KINDS = ("tokenizer.json", "sentencepiece")
LARGEST_TEMPLATE = 64 * 1024  # characters
MOST_STOPS = 256


def vocabulary_parts(vocabulary: Vocabulary) -> list[tuple[str, str, bytes]]:
    """The parts, as (name, role, content)."""
    description = {
        "kind": vocabulary.kind,
        "beginning": vocabulary.beginning,
        "stops": list(vocabulary.stops),
        "template": vocabulary.template,
    }
    text = json.dumps(description, ensure_ascii=False, sort_keys=True)
    return [
        ("tokenizer.json", TOKENIZER, vocabulary.content),
        ("vocabulary.json", DESCRIPTION, text.encode()),
    ]


def read_vocabulary(content: bytes, description: bytes) -> Vocabulary:
    """The vocabulary of two parts. Raises ``FormatRefused`` (EDGE-0818)."""
    try:
        found = json.loads(description)
        return Vocabulary(
            kind=_one_of(found["kind"]),
            content=content,
            beginning=_token(found["beginning"]) if found["beginning"] is not None else None,
            stops=_stops(found["stops"]),
            template=_template(found["template"]),
        )
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise FormatRefused(
            "The vocabulary of the bundle is not as one must be",
            evidence=str(error)[:200],
            next_step="Compile the model again",
            code=18,
        ) from None


def _one_of(kind: Any) -> str:
    if kind not in KINDS:
        raise ValueError(f"kind {str(kind)[:40]!r}")
    return str(kind)


def _token(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**31:
        raise ValueError(f"token {str(value)[:40]!r}")
    return value


def _stops(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or len(value) > MOST_STOPS:
        raise ValueError("the stops are no list, or too many")
    return tuple(map(_token, value))


def _template(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LARGEST_TEMPLATE:
        raise ValueError("the chat template is no text, or too long")
    return value
