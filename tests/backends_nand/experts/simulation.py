"""Routing drawn token by token: the oracle of what is expected of it."""

from __future__ import annotations

from collections import Counter, OrderedDict
from itertools import combinations
from math import prod

import numpy as np

from edgesdk_backends.nand.experts.routing import Routing, expert_weights


def draw(routing: Routing, tokens: int, seed: int = 7) -> np.ndarray:
    """[tokens, used]: sets as likely as the product of their experts' weights, in any order."""
    weights = expert_weights(routing.experts, routing.skew)
    sets = np.array(list(combinations(range(routing.experts), routing.used)))
    likely = np.array([prod(weights[list(chosen)]) for chosen in sets])
    random = np.random.default_rng(seed)
    chosen = sets[random.choice(len(sets), tokens, p=likely / likely.sum())]
    return random.permuted(chosen, axis=1)


def served(routing: Routing, cached: int, keep: str, tokens: int) -> np.ndarray:
    """[used + 1]: how often DRAM served so many experts of a token."""
    held: OrderedDict[int, None] = OrderedDict((expert, None) for expert in range(cached))
    counts: Counter[int] = Counter()
    for chosen in draw(routing, tokens).tolist():
        counts[sum(expert in held for expert in chosen)] += 1
        if keep == "recent":
            for expert in chosen:
                held[expert] = None
                held.move_to_end(expert)
            while len(held) > cached:
                held.popitem(last=False)
    return np.array([counts[n] for n in range(routing.used + 1)]) / tokens
