"""Tables of a row for each token, as a packer reads them: embeddings and heads, which are large."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROWS = 4096  # at a time; a multiple of 16, which some engines pack together
PART = 1 << 20  # values that are looked at together
SMALL = 4 << 20  # values: float32 costs nothing that anybody sees
HALF_MOST = 65504.0  # the largest float16

Array = NDArray[Any]


def row_parts(values: Array) -> Iterator[Array]:
    """The rows of a table, some at a time: what is computed of them takes little memory."""
    return (values[first : first + ROWS] for first in range(0, len(values), ROWS))


def needs_float32(values: Array, exact: bool | None = None) -> bool:
    """Whether float16 would lose what is to be kept: a value's range or, where ``exact``, any bit.

    ``exact`` None: of a small table, every bit.
    """
    if values.dtype == np.float16:
        return False
    exact = values.size <= SMALL if exact is None else exact
    for part in row_parts(values):
        if not float(np.abs(part).max(initial=0)) <= HALF_MOST:  # NaN too: refused when written
            return True
        if exact and not np.array_equal(part, part.astype(np.float16)):
            return True
    return False


def all_finite(values: Array) -> bool:
    """Whether each value [n] is; a part at a time: a table may be as large as the memory left."""
    parts = range(0, len(values), PART)
    return all(np.isfinite(values[first : first + PART]).all() for first in parts)
