"""Which int16 codes stand for a feature's values, so that a forest decides as it did in training.

A code is clamp((value - offset) >> shift) of a value, both integers. It can tell values apart at
its **boundaries** offset + k * 2^shift, so a threshold T, the least value that does not go left,
becomes the last boundary that is not above it, and k is what the code is compared with. A decision
changes only for values between the two. A boundary is good where no value of the training set lies
there; thresholds for which a code has no good boundary get another code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LOWEST, HIGHEST = -(2**31), 2**31 - 1  # of a value
MOST_SHIFT, MOST_CODES = 16, 256
_SPAN = 65_532  # boundaries from the first threshold of a code to its last, at most
_MOST_WORK = 1 << 20  # phases times thresholds that are looked at together
_FAR_BELOW = LOWEST - (1 << 40)


@dataclass(frozen=True)
class Code:
    """``clamp((value - offset) >> shift)`` of the value with that number."""

    value: int
    offset: int
    shift: int


def least_not_left(thresholds: NDArray[np.floating[Any]], fraction_bits: int) -> NDArray[np.int64]:
    """For each threshold the least v for which v / 2^fraction_bits, in its dtype, is not below it.

    2^31 where all 32-bit integers are below it, -2^31 where none is.
    """
    below = np.full(len(thresholds), LOWEST - 1, np.int64)
    above = np.full(len(thresholds), HIGHEST + 1, np.int64)
    while (apart := above - below > 1).any():
        middle = (below + above) // 2
        value = np.ldexp(middle.astype(np.float64), -fraction_bits).astype(thresholds.dtype)
        goes_left = value < thresholds
        below = np.where(apart & goes_left, middle, below)
        above = np.where(apart & ~goes_left, middle, above)
    return above


def choose(
    value: int, thresholds: NDArray[np.int64], training: NDArray[np.int64]
) -> tuple[list[Code], NDArray[np.int64], NDArray[np.int64]]:
    """Codes for a feature's distinct thresholds, ascending, and the training set's values of it.

    Where there is no training set the thresholds stand for one, so codes tell them apart. Also, for
    each threshold, the place of its code in the list and the number to compare with. It ends when
    there are more codes than a forest can have.
    """
    taken = np.unique(training if training.size else thresholds)
    place = np.searchsorted(taken, thresholds)
    # What a boundary must be above: the greatest value that goes left.
    floor = np.where(place > 0, taken[place - 1], _FAR_BELOW)
    codes: list[Code] = []
    of, number = np.full(len(thresholds), -1), np.zeros(len(thresholds), np.int64)
    while (rest := np.flatnonzero(of < 0)).size and len(codes) <= MOST_CODES:
        phase, shift, served = _best(thresholds[rest], floor[rest])
        first, last = thresholds[rest[served]][[0, -1]].tolist()
        offset = min((first + last) // 2, HIGHEST)
        offset -= (offset - phase) % (1 << shift)
        offset += (1 << shift) if offset < LOWEST else 0
        number[rest[served]] = (thresholds[rest[served]] - offset) >> shift
        of[rest[served]] = len(codes)
        codes.append(Code(value, offset, shift))
    return codes, of, number


def _best(
    thresholds: NDArray[np.int64], floor: NDArray[np.int64]
) -> tuple[int, int, NDArray[np.bool_]]:
    """The code that serves most of the thresholds: one of its boundaries, its shift, and which.

    One boundary is always a threshold, its phase: moving all of them up to the next loses none.
    """
    count = max(1, min(len(thresholds), _MOST_WORK // len(thresholds)))
    phases = thresholds[np.linspace(0, len(thresholds) - 1, count).astype(int), None]
    span = int(thresholds[-1] - thresholds[0])
    best: tuple[int, int, NDArray[np.bool_]] = (0, 0, np.zeros(0, np.bool_))
    widest = next((s for s in range(MOST_SHIFT) if span >> s <= _SPAN), MOST_SHIFT)
    for shift in range(widest, -1, -1):
        steps = (thresholds - phases) >> shift  # [phases, thresholds]
        good = phases + (steps << shift) > floor
        if span >> shift > _SPAN:  # too far apart for one code: those from the phase on
            good &= (steps >= 0) & (steps <= _SPAN)
        at = int(good.sum(axis=1).argmax())
        if good[at].sum() > best[2].sum():
            best = (int(phases[at, 0]), shift, good[at])
        if best[2].all():
            break
    return best
