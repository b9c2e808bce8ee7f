"""Calls that follow each other: how a prompt is cut does not matter, and the cache is the cache."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from edgesdk_backends.fpga.numpy_model.engine import NumpyEngine
from edgesdk_backends.fpga.registers.spec import STATUS
from tests.decoder.models import random_model

from .layout import Board

TOKENS = np.random.RandomState(12).randint(0, 96, 30).tolist()


@pytest.mark.parametrize("config", [{}, {"activation": "relu2", "kv_heads": 1}])
def test_a_prompt_may_be_cut_anywhere(config: dict[str, object]) -> None:
    """To the bit, in the logits, the states and the cache."""
    model, engine = random_model(6, **config), NumpyEngine()  # type: ignore[arg-type]
    whole = Board(model)
    expected = whole.forward(engine, TOKENS)
    for cuts in ([1] * 30, [8, 8, 8, 6], [7, 1, 15, 7], [29, 1]):
        board, first, parts = Board(model), 0, []
        for cut in cuts:
            parts.append(board.forward(engine, TOKENS[first : first + cut]))
            first += cut
        np.testing.assert_array_equal(np.concatenate(parts), expected)
        for name in ("keys_0", "keys_1", "values_0", "values_1"):
            np.testing.assert_array_equal(board.bytes_of(name), whole.bytes_of(name))


def test_what_comes_after_is_not_seen() -> None:
    """A rewind needs no cleaning: rows behind the position may hold anything."""
    model, engine = random_model(7), NumpyEngine()
    board = Board(model)
    expected = board.forward(engine, TOKENS[:10])
    board.forward(engine, TOKENS[10:])
    board.position = 4
    np.testing.assert_array_equal(board.forward(engine, TOKENS[4:10]), expected[4:])


def test_the_context_is_full_at_its_last_position() -> None:
    board, engine = Board(random_model(8, context=12)), NumpyEngine()
    assert board.start(engine, TOKENS[:12]) == STATUS["done"]
    assert board.start(engine, TOKENS[:1]) == STATUS["context_full"]
    board.position = 11
    assert board.start(engine, TOKENS[:1]) == STATUS["done"]


def test_two_models_in_turn_with_one_engine() -> None:
    """What the engine keeps of weights is not mistaken for another model's."""
    models = [random_model(seed) for seed in (1, 2)]
    alone = [Board(model).forward(NumpyEngine(), TOKENS) for model in models]
    engine, boards = NumpyEngine(), [Board(model) for model in models]
    halves = [[board.forward(engine, TOKENS[part]) for board in boards] for part in PARTS]
    for index in range(2):
        found = np.concatenate([half[index] for half in halves])
        np.testing.assert_array_equal(found, alone[index])


PARTS = (slice(0, 13), slice(13, None))


@pytest.mark.parametrize(
    ("config", "digest"),
    [
        ({}, "b2bde999d955cae2"),
        ({"activation": "relu2", "sub_norms": False, "tied": False}, "1968b94135b8197f"),
    ],
)
def test_every_numpy_gives_these_bits(config: dict[str, object], digest: str) -> None:
    """The hash of a model's logits: of all of numpy's versions, and of every machine."""
    logits = Board(random_model(10, **config)).forward(NumpyEngine(), TOKENS)  # type: ignore[arg-type]
    assert hashlib.sha256(logits.astype("<f4").tobytes()).hexdigest()[:16] == digest
