"""A model under bit errors: what is measured, and that it is measured against the right thing."""

from __future__ import annotations

import numpy as np
import pytest

from edgesdk.error_study import Erroneous, Material, Plan, study
from tests.backends_nand.device.models_in_ram import studied
from tests.decoder.models import random_model

MODEL = random_model(22, ternary=False)
MATERIAL = Material([1, 5, 2, 9, 33, 60, 7, 11])


def test_without_errors_nothing_moves() -> None:
    with studied(MODEL, "w8a8") as model:
        assert isinstance(model, Erroneous)
        [row] = study(model, Plan([0.0], ["exact"], 2), MATERIAL).rows
    assert (row.change.high, row.kept.low) == (0, 1)
    assert row.perplexity is None


def test_more_errors_move_logits_further_and_correction_helps() -> None:
    with studied(MODEL, "w8a8") as model:
        found = study(model, Plan([1e-4, 1e-2], ["none", "words"], 3), MATERIAL)
    few, few_corrected, many, many_corrected = found.rows
    assert 0 < few.change.mean < many.change.mean
    assert few_corrected.change.mean < few.change.mean
    assert few_corrected.counts["words_fixed"] > 0
    assert many_corrected.counts["words_lost"] > 0
    assert few.counts["flipped_bits"] == few_corrected.counts["flipped_bits"]
    assert few.counts["wrong_bytes_left"] > few_corrected.counts["wrong_bytes_left"]


def test_a_seed_makes_the_same_errors_again_and_another_makes_others() -> None:
    with studied(MODEL, "w8a8") as model:
        logits = [_logits(model, 1e-3, seed) for seed in (1, 1, 2)]
    assert np.array_equal(logits[0], logits[1])
    assert not np.array_equal(logits[0], logits[2])


def test_errors_of_one_session_are_not_in_the_next() -> None:
    with studied(MODEL, "w8a8") as model:
        with model.clean() as session:
            clean = session.prefill(MATERIAL.tokens, every=True).copy()
        assert not np.array_equal(_logits(model, 1e-2, 1), clean)
        assert np.array_equal(_logits(model, 0.0, 1), clean)


@pytest.mark.parametrize(
    ("weights", "known"),
    [
        ("w8a8", {"paper", "exact", "secded", "words", "none"}),
        ("w4a16", {"paper", "exact", "secded", "words", "none"}),
    ],
)
def test_the_corrections_that_pages_have_room_for(weights: str, known: set[str]) -> None:
    with studied(MODEL, weights) as model:
        assert set(model.corrections) == known
        assert model.correction == "exact"


def test_ternary_pages_have_words_and_their_head_its_own_correction() -> None:
    with studied(random_model(22), "ternary") as model:
        assert set(model.corrections) == {"words", "none", "words+exact"}
        assert _logits(model, 1e-4, 1).shape == (len(MATERIAL.tokens), 96)


def _logits(model: Erroneous, rate: float, seed: int) -> np.ndarray:
    with model.session(rate, model.correction, seed) as session:
        return session.prefill(MATERIAL.tokens, every=True).copy()
