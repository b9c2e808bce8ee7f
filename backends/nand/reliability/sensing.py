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

    ``data``: uint8 [n, page_bytes], whole rows that may lie apart. ``flips``: bits that were wrong
    before correction, the spare's among them. ``wrong_bytes`` of the data after it.
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
    cell: str = "lsb",
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
    seen = raw.copy()
    flips = _flip(
        seen, physical, erases, settings, cell=cell, noise_counter=noise_counter, threads=threads
    )
    written = raw[:, CODE_START + width : CODE_START + width + code.size]
    stored = seen[:, CODE_START + width : CODE_START + width + code.size]
    statistics = code.correct(seen[:, :width], stored, written, threads)
    wrong = int(np.count_nonzero(seen[:, :width] != raw[:, :width]))
    return Sensed(seen[:, :width], flips, wrong, statistics)


def recoded(raw: NDArray[np.uint8], code: PageCode, threads: int = 1) -> NDArray[np.uint8]:
    """A copy of pages [n, page and spare] with this code in the spare, whatever was there."""
    pages: NDArray[np.uint8] = raw.copy()
    end = code.page_bytes + CODE_START + code.size
    pages[:, code.page_bytes + CODE_START : end] = code.encode(pages[:, : code.page_bytes], threads)
    pages[:, end:] = 0xFF
    return pages


def _flip(
    rows: NDArray[np.uint8],
    physical: NDArray[np.int64],
    erases: NDArray[np.int64],
    settings: ErrorSettings,
    *,
    cell: str,
    noise_counter: int,
    threads: int,
) -> int:
    """Errors of cells, and noise where there is some; how many bits."""
    rates = settings.rates(erases, cell)
    flips = int(corrupt(rows, physical, erases, rates, settings.seed, threads=threads).sum())
    if settings.noise > 0:
        noise = np.full(len(rows), settings.noise)
        stream = PERSISTENT + 1 + noise_counter
        found = corrupt(
            rows, physical, erases, noise, settings.seed, stream=stream, threads=threads
        )
        flips += int(found.sum())
    return flips
