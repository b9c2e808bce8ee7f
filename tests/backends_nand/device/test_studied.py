"""A model under bit errors: what is measured, and that it is measured against the right thing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgesdk.error_study import Erroneous, Material, Plan, study
from edgesdk_backends.nand.memory.sensed import written_rows
from tests.backends_nand.device.models_in_ram import studied
from tests.decoder.models import random_model

MODEL = random_model(22, ternary=False)
MATERIAL = Material([1, 5, 2, 9, 33, 60, 7, 11])
MIXED = ("words+paper", "words+exact", "words+secded")


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
        ("w4a16", {"paper", "exact", "secded", "words", "none", *MIXED}),  # its head has 8 bits
    ],
)
def test_the_corrections_that_pages_have_room_for(weights: str, known: set[str]) -> None:
    with studied(MODEL, weights) as model:
        assert set(model.corrections) == known
        assert model.correction == "exact"


def test_ternary_pages_have_words_and_their_head_its_own_correction() -> None:
    with studied(random_model(22), "ternary") as model:
        assert set(model.corrections) == {"words", "none", *MIXED}
        assert model.correction == "words+exact"
        plan = Plan([1e-2], ["words", "words+paper", "words+secded"], 1)
        words, paper, secded = (row.counts for row in study(model, plan, MATERIAL).rows)
    assert words["voted"] == 0 < paper["voted"]
    assert paper["miscorrected"] == 0 < secded["words_fixed"] < words["words_fixed"]


def test_another_correction_has_the_copies_and_the_order_of_the_models_own() -> None:
    plan, found = Plan([1e-2], ["paper"], 1), []
    for own in ("exact", "paper"):
        with studied(MODEL, "w8a8", own, copies=4, compare="signed") as model:
            assert model.parameters("paper") == {"copies": "4", "compare": "signed"}
            assert model.parameters("words") == model.parameters("none") == {}
            found.append(study(model, plan, MATERIAL).rows)
    assert found[0] == found[1]
    with studied(MODEL, "w8a8") as model:
        [usual] = study(model, plan, MATERIAL).rows
    assert usual.parameters == {"copies": "2", "compare": "magnitude"}
    assert usual.counts != found[0][0].counts


def test_noise_is_drawn_anew_at_every_step() -> None:
    def twice(noise: float) -> list[np.ndarray]:
        with (
            studied(MODEL, "w8a8", noise=noise) as model,
            model.session(1e-3, "none", 1) as session,
        ):
            logits = []
            for _ in range(2):
                session.rewind(0)
                logits.append(session.prefill(MATERIAL.tokens).copy())
            return logits

    quiet, noisy = twice(0.0), twice(1e-3)
    assert np.array_equal(quiet[0], quiet[1])
    assert not np.array_equal(noisy[0], noisy[1])
    assert np.array_equal(noisy, twice(1e-3))


def test_the_pages_are_written_once_for_each_correction(monkeypatch: pytest.MonkeyPatch) -> None:
    written = []

    def count(*arguments: Any) -> Any:
        written.append(arguments)
        return written_rows(*arguments)

    monkeypatch.setattr("edgesdk_backends.nand.studied.written_rows", count)
    plan, told = Plan([1e-4, 1e-3, 0.0], ["none", "words"], 2), []
    with studied(MODEL, "w8a8") as model:
        found = study(model, plan, MATERIAL, lambda row, done, of: told.append((row, done, of)))
    assert len(written) == 2
    wanted = [(rate, name) for rate in plan.rates for name in plan.corrections]
    assert [(row.rate, row.correction) for row in found.rows] == wanted
    assert [(done, of) for _, done, of in told] == [(n, 6) for n in range(1, 7)]
    assert {id(row) for row, _, _ in told} == {id(row) for row in found.rows}


def _logits(model: Erroneous, rate: float, seed: int) -> np.ndarray:
    with model.session(rate, model.correction, seed) as session:
        return session.prefill(MATERIAL.tokens, every=True).copy()
