"""What can happen to the experts of one token in one layer, each with its probability."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import comb


@dataclass(frozen=True)
class Outcome:
    """Counts of experts: the first four add up to those that the token uses.

    ``from_flash``: read from flash at full precision, in their stage. ``low_precision``: likewise,
    with the policy's ``miss_bits``. ``prefetched``: read from flash during attention, then computed
    by the NPU. ``from_dram``: that DRAM held already. ``wasted``: expected number, read ahead
    during attention as well and not used.
    """

    probability: float
    from_flash: int = 0
    low_precision: int = 0
    prefetched: int = 0
    from_dram: int = 0
    wasted: float = 0.0


@dataclass(frozen=True)
class Shares:
    """Of the misses: read ahead; of those left, read at low precision. ``wasted``: for each."""

    prefetch: float
    low: float
    wasted: float


@lru_cache(maxsize=512)
def spread(hits: tuple[float, ...], shares: Shares) -> tuple[Outcome, ...]:
    """``hits``: the probability of each number of experts that DRAM serves, from 0 to all used."""
    used = len(hits) - 1
    return tuple(
        Outcome(likely * ahead * low, late - few, few, misses - late, used - misses, wasted)
        for likely, misses, wasted in _misses(hits, shares.wasted)
        for late, ahead in _binomial(misses, 1 - shares.prefetch)
        for few, low in _binomial(late, shares.low)
    )


def _misses(hits: Sequence[float], wasted: float) -> Iterator[tuple[float, int, float]]:
    used = len(hits) - 1
    for served, likely in enumerate(hits):
        if likely > 0:
            yield likely, used - served, (used - served) * wasted


def _binomial(tries: int, share: float) -> list[tuple[int, float]]:
    """The numbers that can be, with their probabilities."""
    if share <= 0:
        return [(0, 1.0)]
    if share >= 1:
        return [(tries, 1.0)]
    return [(n, comb(tries, n) * share**n * (1 - share) ** (tries - n)) for n in range(tries + 1)]
