"""Fitting, choosing and dropping, on numbers whose worth is known."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from tools.cough import selection, training
from tools.cough.features import AUDIO, IMU
from tools.cough.training import Recipe
from tools.cough.windows import Windows

USEFUL = ("line_length@2", "rms@4")
NAMES = (USEFUL[0], "zcr@0", "zcr@1", "zcr@2", "crest@0", "crest@1", "crest@2", USEFUL[1])
RECIPE = Recipe(trees=10, max_depth=2, eta=0.3)


def made(rows: int = 600, subjects: int = 3, rare: float = 0.2, seed: int = 0) -> Windows:
    """Two features tell coughs from the rest, most of the time; the others are noise."""
    random = np.random.default_rng(seed)
    values = random.integers(-(1 << 20), 1 << 20, (rows, len(NAMES)))
    labels = (random.random(rows) < rare).astype(np.int8)
    values[:, 0] += labels.astype(np.int64) << 20
    values[:, -1] -= labels.astype(np.int64) << 20
    names = np.array([str(row % subjects) for row in range(rows)])
    return Windows(IMU, NAMES, values.astype(np.int32), labels, names)


def test_the_same_seed_gives_the_same_bytes() -> None:
    models = [training.fit(made(), Recipe(seed=seed)).save_raw("json") for seed in (3, 3, 4)]
    assert models[0] == models[1] != models[2]


def test_coughs_weigh_as_much_as_the_rest() -> None:
    windows = made(rows=2000, rare=0.05)
    model = training.fit(windows, RECIPE)
    given = training.margins(model, windows)
    taken = 1 / (1 + np.exp(-given))
    coughs = windows.labels == 1
    assert abs(float(taken[coughs].mean() - (1 - taken[~coughs]).mean())) < 0.15


def test_loss_and_area() -> None:
    windows = made()
    model = training.fit(windows, RECIPE)
    loss, area = training.score(model, windows)
    given, coughs = training.margins(model, windows).tolist(), (windows.labels == 1).tolist()
    pairs = list(zip(given, coughs, strict=True))
    parts = [
        [
            math.log1p(math.exp(-margin if cough else margin))
            for margin, cough in pairs
            if cough == k
        ]
        for k in (True, False)
    ]
    assert loss == pytest.approx(sum(sum(part) / len(part) for part in parts) / 2, rel=1e-5)
    above = [(a > b) + 0.5 * (a == b) for a, one in pairs if one for b, other in pairs if not other]
    assert area == pytest.approx(sum(above) / len(above))
    assert all(math.isnan(x) for x in training.score(model, made(rare=0.0)))


def test_a_subject_is_not_seen_by_its_own_trees() -> None:
    windows = made()
    for learning, held in training.folds(windows):
        [one] = set(held.subjects.tolist())
        assert one not in learning.subjects
        assert len(learning.labels) + len(held.labels) == len(windows.labels)
    with pytest.raises(SystemExit, match="two to train on"):
        training.folds(windows.of(["0"]))


def test_as_good_is_told_by_subjects() -> None:
    best = np.array([[0.1, 0.9], [0.3, 0.8], [0.2, 0.9]])
    worse = best + np.array([[0.1, 0], [0.1, 0], [0.1, 0]])  # for everybody
    unclear = best + np.array([[0.2, 0], [-0.1, 0], [0.0, 0]])
    assert training.as_good([best, worse, unclear]) == [0, 2]
    unknown = [np.vstack([each, [math.nan, math.nan]]) for each in (worse, best, unclear)]
    assert training.as_good(unknown) == [1, 2]


def test_the_smallest_of_equals_is_found() -> None:
    found, tried = training.search(made(), trials=5)
    assert found.leaves <= min(tried, key=lambda trial: training.mean(trial.scores)[0]).leaves
    assert [trial.recipe for trial in training.search(made(), trials=5)[1]] == [
        trial.recipe for trial in tried
    ]
    for trial in tried:
        assert trial.recipe.trees <= training.MOST_TREES
        assert 1 <= trial.recipe.max_depth <= training.DEEPEST


def test_counts() -> None:
    assert selection.counts(10) == [10, 8, 6, 5, 4]
    found = selection.counts(292)
    assert found[0] == 292
    assert found[-1] == selection.FEWEST
    assert all(more > fewer for more, fewer in pairwise(found))


def test_what_is_useful_stays() -> None:
    found = selection.select(made(), RECIPE)
    assert set(USEFUL) <= set(found.names)
    assert len(found.names) < len(NAMES)
    assert list(found.curve) == selection.counts(len(NAMES))
    assert found.costly == {}
    assert list(found.names) == [name for name in NAMES if name in found.names]


def test_a_model_is_the_same_without_what_it_does_not_use() -> None:
    recipe = Recipe(trees=3, max_depth=2, subsample=0.6)
    windows = made()
    kept = selection.used(windows, recipe)
    assert 0 < len(kept) < len(NAMES)
    fewer = windows.only(kept)
    assert selection.used(fewer, recipe) == kept
    before = training.margins(training.fit(windows, recipe), windows)
    np.testing.assert_array_equal(training.margins(training.fit(fewer, recipe), fewer), before)


def test_costly_kinds_go_where_they_do_not_help() -> None:
    given = made()
    whole = ("rms", "zcr", "crest", "dominant", "envelope_50", "flatness", "psd_std", "rms_centred")
    windows = Windows(AUDIO, whole, given.values, given.labels, given.subjects)
    fewer, losses = selection.affordable(windows, RECIPE)
    assert "envelope_50" not in fewer.names
    assert list(losses) == ["envelope"]
    helping = ("rolloff", *whole[1:4], "line_length", *whole[5:])
    windows = Windows(AUDIO, helping, given.values, given.labels, given.subjects)
    assert selection.affordable(windows, RECIPE)[0].names == helping
