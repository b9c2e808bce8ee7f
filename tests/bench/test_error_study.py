"""What bit errors do to answers, on a stand-in whose logits are written down: by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from edgesdk.error_study import Erroneous, Material, Plan, Range, study

CLEAN = np.array([[0, 1, 3], [4, 0, 0], [0, 0, 2], [1, 5, 0]], np.float32)
MATERIAL = Material([0, 1, 2, 1])


class Session:
    """A decoder that gives these logits, whatever it reads."""

    context, vocabulary = 16, 3

    def __init__(self, logits: NDArray[np.float32]) -> None:
        self.logits = logits

    def prefill(self, tokens: Sequence[int], *, every: bool = False) -> NDArray[np.float32]:
        assert every
        return self.logits[: len(tokens)]

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exc: object) -> None:
        return None


class Model:
    """Of each seed, what it adds to the logits."""

    correction, corrections = "own", ("none", "own")

    def __init__(self, added: Mapping[int, Any]) -> None:
        self.added = added
        self.asked: list[tuple[float, str, int]] = []

    def clean(self) -> Session:
        return Session(CLEAN)

    def session(self, rate: float, correction: str, seed: int) -> Session:
        self.asked.append((rate, correction, seed))
        return Session(CLEAN + np.asarray(self.added[seed], np.float32))

    def parameters(self, correction: str) -> Mapping[str, str]:
        return {}

    def counts(self) -> Mapping[str, int]:
        return {"flipped_bits": self.asked[-1][2] ** 2}


def test_by_hand() -> None:
    one = np.zeros((4, 3))
    one[0, 0] = 5  # another likeliest token
    model = Model({1: one, 2: 0.0, 3: 2.0})
    table = study(cast(Erroneous, model), Plan([0.5, 0.25], ["own"], 3), MATERIAL)
    assert model.asked == [(rate, "own", seed) for rate in (0.5, 0.25) for seed in (1, 2, 3)]
    mean = sum(map(float, CLEAN.flat)) / 12
    spread = math.sqrt(sum((float(v) - mean) ** 2 for v in CLEAN.flat) / 12)
    changes = [math.sqrt(25 / 12) / spread, 0.0, 2 / spread]
    first, second = table.rows
    assert (first.rate, second.rate) == (0.5, 0.25)
    assert first.change.low == 0.0
    assert first.change.mean == pytest.approx(sum(changes) / 3)
    assert first.change.high == pytest.approx(max(changes))
    assert first.kept == Range(0.75, pytest.approx(2.75 / 3), 1.0)
    assert first.counts == {"flipped_bits": pytest.approx(14 / 3)}
    assert (table.tokens, table.seeds, first.perplexity) == (4, 3, None)


def test_positions_without_numbers_keep_no_token() -> None:
    """Although the place of what is no number is taken for that of the largest."""
    lost = np.zeros((4, 3))
    lost[0, 2] = lost[1, 0] = np.nan
    table = study(cast(Erroneous, Model({1: lost})), Plan([0.5], ["own"], 1), MATERIAL)
    [row] = table.rows
    assert row.kept.mean == 0.5
    assert math.isnan(row.change.mean)
