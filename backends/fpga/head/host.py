"""The head on the host: int8 rows, activations of 15 bits, exact sums."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..weights.axes import padded
from .native import ffi, lib

ROWS = 16  # of a group, as the kernels take them
STEP = 4  # entries of a row in a block of 64 bytes
LEAST_ABSMAX, MOST_CODE = np.float32(1e-5), np.float32(127 * 128)

Floats = NDArray[np.float32]


class HostHead:
    """Logits of final states. ``rows``: int8 [vocabulary, at least hidden]; ``scales``: of each.

    ``threads``: how many work at once; one for each processor where 0.
    """

    def __init__(
        self, rows: NDArray[np.int8], hidden: int, scales: Floats, threads: int = 0
    ) -> None:
        self._hidden, self._vocabulary = hidden, len(rows)
        self._groups = padded(len(rows), ROWS) // ROWS
        self._blocks = _blocks(rows[:, :hidden])
        self._scales = np.ascontiguousarray(scales[: len(rows)])
        self._matrix = ffi.new("struct edge_matrix *")
        self._matrix.blocks = ffi.from_buffer("uint8_t[]", self._blocks)
        self._matrix.scales = ffi.from_buffer("float[]", self._scales)
        self._matrix.rows, self._matrix.depth = len(rows), hidden
        self._matrix.packing = lib.EDGE_INT8
        self._threads = min(threads or os.cpu_count() or 1, self._groups)
        self._pool = ThreadPoolExecutor(self._threads) if self._threads > 1 else None

    def logits(self, state: Floats) -> Floats:
        """Of one final state [hidden]: float32 [vocabulary]; NaN for one that is not finite."""
        if not np.isfinite(state).all():  # it has no codes, and whoever asked must see it
            return np.full(self._vocabulary, np.nan, np.float32)
        most = max(np.abs(state).max(), LEAST_ABSMAX)
        codes = np.rint(state * (MOST_CODE / most)).astype(np.int32)
        high = (codes + 64) >> 7
        found = np.empty(self._groups * ROWS, np.float32)
        work = partial(
            self._part,
            found=found,
            high=self._entries(high),
            low=self._entries(codes - (high << 7)),
            total=int(codes.sum()),
            scale=float(most / MOST_CODE),
        )
        list((self._pool.map if self._pool else map)(work, range(self._threads)))
        return found[: self._vocabulary]

    def close(self) -> None:
        """End its threads. Safe twice."""
        if self._pool:
            self._pool.shutdown()

    def _entries(self, values: NDArray[np.int32]) -> NDArray[np.int8]:
        entries = np.zeros(lib.edge_padded_depth(lib.EDGE_INT8, self._hidden), np.int8)
        entries[: self._hidden] = values
        return entries

    def _part(
        self,
        share: int,
        *,
        found: Floats,
        high: NDArray[np.int8],
        low: NDArray[np.int8],
        total: int,
        scale: float,
    ) -> None:
        """One thread's groups of rows."""
        first = self._groups * share // self._threads
        end = self._groups * (share + 1) // self._threads
        lib.edge_call_head_vector(
            ffi.NULL,
            self._matrix,
            first,
            end - first,
            ffi.from_buffer("int8_t[]", high),
            ffi.from_buffer("int8_t[]", low),
            total,
            scale,
            ffi.from_buffer("float[]", found[ROWS * first : ROWS * end]),
        )


def _blocks(rows: NDArray[np.int8]) -> NDArray[np.uint8]:
    """As ``kernels.h`` packs EDGE_INT8: byte 4 r + s of block b is entry 4 b + s of row r."""
    vocabulary, hidden = rows.shape
    groups, steps = padded(vocabulary, ROWS) // ROWS, padded(hidden, STEP) // STEP
    size = groups * steps * ROWS * STEP
    assert size == lib.edge_packed_bytes(lib.EDGE_INT8, vocabulary, hidden)
    room = np.full(size + 63, 128, np.uint8)
    skipped = -room.ctypes.data % 64  # blocks begin at multiples of 64
    blocks = room[skipped : skipped + size].reshape(groups, steps, ROWS, STEP)
    whole = vocabulary // ROWS
    for first, last in ((0, whole), (whole, groups)):  # the last group may lack rows
        part = rows[ROWS * first : ROWS * last].view(np.uint8) ^ 128
        if len(part):
            part = part.reshape(last - first, -1, steps, STEP).transpose(0, 2, 1, 3)
            blocks[first:last, :, : part.shape[2]] = part
    return blocks.reshape(-1)
