"""How often DRAM holds the experts that a token uses.

The law of routing, which is assumed: a set of ``used`` different experts is as likely as the
product of its experts' weights, 1/rank^skew. With a skew of 0 all sets are alike. It is the law of
experts that are drawn each for itself, with odds as their weights, where just ``used`` of them are:
so everything follows by counting how many of some experts are drawn.

Popular experts stay in DRAM for ever, so what is counted is exact. The most recent ones change:
Che's approximation says how likely each is there (H. Che, Y. Tung, Z. Wang, "Hierarchical Web
caching systems", IEEE JSAC 20(7), 2002), and with it how many of a token's experts are, on
average. Without skew, what is counted is exact here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import comb

import numpy as np

from .outcomes import Floats, binomial

_STEEPEST = 50.0  # of a tilt: e^50 times as likely


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
        return tuple(binomial(used, hit)[used].tolist())
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
    alone = chances(weights, used)
    before, after = _numbers(alone, used), _numbers(alone[::-1], used)[::-1]
    others = np.einsum("ij,ij->i", before[:-1, :used], after[1:, used - 1 :: -1])
    return np.asarray(alone * others / before[-1, used])


def chances(weights: Floats, used: int) -> Floats:
    """[experts]: how likely each is used, if each were drawn for itself; together ``used``.

    Odds as the weights times a constant: of such draws, those that have just ``used`` experts are
    distributed by the law. Unlike the products of weights, their numbers are never too small.
    """
    logs = np.log(weights)
    low, high = -500.0, 500.0
    for _ in range(80):
        middle = (low + high) / 2
        below = _odds(logs + middle).sum() < used
        low, high = (middle, high) if below else (low, middle)
    return _odds(logs + high)


def _odds(logs: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-logs)))


def _numbers(alone: Floats, used: int) -> Floats:
    """[n + 1, used + 1]: how likely 0..used of the first 0..n experts are drawn."""
    found = np.zeros((len(alone) + 1, used + 1))
    found[0, 0] = 1
    for i, likely in enumerate(alone):
        found[i + 1] = found[i] * (1 - likely)
        found[i + 1, 1:] += likely * found[i, :-1]
    return found


def _pinned(weights: Floats, used: int, cached: int) -> tuple[float, ...]:
    alone = chances(weights, used)
    inside, outside = (_numbers(part, used)[-1] for part in (alone[:cached], alone[cached:]))
    ways = inside * outside[::-1]  # n of those inside with used - n of those outside
    return tuple((ways / ways.sum()).tolist())


def _uniform(experts: int, used: int, cached: int) -> tuple[float, ...]:
    """Whatever set DRAM holds, the next one does not depend on it."""
    every = comb(experts, used)
    return tuple(
        comb(cached, n) * comb(experts - cached, used - n) / every for n in range(used + 1)
    )


def _recent(weights: Floats, used: int, cached: int) -> tuple[float, ...]:
    """As without skew, tilted to the mean that Che's approximation has."""
    likely = uses(weights, used)
    wanted, numbers = float(likely @ presence(likely, cached)), np.arange(used + 1)
    found = np.array(_uniform(len(weights), used, cached))
    low, high = -_STEEPEST, _STEEPEST
    for _ in range(60):
        middle = (low + high) / 2
        tilted = _tilted(found, middle)
        low, high = (middle, high) if tilted @ numbers < wanted else (low, middle)
    return tuple(_tilted(found, high).tolist())


def _tilted(found: Floats, by: float) -> Floats:
    """Each number as much likelier than the one before it as e^``by`` says."""
    there = np.flatnonzero(found)
    logs = np.log(found[there]) + by * there
    tilted = np.zeros_like(found)
    tilted[there] = np.exp(logs - logs.max())
    return np.asarray(tilted / tilted.sum())


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
