"""Chance that is the same each time it is asked: of a seed, a block, and what happened to it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_ODD = 0x9E3779B97F4A7C15  # SplitMix64's increment
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB  # its multipliers
_MASK = (1 << 64) - 1


def chances(seed: int, numbers: NDArray[np.int64], stream: int = 0) -> NDArray[np.float64]:
    """For each number one in [0, 1) that looks drawn; ``stream`` tells draws of one number apart.

    SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) of the number, its start mixed of the others.
    """
    start = np.uint64((seed * _FIRST + stream * _SECOND) & _MASK)
    with np.errstate(over="ignore"):
        mixed = (numbers.astype(np.uint64) + np.uint64(1)) * np.uint64(_ODD) + start
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(_FIRST)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(_SECOND)
        mixed ^= mixed >> np.uint64(31)
    result: NDArray[np.float64] = (mixed >> np.uint64(11)).astype(np.float64) / (1 << 53)
    return result


def chance(seed: int, number: int, stream: int = 0) -> float:
    """That of one number."""
    return float(chances(seed, np.array([number]), stream)[0])
