"""Products from a file's codes by numpy: what everything else is compared with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..quantise.model_file import ModelFile
from .products import Codes

KEPT_BYTES = 256 << 20  # of codes as floats, so that a small model is widened once


class HostProducts:
    """See ``Products``. float64 holds all integers up to 2**53, and no sum here comes near that:

    a product is at most 2**22 in magnitude, and no matrix has 2**31 inputs. So every sum is exact,
    however the additions are ordered.
    """

    def __init__(self, file: ModelFile) -> None:
        self._file = file
        self._kept: dict[str, NDArray[np.float64]] = {}
        self._kept_bytes = 0

    def sums(self, matrix: str, x: Codes) -> NDArray[np.int64]:
        """See ``Products``."""
        found: NDArray[np.int64] = (x.astype(np.float64) @ self._floats(matrix)).astype(np.int64)
        return found

    def _floats(self, matrix: str) -> NDArray[np.float64]:
        """The matrix's codes as float64, transposed: [inputs, rows]."""
        if matrix in self._kept:
            return self._kept[matrix]
        found: NDArray[np.float64] = self._file.matrix(matrix).astype(np.float64).T
        if self._kept_bytes + found.nbytes <= KEPT_BYTES:
            self._kept[matrix] = found
            self._kept_bytes += found.nbytes
        return found
