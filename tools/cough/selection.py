"""Fewer features: the trees drop what they use least, round by round.

Kinds that cost a device much go first, all at once, where subjects left out are told apart as well
without them. Then the least used go. How many to keep is decided by subjects left out: each is
scored by trees whose features were chosen without it. The features themselves are then chosen with
all training subjects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .features import COSTLY, GENDER, without
from .training import Recipe, Scores, as_good, beside, fit, folds, leave_one_out, mean, score
from .windows import Windows

DROPPED = 0.15  # of the features, in a round
FEWEST = 4


@dataclass(frozen=True)
class Selection:
    """``curve``: for each number of features the scores of the subjects left out. ``costly``: for
    kinds that cost much the mean loss with them, and without."""

    names: tuple[str, ...]
    curve: dict[int, Scores]
    costly: dict[str, tuple[float, float]]


def counts(candidates: int) -> list[int]:
    """How many features there are in each round."""
    found = [candidates]
    while found[-1] > FEWEST:
        found.append(max(FEWEST, min(found[-1] - 1, int(found[-1] * (1 - DROPPED)))))
    return found


def eliminate(windows: Windows, recipe: Recipe, least: int) -> list[Windows]:
    """The windows with fewer and fewer features, down to ``least``, the most useful ones kept."""
    rounds = [windows]
    for count in counts(len(windows.names))[1:]:
        if count < least:
            break
        rounds.append(windows.only(_best(rounds[-1], recipe, count)))
    return rounds


def _best(windows: Windows, recipe: Recipe, count: int) -> list[str]:
    """By what all splits on a feature gain, in the order that the candidates had."""
    gains = fit(windows, recipe).get_score(importance_type="total_gain")
    ranked = sorted(windows.names, key=lambda name: -gains.get(name, 0.0))
    return [name for name in windows.names if name in ranked[:count]]


def select(windows: Windows, recipe: Recipe) -> Selection:
    """The fewest features that are as good as any number of them."""

    def one(fold: tuple[Windows, Windows]) -> list[tuple[float, float]]:
        learning, held = fold
        rounds = eliminate(learning, recipe, FEWEST)
        return [score(fit(each, recipe), held.only(each.names)) for each in rounds]

    windows, costly = affordable(windows, recipe)
    scores = np.array(beside(one, folds(windows))).swapaxes(0, 1)  # [rounds, subjects, 2]
    curve = dict(zip(counts(len(windows.names)), scores, strict=True))
    least = min(list(curve)[i] for i in as_good(list(scores)))
    return Selection(eliminate(windows, recipe, least)[-1].names, curve, costly)


def affordable(windows: Windows, recipe: Recipe) -> tuple[Windows, dict[str, tuple[float, float]]]:
    """The windows without the costly kinds that they can do without."""
    costly = {}
    scores = leave_one_out(windows, recipe)
    for kinds in COSTLY:
        names = without(windows.names, kinds)
        if len(names) == len(windows.names):
            continue
        fewer = windows.only(names)
        found = leave_one_out(fewer, recipe)
        costly[", ".join(sorted(kinds))] = mean(scores)[0], mean(found)[0]
        if 1 in as_good([scores, found]):
            windows, scores = fewer, found
    return windows, costly


def used(windows: Windows, recipe: Recipe) -> list[str]:
    """The features that a model splits on: without the others it is the same model."""
    gains = fit(windows, recipe).get_score(importance_type="total_gain")
    return [name for name in windows.names if name in gains]


def measured(names: Sequence[str]) -> list[str]:
    """What of it the device computes: all but facts about the subject."""
    return [name for name in names if name != GENDER]
