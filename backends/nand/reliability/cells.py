"""Wrong bits of pages: the same ones for a seed, a page and an erase, and more at a higher rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..ecc.rows import check_rows, writable_start
from ..native_library import ffi, lib

PERSISTENT = 0  # the stream of what stays wrong until the block is erased
HIGHEST_RATE = 0.5
MOST_ROW_BYTES: int = lib.EDGE_NAND_MOST_ROW_BYTES


def corrupt(
    rows: NDArray[np.uint8],
    physical: NDArray[np.int64],
    erases: NDArray[np.int64],
    rates: NDArray[np.float64],
    seed: int,
    *,
    counted: int | None = None,
    stream: int = PERSISTENT,
    threads: int = 1,
) -> NDArray[np.uint32]:
    """Flip the wrong bits of rows [n, page and spare] in place; how many of each row [n].

    ``counted``: only of so many first bytes, all of which are flipped nevertheless. Rows that end
    earlier have the same wrong bits as far as they go.

    ``physical``: page numbers [n]; ``erases`` of their blocks [n]; ``rates``: the probability of
    each bit to be wrong [n], 0 to 0.5. ``seed`` and ``stream``: 0 to 2**64 - 1.
    """
    check_rows(rows, rows.shape[1])
    if rows.shape[1] > MOST_ROW_BYTES:
        raise ValueError(f"a page and its spare have at most {MOST_ROW_BYTES} bytes")
    numbers = [np.ascontiguousarray(physical, np.int64), np.ascontiguousarray(erases, np.int64)]
    chances = np.ascontiguousarray(rates, np.float64)
    if {array.shape for array in (*numbers, chances)} != {(len(rows),)}:
        raise ValueError(f"page numbers, erases and rates are not one for each of {len(rows)} rows")
    if not ((chances >= 0) & (chances <= HIGHEST_RATE)).all():
        raise ValueError(f"rates are not from 0 to {HIGHEST_RATE}")
    flips = np.zeros(len(rows), np.uint32)
    pointers = [ffi.cast("const int64_t *", array.ctypes.data) for array in numbers]
    pointers.append(ffi.cast("const double *", chances.ctypes.data))
    sizes = (rows.shape[1], rows.shape[1] if counted is None else counted)
    cells = ffi.new("struct edge_nand_cells *", (seed, stream, *sizes, *pointers))
    flipped = ffi.cast("uint32_t *", flips.ctypes.data)
    lib.edge_nand_corrupt(cells, *writable_start(rows), len(rows), threads, flipped)
    return flips
