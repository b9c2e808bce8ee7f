"""How often DRAM holds the experts that a token uses.

The law of routing, which is assumed: a set of ``used`` different experts is as likely as the
product of its experts' weights, 1/rank^skew. With a skew of 0 all sets are alike. Then everything
follows by counting: with w_i the weights, the sum over all sets of k is the coefficient of t^k in
the product of (1 + w_i t), and marking those that DRAM holds gives how many of them a set has.

Popular experts stay in DRAM for ever, so what is counted is exact. The most recent ones change:
Che's approximation says how likely each is there (H. Che, Y. Tung, Z. Wang, "Hierarchical Web
caching systems", IEEE JSAC 20(7), 2002). Without skew, what is counted is exact here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import comb

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Routing:
    """A token uses ``used`` of the ``experts`` of a layer."""

    experts: int
    used: int
    skew: float


@lru_cache(maxsize=256)
def hits(routing: Routing, cached: int, keep: str, hit: float | None) -> tuple[float, ...]:
    """The probability that DRAM serves 0, 1, .. ``used`` of the experts that a token uses.

    ``hit``: the share of uses that it serves, where it is known; each is then on its own.
    """
    experts, used = routing.experts, routing.used
    if hit is not None:
        return tuple(comb(used, n) * hit**n * (1 - hit) ** (used - n) for n in range(used + 1))
    if not cached:
        return (1.0, *[0.0] * used)
    weights = expert_weights(experts, routing.skew)
    if keep == "popular" or cached >= experts:
        return _pinned(weights, used, cached)
    if not routing.skew:
        return _uniform(experts, used, cached)
    return _recent(weights, used, cached)


def expert_weights(experts: int, skew: float) -> Floats:
    """[experts], the most popular first."""
    return np.arange(1, experts + 1, dtype=np.float64) ** -skew


def uses(weights: Floats, used: int) -> Floats:
    """[experts]: how likely a token uses each; together ``used``."""
    before, after = _products(weights, used), _products(weights[::-1], used)[::-1]
    every = before[-1][used]
    found = np.empty(len(weights))
    for i, weight in enumerate(weights):
        without = np.convolve(before[i], after[i + 1])[used - 1]
        found[i] = weight * without / every
    return found


def _products(weights: Floats, used: int) -> Floats:
    """[n + 1, used + 1]: the product of (1 + w t) over the first 0..n weights, up to t^used."""
    found = np.zeros((len(weights) + 1, used + 1))
    found[0, 0] = 1
    for i, weight in enumerate(weights):
        found[i + 1] = found[i]
        found[i + 1, 1:] += weight * found[i, :-1]
    return found


def _pinned(weights: Floats, used: int, cached: int) -> tuple[float, ...]:
    inside, outside = (_products(w, used)[-1] for w in (weights[:cached], weights[cached:]))
    ways = inside * outside[::-1]  # n of those inside with used - n of those outside
    return tuple((ways / ways.sum()).tolist())


def _uniform(experts: int, used: int, cached: int) -> tuple[float, ...]:
    """Whatever set DRAM holds, the next one does not depend on it."""
    every = comb(experts, used)
    return tuple(
        comb(cached, n) * comb(experts - cached, used - n) / every for n in range(used + 1)
    )


def _recent(weights: Floats, used: int, cached: int) -> tuple[float, ...]:
    """As many as DRAM holds are held together, so their number spreads less than by chance; then
    tilted to the mean that Che's approximation has."""
    likely = uses(weights, used)
    held = presence(likely, cached)
    found = _together(weights, held, used, cached)
    wanted, numbers = float(likely @ held), np.arange(used + 1)
    low, high = -50.0, 50.0
    for _ in range(60):
        middle = (low + high) / 2
        tilted = found * np.exp(middle * (numbers - wanted))
        below = tilted @ numbers < wanted * tilted.sum()
        low, high = (middle, high) if below else (low, middle)
    return tuple((tilted / tilted.sum()).tolist())


def _together(weights: Floats, held: Floats, used: int, cached: int) -> Floats:
    """[used + 1]: how many of a set that a token uses are in a set of ``cached`` that DRAM holds.

    ``held`` [experts]: how likely each is there, before it is known how many are in all.
    """
    ways = np.zeros((cached + 1, used + 1, used + 1))  # held in all, used, of these held
    ways[0, 0, 0] = 1
    for weight, likely in zip(weights, held, strict=True):
        absent, present = ways * (1 - likely), ways * likely
        absent[:, 1:] += weight * absent[:, :-1]
        present[:, 1:, 1:] += weight * likely * ways[:, :-1, :-1]
        absent[1:] += present[:-1]
        ways = absent
    return np.asarray(ways[cached, used] / ways[cached, used].sum())


def presence(likely: Floats, cached: int) -> Floats:
    """[experts]: how likely each is among the ``cached`` most recent, by Che's approximation.

    ``likely``: that a token uses it. An expert is there when one of the last t tokens used it, and
    t is such that ``cached`` of them are.
    """
    low, high = 0.0, 1.0
    while _held(likely, high).sum() < cached and high < 1e12:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _held(likely, middle).sum() < cached else (low, middle)
    return _held(likely, high)


def _held(likely: Floats, tokens: float) -> Floats:
    found: Floats = -np.expm1(tokens * np.log1p(-np.minimum(likely, 1 - 1e-15)))
    return found
