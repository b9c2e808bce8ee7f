"""The largest logits of an int8 head, computed again from the float rows of the embedding."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def rescore(logits: Floats, state: Floats, rows: NDArray[Any], count: int) -> None:
    """Replace the ``count`` largest of ``logits`` [vocabulary], the lowest of equal ones.

    ``state`` [hidden] is a final state, ``rows`` [vocabulary, hidden] are the head's. float64
    makes the order of the sum not matter, on any machine. Logits that are not all finite have no
    largest ones, and stay.
    """
    if not count or not np.isfinite(logits).all():
        return
    tokens = largest(logits, count)
    exact = rows[tokens].astype(np.float64) @ state.astype(np.float64)
    with np.errstate(over="ignore"):  # beyond float32 is infinite, which the caller refuses
        logits[tokens] = exact.astype(np.float32)


def largest(logits: Floats, count: int) -> NDArray[np.int64]:
    """Where the largest are; of equal ones at the end the lowest."""
    count = min(count, len(logits))
    least = np.partition(logits, -count)[-count]
    above = np.flatnonzero(logits > least)
    equal = np.flatnonzero(logits == least)[: count - len(above)]
    return np.concatenate([above, equal])
