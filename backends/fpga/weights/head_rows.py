"""The rows of the head as int8, and as each port of the accelerator reads them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .axes import padded
from .index_code import LANES, Codes
from .layout import HEAD_BLOCK

WORD = HEAD_BLOCK // LANES  # bytes
LEAST = 1e-30  # what 127 is still divided by

Floats = NDArray[np.float32]


def quantised_rows(values: NDArray[Any]) -> tuple[Codes, Floats]:
    """Rows [n, hidden] as int8 [n, hidden padded to 64], and the scale of each [n].

    The largest value of a row becomes 127; a row of almost nothing becomes zeros.
    """
    floats = values.astype(np.float32)
    peak = np.abs(floats).max(axis=1)
    factor = np.divide(np.float32(127), peak, out=np.zeros_like(peak), where=peak > LEAST)
    rounded = np.rint(floats * factor[:, None]).clip(-127, 127).astype(np.int8)
    rows = np.zeros((len(values), padded(values.shape[1], HEAD_BLOCK)), np.int8)
    rows[:, : values.shape[1]] = rounded
    return rows, peak / np.float32(127)


def port_view(rows: Codes, port: int) -> Codes:
    """What a port reads of rows [n, padded hidden]: every fourth word, [n, words, 16]."""
    return rows.reshape(len(rows), -1, LANES, WORD)[:, :, port]
