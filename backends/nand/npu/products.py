"""The seam between the forward pass and whoever multiplies matrices."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[Any]  # int8, or int16 where activations have 16 bits


class Products(Protocol):
    """Integer matrix-vector products by a matrix's name."""

    def sums(self, matrix: str, x: Codes) -> NDArray[np.int64]:
        """x [tokens, inputs] times the transposed codes of the matrix: exact sums [tokens, rows].

        ``matrix``: a name of the model file, such as ``layers.3.down`` or ``head``.
        """
