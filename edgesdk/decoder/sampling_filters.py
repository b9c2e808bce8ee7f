"""What may be chosen: filters over a vocabulary's logits, none of which sorts all of it."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# The nucleus is found by counting probability in steps of a logit, from the greatest downwards.
_STEPS_EACH = 32  # a unit of the logits, a factor e of the probability
_STEPS = 40 * _STEPS_EACH  # what lies below e**-40 shares the last step
_PART = 1 << 13  # tokens


def penalised(logits: Floats, tokens: Collection[int], penalty: float) -> Floats:
    """A copy in which the logits of tokens are made smaller (CTRL, arXiv 1909.05858)."""
    found: Floats = logits.copy()
    places = np.array([token for token in tokens if token < len(logits)], np.intp)
    values, factor = found[places], np.float32(penalty)
    with np.errstate(over="ignore"):
        found[places] = np.where(values > 0, values / factor, values * factor)
    return found


def likeliest(logits: Floats, count: int) -> NDArray[np.intp]:
    """The ``count`` tokens with the greatest logits, in the order of the vocabulary.

    Of equal ones the lowest tokens are taken.
    """
    if count == 0:
        return np.empty(0, np.intp)
    least = np.partition(logits, len(logits) - count)[len(logits) - count]
    above = np.flatnonzero(logits > least)
    level = np.flatnonzero(logits == least)[: count - len(above)]
    return np.sort(np.concatenate([above, level]))


def nucleus(logits: Floats, share: float) -> NDArray[np.bool_]:
    """Which tokens make up the smallest set of likeliest ones that has ``share`` of the whole.

    ``logits`` have 0 as their greatest. Only one step's tokens are sorted: those where the share is
    reached. All above them are in, all below are out; of equal ones the lowest tokens are taken.
    """
    sums = np.cumsum(_step_sums(logits))
    wanted = share * sums[-1]
    step = int(np.searchsorted(sums, wanted))
    kept: NDArray[np.bool_] = logits > -step / _STEPS_EACH
    level = np.flatnonzero(~kept & (logits > _end(step)))
    level = level[np.argsort(-logits[level], kind="stable")]
    inside = np.cumsum(np.exp(logits[level]), dtype=np.float64)
    inside += sums[step - 1] if step else 0.0
    kept[level[: int(np.searchsorted(inside, wanted)) + 1]] = True
    return kept


def _step_sums(logits: Floats) -> NDArray[np.float64]:
    """What the tokens of each step weigh together, [_STEPS]; part by part, which stays in cache."""
    found = np.zeros(_STEPS)
    for at in range(0, len(logits), _PART):
        part = logits[at : at + _PART]
        steps = np.minimum(part * np.float32(-_STEPS_EACH), _STEPS - 1).astype(np.intp)
        found += np.bincount(steps, np.exp(part), minlength=_STEPS)
    return found


def _end(step: int) -> float:
    """The logit that all of a step's are above."""
    return -(step + 1) / _STEPS_EACH if step < _STEPS - 1 else -math.inf
