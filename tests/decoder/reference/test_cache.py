"""The cache of the reference: pieces, going back, the limits, and what it keeps in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from edgesdk.decoder import reference as reference_module
from edgesdk.decoder.reference import Reference
from edgesdk.decoder.weights import DecoderModel, Layer
from edgesdk.errors import ModelRefused, UsageError
from tests.decoder.models import random_model

SHAPES: list[dict[str, Any]] = [
    {},
    {"kv_heads": 4, "ternary": False, "tied": False},
    {"kv_heads": 1, "pairing": "adjacent", "activation": "relu2", "head_size": 24, "half": True},
    {"hidden": 160, "heads": 5, "kv_heads": 5, "vocabulary": 9000, "ternary": False},
]


def drawn_tokens(model: DecoderModel, count: int) -> list[int]:
    return [int(t) for t in np.random.RandomState(5).randint(0, model.config.vocabulary, count)]


@pytest.mark.parametrize("shape", SHAPES)
def test_pieces_give_the_bits_of_the_whole(shape: dict[str, Any]) -> None:
    model = random_model(11, **shape)
    tokens = drawn_tokens(model, 40)
    whole = Reference(model).prefill(tokens, every=True)
    assert whole.shape == (40, model.config.vocabulary)
    assert whole.dtype == np.float32
    pieces = Reference(model)
    found = [pieces.prefill(tokens[a:b], every=True) for a, b in [(0, 17), (17, 18), (18, 37)]]
    found += [pieces.decode(token)[None] for token in tokens[37:]]
    np.testing.assert_array_equal(np.concatenate(found), whole)
    np.testing.assert_array_equal(Reference(model).prefill(np.array(tokens, np.int32)), whole[-1])


def test_going_back_forgets_what_came_after() -> None:
    model = random_model(12)
    tokens = drawn_tokens(model, 20)
    fresh = Reference(model).prefill(tokens)
    other = Reference(model)
    other.prefill([*tokens[:8], *reversed(tokens)])
    assert other.position == 28
    other.rewind(8)
    np.testing.assert_array_equal(other.prefill(tokens[8:]), fresh)
    other.rewind(0)
    np.testing.assert_array_equal(other.prefill(tokens), fresh)


def test_a_token_sees_none_that_follow() -> None:
    model = random_model(13)
    tokens = drawn_tokens(model, 10)
    before = Reference(model).prefill(tokens, every=True)
    after = Reference(model).prefill([*tokens[:9], (tokens[9] + 1) % 96], every=True)
    np.testing.assert_array_equal(before[:9], after[:9])
    assert not np.array_equal(before[9], after[9])


@pytest.mark.parametrize(
    ("tokens", "code"),
    [
        ([], 130),
        (np.zeros(0, np.int32), 130),
        ([96], 131),
        ([3, -1], 131),
        ([1.0], 131),
        (["a"], 131),
        ([[1, 2]], 131),
        ([[1], [2, 3]], 131),
        ([2**70], 131),
        ([True], 131),
        (range(64 - 5 + 1), 132),
    ],
)
def test_tokens_that_cannot_be_leave_the_cache_as_it_was(tokens: Any, code: int) -> None:
    model = random_model(14)
    reference = Reference(model)
    reference.prefill([1, 2, 3, 4, 5])
    with pytest.raises(UsageError) as caught:
        reference.prefill(tokens)
    assert caught.value.code == code
    assert reference.position == 5
    np.testing.assert_array_equal(reference.decode(6), Reference(model).prefill([1, 2, 3, 4, 5, 6]))


def test_the_cache_fills_to_its_last_position() -> None:
    reference = Reference(random_model(15), context=7)
    assert (reference.context, reference.vocabulary, reference.text) == (7, 96, None)
    reference.prefill(range(7))
    with pytest.raises(UsageError) as caught:
        reference.decode(0)
    assert caught.value.code == 132
    assert "room for 0 more" in caught.value.evidence


@pytest.mark.parametrize("attempt", [lambda r: r.rewind(4), lambda r: r.rewind(-1)])
def test_no_going_back_beyond_what_is_there(attempt: Callable[[Reference], None]) -> None:
    reference = Reference(random_model(16))
    reference.prefill([1, 2, 3])
    with pytest.raises(UsageError) as caught:
        attempt(reference)
    assert caught.value.code == 133
    assert reference.position == 3


@pytest.mark.parametrize("context", [0, -1, 65])
def test_a_context_is_at_most_the_models(context: int) -> None:
    with pytest.raises(UsageError) as caught:
        Reference(random_model(17), context)
    assert caught.value.code == 133


@pytest.mark.parametrize("value", [1e38, np.inf, np.nan])
def test_numbers_that_overflow_are_an_error(value: float) -> None:
    model = random_model(18)
    damaged = Wrapped(model, lambda layer: replace(layer, ffn_norm=layer.ffn_norm * value))
    reference = Reference(replace(model, weights=damaged))
    with pytest.raises(ModelRefused) as caught:
        reference.prefill([1, 2])
    assert caught.value.code == 134
    assert reference.position == 0


def test_a_small_model_is_decoded_once_and_a_large_one_never_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = random_model(19)
    tokens = drawn_tokens(model, 6)
    answers = []
    for kept_bytes, reads in [(reference_module.KEPT_BYTES, 1), (0, 3)]:
        monkeypatch.setattr(reference_module, "KEPT_BYTES", kept_bytes)
        weights = Wrapped(model)
        reference = Reference(replace(model, weights=weights))
        reference.prefill(tokens[:4])
        reference.decode(tokens[4])
        answers.append(reference.decode(tokens[5]))
        assert weights.reads == {0: reads, 1: reads}
    np.testing.assert_array_equal(answers[0], answers[1])


class Wrapped:
    """A model's weights that count how often each layer is read, and may change them."""

    def __init__(
        self, model: DecoderModel, change: Callable[[Layer], Layer] = lambda layer: layer
    ) -> None:
        self.embedding, self.head = model.weights.embedding, model.weights.head
        self.final_norm = model.weights.final_norm
        self.reads: Counter[int] = Counter()
        self._layer, self._change = model.weights.layer, change

    def layer(self, index: int) -> Layer:
        self.reads[index] += 1
        return self._change(self._layer(index))
