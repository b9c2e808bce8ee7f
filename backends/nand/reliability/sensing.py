"""What the cores get when they read pages: errors of cells, noise, then correction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..ecc.page_code import CODE_START, PageCode
from ..ecc.statistics import NO_STATISTICS, Statistics
from .cells import PERSISTENT, corrupt
from .settings import ErrorSettings


@dataclass(frozen=True)
class Sensed:
    """Pages as the cores get them.

    ``data``: uint8 [n, page_bytes], whole rows that may lie apart. ``flips``: bits of the data that
    were wrong before correction. ``wrong_bytes`` of the data after it.
    """

    data: NDArray[np.uint8]
    flips: int
    wrong_bytes: int
    statistics: Statistics


def sense(
    raw: NDArray[np.uint8],
    physical: NDArray[np.int64],
    erases: NDArray[np.int64],
    settings: ErrorSettings,
    code: PageCode,
    *,
    cell: str,
    noise_counter: int = 0,
    threads: int = 1,
) -> Sensed:
    """Pages ``raw`` [n, page and spare] as they were written, read and corrected in a copy.

    ``physical``: page numbers [n]; ``erases`` of their blocks [n]; ``cell``: slc, lsb or tlc, for
    the law. ``noise_counter``: of the read, 0 or more: each has its own noise. Errors of cells are
    the same in every read.
    """
    width = code.page_bytes
    if not settings.active:
        return Sensed(raw[:, :width], 0, 0, NO_STATISTICS)
    begin = width + CODE_START
    seen = raw[:, : begin + code.size].copy()
    flips = _Flips(physical, erases, settings, width, threads)
    flipped = flips.of_cells(seen, cell)
    if settings.noise > 0:
        flipped += flips.of_read(seen, noise_counter)
    data, original, written = seen[:, :width], raw[:, :width], raw[:, begin : begin + code.size]
    statistics = code.correct(data, seen[:, begin:], written, threads, original=original)
    return Sensed(data, flipped, int(np.count_nonzero(data != original)), statistics)


@dataclass(frozen=True)
class _Flips:
    """Makes bits of pages wrong; counts those of their first ``width`` bytes, the data."""

    physical: NDArray[np.int64]
    erases: NDArray[np.int64]
    settings: ErrorSettings
    width: int
    threads: int

    def of_cells(self, rows: NDArray[np.uint8], cell: str) -> int:
        """The same ones in every read."""
        return self._flip(rows, self.settings.rates(self.erases, cell), PERSISTENT)

    def of_read(self, rows: NDArray[np.uint8], counter: int) -> int:
        """The noise of one read."""
        return self._flip(rows, np.full(len(rows), self.settings.noise), PERSISTENT + 1 + counter)

    def _flip(self, rows: NDArray[np.uint8], rates: NDArray[np.float64], stream: int) -> int:
        flips = corrupt(
            rows,
            self.physical,
            self.erases,
            rates,
            self.settings.seed,
            counted=self.width,
            stream=stream,
            threads=self.threads,
        )
        return int(flips.sum())
