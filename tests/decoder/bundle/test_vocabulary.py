"""A vocabulary survives the way through a bundle's parts; what is not one is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from edgesdk.decoder.vocabulary import read_vocabulary, vocabulary_parts
from edgesdk.decoder.weights import Vocabulary
from edgesdk.errors import FormatRefused

GIVEN = {"kind": "sentencepiece", "beginning": 1, "stops": [2, 3], "template": "{{ messages }}"}


@pytest.mark.parametrize("beginning", [1, None])
def test_there_and_back(beginning: int | None) -> None:
    given = Vocabulary("tokenizer.json", b"{}", beginning, (2, 128001), "{% for m in messages %}é")
    (_, _, content), (_, _, description) = vocabulary_parts(given)
    assert read_vocabulary(content, description) == given


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "words"},
        {"kind": 1},
        {"beginning": -1},
        {"beginning": 2**31},
        {"beginning": True},
        {"stops": [1.5]},
        {"stops": 2},
        {"stops": list(range(257))},
        {"template": None},
        {"template": "x" * 65_537},
    ],
    ids=str,
)
def test_other_values_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(FormatRefused) as refused:
        read_vocabulary(b"", json.dumps(GIVEN | changes).encode())
    assert refused.value.id == "EDGE-0818"


@pytest.mark.parametrize("content", [b"", b"[]", b"[" * 100_000, b"\xff", b"{}", b"null"])
def test_what_is_no_description_is_refused(content: bytes) -> None:
    with pytest.raises(FormatRefused):
        read_vocabulary(b"", content)
