"""Whole models: a real one's known text, pairings that say the same, the trace, the session."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgesdk.backend import Session
from edgesdk.decoder.config import ADJACENT
from edgesdk.decoder.reference import Reference
from edgesdk.decoder.reference_session import ReferenceSession
from edgesdk.decoder.session import DecoderSession
from edgesdk.decoder.tokenizer import load
from edgesdk.decoder.weights import DecoderModel, Dense, Layer, Linear, Ternary
from edgesdk.errors import InputMismatch, UsageError
from edgesdk.formats.llama2c.model import read_llama2c
from tests.decoder.models import random_model

# What llama2.c prints for this model at temperature 0; from its doc/stories260K.md.
STORY = (
    "Once upon a time, there was a little girl named Lily. She loved to play outside in the park."
    " One day, she saw a big, red ball."
)


def test_stories260k_tells_its_known_story(data: Path) -> None:
    model = read_llama2c(data / "lm-weights" / "stories260K.bin").decoder
    assert model is not None
    assert model.vocabulary is not None
    tokenizer = load(model.vocabulary)
    tokens = [1, 403, 407, 261, 378]  # the beginning, then "Once upon a time"
    assert tokenizer.encode("Once upon a time") == tokens
    reference = Reference(model)
    logits = reference.prefill(tokens)
    while len(text := tokenizer.decode(tokens)) < len(STORY):
        tokens.append(int(logits.argmax()))
        logits = reference.decode(tokens[-1])
    assert text == STORY


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("ternary", [True, False])
def test_pairings_differ_by_the_order_of_rows_alone(seed: int, ternary: bool) -> None:
    """Rows i and i + half of each head, moved to 2 i and 2 i + 1, are the other pairing's model."""
    group = [1, 2, 4][seed % 3]
    halves = random_model(seed, ternary=ternary, kv_heads=4 // group, head_size=(8, 16)[seed // 3])
    adjacent = DecoderModel(
        replace(halves.config, pairing=ADJACENT), Interleaved(halves), halves.vocabulary
    )
    tokens = list(range(seed, seed + 30))
    expected = Reference(halves).prefill(tokens, every=True)
    found = Reference(adjacent).prefill(tokens, every=True)
    # Sums of scores in another order; in a ternary model that may turn a code at a tie.
    np.testing.assert_allclose(found, expected, rtol=0, atol=0.3 if ternary else 2e-5)
    assert np.median(np.abs(found - expected)) < 0.02
    same_rows = DecoderModel(replace(halves.config, pairing=ADJACENT), halves.weights, None)
    assert np.median(np.abs(Reference(same_rows).prefill(tokens, every=True) - expected)) > 0.05


class Interleaved:
    """A model's weights with the query and key rows of each head in the order of ADJACENT."""

    def __init__(self, model: DecoderModel) -> None:
        self.embedding, self.head = model.weights.embedding, model.weights.head
        self.final_norm = model.weights.final_norm
        self._model = model

    def layer(self, index: int) -> Layer:
        layer = self._model.weights.layer(index)
        return replace(layer, query=self._reordered(layer.query), key=self._reordered(layer.key))

    def _reordered(self, linear: Linear) -> Linear:
        size = self._model.config.head_size
        order = np.arange(size).reshape(2, size // 2).T.reshape(-1)
        if isinstance(linear, Ternary):
            return Ternary(_reorder(linear.codes, size, order), linear.scale)
        return Dense(_reorder(linear.weights, size, order))


def _reorder(rows: np.ndarray, size: int, order: np.ndarray) -> np.ndarray:
    return rows.reshape(-1, size, rows.shape[1])[:, order].reshape(rows.shape)


def test_the_trace_tells_every_stage() -> None:
    """And the stages fit together: sums times scales are what follows."""
    model = random_model(3)
    seen: dict[str, Any] = {}
    logits = Reference(model, trace=seen.__setitem__).prefill([4, 5, 6])
    linears = ["query", "key", "value", "output", "gate", "up", "down"]
    ends = ["", ".codes", ".absmax", ".sums"]
    others = ["attention_norm", "attention", "attention_sub_norm", "ffn_norm", "gated"]
    others += ["ffn_sub_norm", "hidden"]
    names = [linear + end for linear in linears for end in ends] + others
    expected = {f"layers.{index}.{name}" for index in range(2) for name in names}
    assert seen.keys() == expected | {"embedding", "final_norm", "logits"}
    np.testing.assert_array_equal(seen["logits"], logits[None])
    layer = model.weights.layer(1)
    assert isinstance(layer.down, Ternary)
    codes, sums = seen["layers.1.down.codes"], seen["layers.1.down.sums"]
    assert codes.dtype == np.int8
    np.testing.assert_array_equal(sums, codes.astype(np.int64) @ layer.down.codes.T)
    scale = layer.down.scale * seen["layers.1.down.absmax"] / 127
    np.testing.assert_allclose(seen["layers.1.down"], sums * scale, rtol=1e-6)


def test_the_session_continues_greedily_and_is_one() -> None:
    model = random_model(4)
    with ReferenceSession(model, continuation=5) as session:
        assert isinstance(session, DecoderSession)
        session.prefill([9, 9])  # which ``run`` forgets
        tokens = [
            int(t) for t in session.run({"tokens": np.array([1, 2], np.int32)})["continuation"]
        ]
        assert session.position == 2 + 4
        logits = Reference(model).prefill([1, 2, *tokens], every=True)
        assert tokens == logits[1:-1].argmax(axis=1).tolist()
        with pytest.raises(InputMismatch):
            session.run({"tokens": np.array([1.0], np.float32)})


@pytest.mark.parametrize("call", ["run", "prefill", "decode", "rewind"])
def test_a_closed_session_says_so(call: str) -> None:
    session: Session = ReferenceSession(random_model(5))
    session.close()
    session.close()
    argument = {"run": {"tokens": np.array([1], np.int32)}, "prefill": [1]}.get(call, 0)
    with pytest.raises(UsageError) as caught:
        getattr(session, call)(argument)
    assert caught.value.code == 7
