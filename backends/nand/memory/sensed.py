"""A copy of a model's pages as the cores get them: with errors of cells and noise, corrected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from ..ecc.page_code import CODE_START
from ..quantise.model_file import ModelFile
from ..quantise.page_layout import PageLayout, PlacedMatrix
from ..reliability.sensing import sense
from ..reliability.settings import ErrorSettings
from .protection import Codes

PART = 512  # pages that are sensed together: 9 MB of them

Pages = NDArray[np.uint8]
Rows = Callable[[NDArray[np.int64]], Pages]


@dataclass(frozen=True)
class Cells:
    """Where pages are from. Page numbers are those within the model.

    ``rows``: gives pages with their spare, [n, page + spare], as they were written. ``physical``:
    numbers in the device, ``erases`` of their blocks, [pages]. ``cell``: slc, lsb or tlc.
    """

    rows: Rows
    physical: NDArray[np.int64]
    erases: NDArray[np.int64]
    cell: str


def sensed_copy(
    layout: PageLayout,
    cells: Cells,
    codes: Codes,
    settings: ErrorSettings,
    *,
    noise_counter: int = 0,
    threads: int = 1,
) -> tuple[Pages, Mapping[str, int]]:
    """The data of all pages, uint8 [pages, page], and what was counted."""
    width = next(iter(codes.values())).page_bytes
    data = np.empty((layout.count, width), np.uint8)
    counted: Counter[str] = Counter()
    for placed, numbers in _parts(layout):
        found = sense(
            cells.rows(numbers),
            cells.physical[numbers],
            cells.erases[numbers],
            settings,
            codes[placed.matrix.bits],
            cell=cells.cell,
            noise_counter=noise_counter,
            threads=threads,
        )
        data[numbers] = found.data
        counted.update(flipped_bits=found.flips)
        counted.update(asdict(found.statistics))
        counted.update(wrong_bytes_left=found.wrong_bytes)
    return data, dict(counted)


def encoded(
    file: ModelFile, layout: PageLayout, codes: Codes
) -> Iterator[tuple[PlacedMatrix, Pages, Pages]]:
    """Each matrix's pages: data uint8 [pages, page], and their correction uint8 [pages, size]."""
    for name, placed in layout.placed.items():
        data = layout.contents(file, name)
        yield placed, data, codes[placed.matrix.bits].encode(data)


def written_rows(file: ModelFile, layout: PageLayout, codes: Codes, spare_bytes: int) -> Pages:
    """All pages with their spare, uint8 [pages, page + spare]; in place of the tag are ones."""
    width = next(iter(codes.values())).page_bytes
    rows = np.full((layout.count, width + spare_bytes), 0xFF, np.uint8)
    for placed, data, code in encoded(file, layout, codes):
        part = rows[placed.first : placed.end]
        part[:, :width] = data
        part[:, width + CODE_START : width + CODE_START + code.shape[1]] = code
    return rows


def _parts(layout: PageLayout) -> Iterator[tuple[PlacedMatrix, NDArray[np.int64]]]:
    for placed in layout.placed.values():
        for first in range(placed.first, placed.end, PART):
            yield placed, np.arange(first, min(first + PART, placed.end), dtype=np.int64)
