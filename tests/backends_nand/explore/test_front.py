"""The front against the definition, over all pairs."""

from __future__ import annotations

import numpy as np
import pytest

from edgesdk.explore.front import pareto_front


def by_definition(figures: np.ndarray) -> list[int]:
    as_good = (figures[None] >= figures[:, None]).all(axis=2)
    better = (figures[None] > figures[:, None]).any(axis=2)
    return np.flatnonzero(~(as_good & better).any(axis=1)).tolist()


@pytest.mark.parametrize("objectives", [1, 2, 3, 5])
@pytest.mark.parametrize("values", [3, 20, 10**6])
def test_the_front_is_what_no_other_row_beats(objectives: int, values: int) -> None:
    random = np.random.default_rng(objectives * values)
    for count in (1, 2, 63, 65, 300, 900):
        figures = random.integers(0, values, (count, objectives)) / 7.0
        assert pareto_front(figures).tolist() == by_definition(figures)


def test_rows_that_are_alike_are_on_it_together() -> None:
    figures = np.array([[1.0, 2.0], [2.0, 1.0], [1.0, 2.0], [1.0, 1.0], [2.0, 1.0]])
    assert pareto_front(figures).tolist() == [0, 1, 2, 4]


def test_many_rows_that_hardly_beat_each_other() -> None:
    """Each is better where it is worse, so that nearly all are on the front."""
    random = np.random.default_rng(5)
    figures = random.random((3000, 4)).round(2)
    figures[:, 3] = -figures[:, :3].sum(axis=1).round(1)
    found = pareto_front(figures)
    assert len(found) > 1500
    assert found.tolist() == by_definition(figures)


def test_a_front_of_all_rows_and_of_one() -> None:
    rising = np.arange(3000.0)
    assert len(pareto_front(np.stack([rising, -rising], axis=1))) == 3000
    assert pareto_front(np.stack([rising, rising], axis=1)).tolist() == [2999]


def test_sums_of_floats_cannot_mislead_it() -> None:
    """The second row is better by less than a sum of the two columns could show."""
    figures = np.array([[1e300, 1.0], [1e300, 1.0000000001], [np.inf, 0.0], [-np.inf, 2.0]])
    assert pareto_front(figures).tolist() == [1, 2, 3]
