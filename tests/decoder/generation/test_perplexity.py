"""Perplexity: by the definition, each token once, and with a real model on a real text."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from edgesdk.decoder import perplexity as module
from edgesdk.decoder.perplexity import perplexity
from edgesdk.decoder.reference_session import ReferenceSession
from edgesdk.decoder.tokenizer import load
from edgesdk.errors import ModelRefused, UsageError
from edgesdk.formats import read_source
from tests.decoder.generation.table import BEGINNING, TOKENS, TableSession, byte_vocabulary, tokens
from tests.decoder.models import random_model

TOKENIZER = load(byte_vocabulary())
TEXT = "Once upon a time, there was a café at the end of the world. " * 2


def loss_of(session: ReferenceSession, given: list[int]) -> list[float]:
    """Negative log probabilities of all but the first token, one after the other."""
    session.rewind(0)
    found = []
    for token, after in pairwise(given):
        logits = session.decode(token).astype(np.float64)
        found.append(float(np.log(np.exp(logits).sum()) - logits[after]))
    return found


@pytest.mark.parametrize(("window", "stride"), [(64, None), (16, 5), (9, 8), (2, 1), (20, 19)])
def test_it_is_what_the_definition_says(window: int, stride: int | None) -> None:
    size, step = window - 1, stride or (window - 1) // 2
    told: list[tuple[int, int, float]] = []
    with ReferenceSession(random_model(1, vocabulary=TOKENS)) as session:
        found = perplexity(
            session,
            TOKENIZER,
            TEXT,
            window=window,
            stride=stride,
            on_window=lambda *values: told.append(values),
        )
        want: list[float] = []
        text = tokens(TEXT)
        for start in range(0, len(text), step):
            losses = loss_of(session, [BEGINNING, *text[start : start + size]])
            want += losses[len(want) - start :]  # those that no window before had
            if len(want) == len(text):
                break
    assert found.scored == len(text) == len(want)
    assert found.loss == pytest.approx(np.mean(want), rel=1e-6)
    assert found.value == pytest.approx(math.exp(np.mean(want)), rel=1e-5)
    assert found.error == pytest.approx(np.std(want, ddof=1) / math.sqrt(len(want)), rel=1e-5)
    assert found.bits_per_byte == pytest.approx(sum(want) / math.log(2) / len(TEXT.encode()))
    assert (found.window, found.stride) == (window, step)
    assert [done for done, _, _ in told] == sorted({done for done, _, _ in told})
    assert told[-1] == (len(text), len(text), pytest.approx(found.loss, rel=1e-9))


def test_small_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with ReferenceSession(random_model(2, vocabulary=TOKENS)) as session:
        whole = perplexity(session, TOKENIZER, TEXT, window=50)
        monkeypatch.setattr(module, "_BLOCK", 3)
        assert perplexity(session, TOKENIZER, TEXT, window=50).loss == whole.loss


def test_a_model_that_knows_nothing_is_as_perplexed_as_there_are_tokens() -> None:
    session = TableSession()
    session._logits = lambda: np.zeros(TOKENS, np.float32)  # type: ignore[method-assign]
    found = perplexity(session, TOKENIZER, TEXT)
    assert found.value == pytest.approx(TOKENS, rel=1e-12)
    assert found.error == pytest.approx(0, abs=1e-9)
    assert found.computed == sum(session.calls)


def test_without_a_beginning_token_a_first_token_is_not_scored() -> None:
    vocabulary = byte_vocabulary()
    bare = load(type(vocabulary)(vocabulary.kind, vocabulary.content, None, (), ""))
    session = TableSession()
    assert perplexity(session, bare, "x" * 40, window=10, stride=3).scored == 39
    assert perplexity(session, bare, "x" * 40, window=10, stride=9).scored == 39
    with pytest.raises(UsageError):  # a token in ten would be scored nowhere
        perplexity(session, bare, "x" * 40, window=10, stride=10)
    with pytest.raises(UsageError):
        perplexity(session, bare, "x")


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("", {}),
        ("text", {"window": 65}),
        ("text", {"window": 1}),
        ("text", {"stride": 0}),
        ("text", {"window": 10, "stride": 10}),
    ],
)
def test_sizes_that_leave_nothing_are_refused(text: str, sizes: dict[str, int]) -> None:
    with pytest.raises(UsageError) as caught:
        perplexity(TableSession(), TOKENIZER, text, **sizes)
    assert caught.value.id == "EDGE-02153"


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_model_that_answers_no_numbers_is_refused(bad: float) -> None:
    session = TableSession()
    session._logits = lambda: np.full(TOKENS, bad, np.float32)  # type: ignore[method-assign]
    with pytest.raises(ModelRefused) as caught:
        perplexity(session, TOKENIZER, TEXT)
    assert caught.value.id == "EDGE-02149"


def test_stories_are_easier_than_an_encyclopedia_for_a_model_of_stories(data: Path) -> None:
    model = read_source(data / "lm-weights" / "stories260K.bin").decoder
    assert model is not None
    assert model.vocabulary is not None
    tokenizer = load(model.vocabulary)
    found = {}
    with ReferenceSession(model) as session:
        for name in ("tinystories_sample", "wikitext2-test"):
            text = (data / "text" / f"{name}.txt").read_text()[:1500]
            found[name] = perplexity(session, tokenizer, text, window=128)
    assert found["tinystories_sample"].bits_per_byte < 1.4
    assert found["wikitext2-test"].bits_per_byte > 2
