"""CoughDet's random forest, packed: the votes of the original program."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgesdk.sensing.forest_pack import error_bound, pack
from edgesdk.sensing.forest_proof import prove
from tests.sensing.forest.models import CoughDet


@pytest.fixture(scope="module")
def coughdet(data: Path) -> CoughDet:
    return CoughDet(data)


def test_votes_of_the_reference_window(coughdet: CoughDet) -> None:
    """The C program gave 94 and 6 (reference_outputs.json), from features in floating point."""
    raw = np.array([coughdet.reference["features_raw"]])
    values = coughdet.fixed_point(raw)
    [score] = pack(coughdet.trees(), coughdet.bits, values).scores(values)
    votes = (100 + int(score)) // 2
    assert votes == coughdet.reference["votes_cough"] == 6
    assert 100 - votes == coughdet.reference["votes_non_cough"] == 94


def test_votes_of_random_windows(coughdet: CoughDet) -> None:
    random = np.random.default_rng(3)
    drawn = random.normal(size=(1500, 40)) * 1.5
    values = coughdet.fixed_point(drawn * coughdet.stds + coughdet.means)
    model = coughdet.trees()
    forest = pack(model, coughdet.bits, values)
    votes = coughdet.votes(coughdet.standardised(values))
    assert ((100 + forest.scores(values)) // 2 == votes).all()
    assert votes.min() < 30 < votes.max()
    proof = prove(forest, model, values, coughdet.bits)
    assert (proof.splits, proof.largest_error, proof.bound) == (19_785, 0.0, 0.0)
    assert proof.decisions == 1500 * 19_785
    assert forest.fraction_bits == 0
    assert error_bound(model) == 0.0
    # The original has 355 kB of forest tables, by a listing of the released program.
    assert len(forest.content) < 355_000 / 2.9
