"""The code of the largest 1 % of a page's values, as the paper describes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..native_library import ffi, lib
from .rows import start, writable_start
from .statistics import Statistics

_MODES = {
    "exact": lib.EDGE_NAND_EXACT,
    "paper": lib.EDGE_NAND_IDEAL,
    "secded": lib.EDGE_NAND_DOUBLE,
}


@dataclass(frozen=True)
class OutlierCode:
    """Its parameters; ``mode`` is paper, exact or secded."""

    mode: str
    page_bytes: int
    value_bits: int
    copies: int
    signed: bool

    @property
    def bits(self) -> int:
        """Of the code of a page; 0 where there is none."""
        return int(lib.edge_nand_outliers_bits(self._struct()))

    def encode(self, data: NDArray[np.uint8], codes: NDArray[np.uint8], threads: int) -> None:
        """The codes [n, size] of pages [n, page_bytes]."""
        arguments = (*start(data), *writable_start(codes))
        lib.edge_nand_outliers_encode(self._struct(), *arguments, len(data), threads)

    def correct(
        self,
        data: NDArray[np.uint8],
        codes: NDArray[np.uint8],
        written: NDArray[np.uint8] | None,
        threads: int,
    ) -> Statistics:
        """Correct pages in place."""
        counts = ffi.new("struct edge_nand_outlier_counts *")
        true = (ffi.NULL, 0) if written is None else start(written)
        arguments = (*writable_start(data), *start(codes), *true)
        lib.edge_nand_outliers_correct(self._struct(), *arguments, len(data), threads, counts)
        names = ("fixed", "dropped", "miscorrected", "voted", "zeroed")
        return Statistics(**{name: int(getattr(counts, name)) for name in names})

    def _struct(self) -> Any:
        fields = (_MODES[self.mode], self.page_bytes, self.value_bits, self.copies, self.signed)
        return ffi.new("struct edge_nand_outliers *", fields)
