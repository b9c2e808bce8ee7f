"""Float rows as integers: one scale for each row of a matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .codes import Codes

Floats = NDArray[np.float32]

LEAST = np.float32(1e-30)  # what a division still has a number for
# Shares of a row's largest magnitude that become the largest code: a row of 16 levels has less
# error where its few largest weights are cut.
CLIPS = tuple(np.float32(1 - step / 20) for step in range(11))


def eight_bits(values: Floats) -> tuple[Codes, Floats]:
    """Rows [n, inputs] as codes -127 to 127, and the scale of each row [n].

    A row's largest magnitude becomes 127; a row of almost nothing becomes zeros.
    """
    unit, peak = _unit_rows(values)
    most = np.float32(127)
    return np.rint(unit * most).clip(-most, most).astype(np.int8), peak / most


def four_bits(values: Floats) -> tuple[Codes, Floats]:
    """Rows [n, inputs] as codes -8 to 7, and the scale of each row [n].

    Of ``CLIPS``, each row has the one with the smallest sum of squared errors.
    """
    unit, peak = _unit_rows(values)
    best = np.zeros_like(peak)
    least = np.full(len(values), np.inf, np.float32)
    for clip in CLIPS:
        step = clip / np.float32(7)
        error = np.square(np.rint(unit / step).clip(-8, 7) * step - unit).sum(axis=1)
        best = np.where(error < least, step, best)
        least = np.minimum(error, least)
    codes = np.rint(unit / best[:, None]).clip(-8, 7).astype(np.int8)
    return codes, best * peak


def _unit_rows(values: Floats) -> tuple[Floats, Floats]:
    """Rows whose largest magnitude is 1, or zeros, and what it was [n]."""
    peak = np.abs(values).max(axis=1)
    factor = np.divide(np.float32(1), peak, out=np.zeros_like(peak), where=peak > LEAST)
    return values * factor[:, None], peak
