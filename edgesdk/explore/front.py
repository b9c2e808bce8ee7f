"""The Pareto front: the designs that no other one beats.

By halves, as Kung, Luccio and Preparata do it ("On finding the maxima of a set of vectors", JACM
22(4), 1975): of 100,000 designs, even where all are on it, it takes seconds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ranks = NDArray[np.int64]  # [designs, objectives], more is better
Mask = NDArray[np.bool_]  # [designs]

_ALONE = 64  # rows that are soon compared one by one
_FEW = 1 << 15  # pairs of rows, likewise


def pareto_front(figures: NDArray[np.float64]) -> NDArray[np.int64]:
    """Numbers of the rows on the front, rising. ``figures`` [designs, objectives]: more is better.

    One row beats another where it is as good in everything and better in something: so rows that
    are alike are on it together. None may be NaN.
    """
    columns = [np.unique(column, return_inverse=True)[1].reshape(-1) for column in figures.T]
    rising, kind = np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
    on_front = _front(rising[::-1].astype(np.int64))[::-1]
    return np.flatnonzero(on_front[kind.reshape(-1)])


def _front(rows: Ranks) -> Mask:
    """``rows``: all different, falling by the first column, then by the next.

    So no row beats one before it, and the first half is as good as the second in the first column.
    """
    if len(rows) <= _ALONE:
        as_good = _as_good(rows, rows) & ~np.eye(len(rows), dtype=bool)
        return np.asarray(~as_good.any(axis=-1))
    half = len(rows) // 2
    found = np.concatenate([_front(rows[:half]), _front(rows[half:])])
    upper, lower = np.flatnonzero(found[:half]), half + np.flatnonzero(found[half:])
    found[lower] = ~_reached(rows[lower, 1:], rows[upper, 1:])
    return found


def _reached(rows: Ranks, by: Ranks) -> Mask:
    """Whether one of ``by`` is as good as a row in every column."""
    columns = rows.shape[1]
    if not columns or not len(by) or not len(rows):
        return np.full(len(rows), bool(len(by)))
    if columns == 1:
        return np.asarray(rows[:, 0] <= by[:, 0].max())
    if columns == 2:
        return _reached_in_two(rows, by)
    if len(rows) * len(by) <= _FEW:
        return np.asarray(_as_good(rows, by).any(axis=-1))
    if by[:, 0].min() >= rows[:, 0].max():
        return _reached(rows[:, 1:], by[:, 1:])
    return _reached_by_halves(rows, by)


def _as_good(rows: Ranks, by: Ranks) -> Mask:
    """[rows, by]: whether the second is as good as the first in every column."""
    found = np.ones((len(rows), len(by)), bool)
    for mine, theirs in zip(rows.T, by.T, strict=True):
        found &= theirs >= mine[:, None]
    return found


def _reached_in_two(rows: Ranks, by: Ranks) -> Mask:
    """Of those that are as good in the first column, the best in the second one decides."""
    order = np.argsort(-by[:, 0], kind="stable")
    best = np.maximum.accumulate(by[order, 1])
    as_good = np.searchsorted(-by[order, 0], -rows[:, 0], side="right")
    return np.asarray((as_good > 0) & (best[as_good - 1] >= rows[:, 1]))


def _reached_by_halves(rows: Ranks, by: Ranks) -> Mask:
    """By the first column: what is in its upper half is only reached from there."""
    both = np.concatenate([rows[:, 0], by[:, 0]])
    middle = np.partition(both, len(both) // 2)[len(both) // 2]
    middle += middle == both.min()  # or the upper half were all
    high, by_high = rows[:, 0] >= middle, by[:, 0] >= middle
    found = np.empty(len(rows), bool)
    found[high] = _reached(rows[high], by[by_high])
    found[~high] = _reached(rows[~high, 1:], by[by_high, 1:])
    left = np.flatnonzero(~high)[~found[~high]]
    found[left] = _reached(rows[left], by[~by_high])
    return found
