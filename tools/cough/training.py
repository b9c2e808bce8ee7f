"""Fitting boosted trees, and what every choice goes by: subjects that the trees have not seen.

Coughs are rare, so each weighs as many times more as there are fewer of them
(``scale_pos_weight``). The trees then see both kinds as equally likely, which is what the
thresholds of 0.05 and 0.30 presume. Mixtures of coughs (SMOTE) do the same, with one more library.

Choices go by the **loss**: the mean of -log of the probability given to what is true, coughs and
the rest counting half each. Unlike the area under the curve it sees where probabilities lie, and
the thresholds are fixed: trees that are too sure of themselves have a fine area, and miss coughs.

Sums have one order: a fit has one thread, and folds run beside each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

import numpy as np
import xgboost
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from .windows import JOBS, Windows

Scores = NDArray[np.float64]  # [subjects, 2] loss and area

MOST_TREES, DEEPEST = 100, 9
TRIALS = 24


@dataclass(frozen=True)
class Recipe:
    """XGBoost's own names; the defaults are what features are chosen with."""

    trees: int = 40
    max_depth: int = 3
    eta: float = 0.1
    gamma: float = 1.0
    subsample: float = 0.8
    reg_lambda: float = 1.0
    max_delta_step: float = 0.0
    seed: int = 0


def fit(windows: Windows, recipe: Recipe) -> xgboost.Booster:
    """Trees that tell coughs from the rest."""
    settings = asdict(recipe)
    trees = settings.pop("trees")
    coughs = int((windows.labels == 1).sum())
    settings |= {
        "objective": "binary:logistic",
        "tree_method": "hist",
        "max_bin": 64,
        "nthread": 1,
        "base_score": 0.5,
        "scale_pos_weight": (len(windows.labels) - coughs) / max(coughs, 1),
    }
    return xgboost.train(settings, _matrix(windows), trees)


def margins(model: xgboost.Booster, windows: Windows) -> NDArray[np.float32]:
    """[rows] log odds."""
    return model.predict(_matrix(windows), output_margin=True)


def _matrix(windows: Windows) -> xgboost.DMatrix:
    return xgboost.DMatrix(
        windows.numbers, windows.labels, feature_names=list(windows.names), nthread=1
    )


def folds(windows: Windows) -> list[tuple[Windows, Windows]]:
    """For each subject: the windows of the others, and its own."""
    subjects = sorted(set(windows.subjects.tolist()))
    if len(subjects) < 2:
        raise SystemExit("to leave one subject out, there must be two to train on")
    return [
        (windows.of(other for other in subjects if other != one), windows.of([one]))
        for one in subjects
    ]


def beside(work: Callable[..., object], *items: Sequence[object]) -> list:
    """``map``, some at a time."""
    with ThreadPoolExecutor(JOBS) as pool:
        return list(pool.map(work, *items))


def score(model: xgboost.Booster, windows: Windows) -> tuple[float, float]:
    """Loss and area of one subject's windows; NaN where only one label is there."""
    if len(set(windows.labels.tolist())) < 2:
        return float("nan"), float("nan")
    given, coughs = margins(model, windows).astype(np.float64), windows.labels == 1
    surprise = np.logaddexp(0, np.where(coughs, -given, given))
    loss = (surprise[coughs].mean() + surprise[~coughs].mean()) / 2
    return float(loss), float(roc_auc_score(windows.labels, given))


def leave_one_out(windows: Windows, recipe: Recipe) -> Scores:
    """The scores of each subject, with trees that learnt from the others."""

    def one(fold: tuple[Windows, Windows]) -> tuple[float, float]:
        return score(fit(fold[0], recipe), fold[1])

    return np.array(beside(one, folds(windows)))


def mean(scores: Scores) -> tuple[float, float]:
    """Loss and area over subjects."""
    loss, area = np.nanmean(scores, axis=0).tolist()
    return loss, area


def leaves(model: xgboost.Booster) -> int:
    """Of all trees: what a model costs in flash."""
    return sum(tree.count("leaf=") for tree in model.get_dump())


def drawn(random: np.random.Generator, seed: int) -> Recipe:
    """A recipe by chance."""
    return Recipe(
        seed=seed,
        trees=int(random.choice([30, 40, 60, 80, MOST_TREES])),
        max_depth=int(random.integers(1, DEEPEST + 1)),
        eta=round(float(np.exp(random.uniform(np.log(0.05), np.log(0.4)))), 3),
        gamma=round(float(random.uniform(0, 5)), 2),
        subsample=round(float(random.uniform(0.5, 1)), 2),
        reg_lambda=round(float(random.uniform(0.5, 2)), 2),
        max_delta_step=float(random.integers(0, 6)),
    )


@dataclass(frozen=True)
class Trial:
    """A recipe, its scores on the subjects left out, and the leaves of a model by it."""

    recipe: Recipe
    scores: Scores
    leaves: int


def search(windows: Windows, trials: int = TRIALS, seed: int = 0) -> tuple[Trial, list[Trial]]:
    """The trial with the fewest leaves of those that are as good as the best, and all of them."""
    random = np.random.default_rng(seed)
    recipes = [Recipe(seed=seed), *(drawn(random, seed) for _ in range(trials - 1))]
    tried = [
        Trial(recipe, leave_one_out(windows, recipe), leaves(fit(windows, recipe)))
        for recipe in recipes
    ]
    good = as_good([trial.scores for trial in tried])
    found = min((tried[i] for i in good), key=lambda trial: trial.leaves)
    return found, tried


def as_good(scores: Sequence[Scores]) -> list[int]:
    """Which of several ways are as good as the best: what they lose to it, subject by subject, is
    on average no more than the standard error of that average."""
    losses = [each[:, 0] for each in scores]
    best = losses[int(np.argmin([np.nanmean(each) for each in losses]))]
    good = []
    for index, each in enumerate(losses):
        lost = (each - best)[~np.isnan(each)]
        error = lost.std(ddof=1) / np.sqrt(len(lost)) if len(lost) > 1 else 0.0
        if lost.mean() <= error:
            good.append(index)
    return good
