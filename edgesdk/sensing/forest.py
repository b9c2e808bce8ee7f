"""A packed forest of decision trees, run on this machine by the device's own C.

``docs/forest.md`` is the format's specification; ``forest_pack`` makes one of a model.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import InputMismatch, ModelRefused
from ..native import ffi, lib


class Forest:
    """The bytes of a forest over so many features, checked.

    Raises ``ModelRefused`` (EDGE-0294) for bytes that the device would refuse.
    """

    def __init__(self, content: bytes, features: int) -> None:
        self.content = content
        self.features = features
        self._words = ffi.new("uint32_t[]", (len(content) + 3) // 4 + 1)  # as flash: aligned
        ffi.memmove(self._words, content, len(content))
        self._forest = ffi.new("struct edge_forest *")
        bytes_ = ffi.cast("uint8_t *", self._words)
        if not lib.edge_forest_check(bytes_, len(content), features, self._forest):
            raise ModelRefused(
                f"The bytes are not a forest over {features} features",
                evidence=f"{len(content)} bytes given, format {lib.EDGE_FOREST_FORMAT} is read",
                next_step="Pack the model again with this edgesdk",
                code=94,
            )

    @property
    def fraction_bits(self) -> int:
        """A score s stands for s / 2^fraction_bits."""
        return int(self._forest.fraction_bits)

    @property
    def trees(self) -> int:
        """How many trees there are."""
        return int(self._forest.tree_count)

    def scores(self, values: NDArray[np.int32]) -> NDArray[np.int32]:
        """int32[rows, features] in fixed point -> int32[rows], bit for bit the device's scores."""
        rows = check_values(values, self.features)
        scores = np.empty(len(rows), np.int32)
        source, step = ffi.from_buffer("int32_t[]", rows), self.features
        for row in range(len(rows)):
            scores[row] = lib.edge_forest_score(self._forest, source + row * step)
        return scores

    def margins(self, values: NDArray[np.int32]) -> NDArray[np.float64]:
        """int32[rows, features] in fixed point -> float64[rows]: scores in the model's unit."""
        return np.ldexp(self.scores(values).astype(np.float64), -self.fraction_bits)

    def codes(self, values: NDArray[np.int32]) -> NDArray[np.int16]:
        """int32[rows, features] in fixed point -> int16[rows, codes]: what splits compare."""
        rows = check_values(values, self.features)
        codes = np.empty((len(rows), self._forest.code_count), np.int16)
        for row, target in zip(rows, codes, strict=True):
            source = ffi.from_buffer("int32_t[]", row)
            lib.edge_forest_codes(self._forest, source, ffi.from_buffer("int16_t[]", target))
        return codes


def check_values(values: NDArray[np.int32], features: int) -> NDArray[np.int32]:
    """The same values in one piece; raises ``InputMismatch`` (EDGE-0296) if they are none."""
    if values.dtype != np.int32 or values.ndim != 2 or values.shape[1] != features:
        raise InputMismatch(
            f"The forest takes int32[rows, {features}], got {values.dtype}{list(values.shape)}",
            next_step="Give one row for each window, with the features as the device computes them",
            code=96,
        )
    return np.ascontiguousarray(values)
