"""What can happen to the experts of one token in one layer, and how likely it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Shares:
    """Of the experts that DRAM lacks: ``prefetch``, read ahead during attention; of those then
    late, ``low``, read at low precision; ``wrong``, read ahead for nothing, for each that DRAM
    lacks."""

    prefetch: float = 0.0
    low: float = 0.0
    wrong: float = 0.0


@dataclass(frozen=True)
class Outcomes:
    """Probabilities, counts of experts being their indices from 0 to all ``used``.

    ``late`` [used + 1, used + 1]: so many are not in DRAM, of which so many were not read ahead
    either. ``read`` [used + 1, used + 1]: so many of the late are read in their stage as ever, and
    so many at low precision; the NPU computes the others. ``wasted`` [used + 1]: no probabilities,
    but experts read ahead for nothing where so many are not in DRAM.
    """

    late: Floats
    read: Floats
    wasted: Floats

    @property
    def used(self) -> int:
        """Experts of a token."""
        return len(self.wasted) - 1

    @property
    def lacking(self) -> float:
        """Experts that are not in DRAM, as expected; likewise below."""
        return float(self.late.sum(axis=1) @ self._counts)

    @property
    def from_flash(self) -> float:
        """Read in their stage, as ever."""
        return float(self.read.sum(axis=1) @ self._counts)

    @property
    def low_precision(self) -> float:
        """Read in their stage with fewer bits."""
        return float(self.read.sum(axis=0) @ self._counts)

    @property
    def prefetched(self) -> float:
        """Read ahead, and used."""
        return self.lacking - self.from_flash - self.low_precision

    @property
    def from_dram(self) -> float:
        """That DRAM held already."""
        return self.used - self.lacking

    @property
    def unused(self) -> float:
        """Read ahead for nothing."""
        return float(self.late.sum(axis=1) @ self.wasted)

    @property
    def _counts(self) -> Floats:
        return np.arange(self.used + 1, dtype=np.float64)


def all_from_flash(used: int) -> Outcomes:
    """Nothing else can happen."""
    return spread((1.0, *[0.0] * used), Shares(), used, 0)


@lru_cache(maxsize=16)
def spread(hits: tuple[float, ...], shares: Shares, experts: int, cached: int) -> Outcomes:
    """``hits``: the probability of each number of experts that DRAM serves, from 0 to all used.

    ``experts`` of the layer, of which DRAM holds ``cached``: no more can be read ahead for nothing
    than are neither used nor there.
    """
    used = len(hits) - 1
    lacking = np.arange(used + 1)
    late = np.array(hits[::-1])[:, None] * binomial(used, 1 - shares.prefetch)
    few = late.sum(axis=0)[:, None] * binomial(used, shares.low)
    read = np.zeros_like(few)
    both, low = np.tril_indices(used + 1)
    read[both - low, low] = few[both, low]
    others = experts - lacking - np.maximum(used - lacking, cached)
    return Outcomes(late, read, np.clip(lacking * shares.wrong, 0.0, np.maximum(others, 0)))


def binomial(most: int, share: float) -> Floats:
    """[most + 1, most + 1]: of so many, so many have something that a ``share`` of all has."""
    if share <= 0:
        return np.eye(1, most + 1).repeat(most + 1, axis=0)
    if share >= 1:
        return np.eye(most + 1)
    count = np.arange(most + 1)
    rest = count[:, None] - count
    found: Floats = np.exp(_log_ways(most) + count * np.log(share) + rest * np.log1p(-share))
    return np.asarray(found / found.sum(axis=1, keepdims=True))


@lru_cache(maxsize=4)
def _log_ways(most: int) -> Floats:
    """[most + 1, most + 1]: logarithms of how many sets of so many there are of so many."""
    factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, most + 1)))])
    count = np.arange(most + 1)
    rest = count[:, None] - count
    ways = factorial[:, None] - factorial - factorial[np.abs(rest)]
    return np.where(rest >= 0, ways, -np.inf)
