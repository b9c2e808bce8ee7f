"""Tables of a row for each token, as a packer reads them: embeddings and heads, which are large."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROWS = 4096  # at a time
SMALL = 4 << 20  # values: float32 costs nothing that anybody sees
HALF_MOST = 65504.0  # the largest float16

Array = NDArray[Any]


def row_parts(values: Array) -> Iterator[Array]:
    """The rows of a table, some at a time: what is computed of them takes little memory."""
    return (values[first : first + ROWS] for first in range(0, len(values), ROWS))


def needs_float32(values: Array) -> bool:
    """Whether float16 would lose what can be kept: a value's range, or any bit of a small table."""
    if values.dtype == np.float16:
        return False
    for part in row_parts(values):
        if not float(np.abs(part).max(initial=0)) <= HALF_MOST:  # NaN too: refused when written
            return True
        if values.size <= SMALL and not np.array_equal(part, part.astype(np.float16)):
            return True
    return False
